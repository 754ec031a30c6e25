"""Shards: files of patches to train on, each of a few rendered people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.data.pairs import Pair, pairs_of, restoring_pair
from persona_models.data.people import People
from persona_models.faces.ict_face import IctFace
from persona_models.lite.patch_frame import PatchPart
from persona_models.lite.patch_inputs import patch_inputs, patch_truth

Bytes = npt.NDArray[np.uint8]

PEOPLE_PER_SHARD = 8
SEED = 11
VALIDATION_SEED = 12
"""People of another seed are other people: none of them is trained on."""
KINDS = {"mouth": (PatchPart.MOUTH,), "eye": (PatchPart.EYE_RIGHT, PatchPart.EYE_LEFT)}
"""The nets, and what each draws."""


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Training material of one net.

    Attributes:
        planes: (N, 11, size, size) uint8, of 255.
        vectors: (N, V) float32.
        truths: (N, 3, size, size) uint8.
    """

    planes: Bytes
    vectors: Floats
    truths: Bytes

    def __len__(self) -> int:
        return len(self.planes)

    @classmethod
    def of(cls, pairs: list[Pair], kind: str, size: int) -> Patches:
        """Cuts the patches of one net out of pairs of pictures."""
        planes, vectors, truths = [], [], []
        for pair in pairs:
            for part in KINDS[kind]:
                seen = patch_inputs(part, pair.photo, pair.source, pair.target, size)
                planes.append(_bytes(seen.planes))
                vectors.append(seen.vector)
                truths.append(_bytes(patch_truth(pair.goal, seen.frame)))
        return cls(np.stack(planes), np.stack(vectors), np.stack(truths))

    @classmethod
    def join(cls, parts: list[Patches]) -> Patches:
        """All of them in one."""
        return cls(*(np.concatenate([getattr(p, n) for p in parts]) for n in cls.__slots__))


def make_shard(
    ict: Path, photos: Path | None, number: int, seed: int, sizes: dict[str, int], out: Path
) -> Path:
    """Renders one shard and writes it; one that is there already stays.

    Args:
        ict: ICT-FaceKit as an ``.npz`` file.
        photos: an ``.npz`` file of real faces in the portrait crop, ``pictures``
            (N, 256, 256, 3) uint8 and ``landmarks`` (N, 478, 3) in pixels, or None.
        number: of the shard.
        seed: of the people.
        sizes: side of the patch of each net.
        out: the folder.

    Returns:
        The file.
    """
    path = out / shard_name(seed, sizes, f"{number:06d}")
    if not path.exists():
        first = number * PEOPLE_PER_SHARD
        crowd = _crowd(ict, seed)
        pairs = [
            pair
            for person in range(first, first + PEOPLE_PER_SHARD)
            for pair in pairs_of(crowd, person, seed)
        ]
        if photos is not None:
            pairs += _restored(photos, np.random.default_rng([seed, 5, number]))
        arrays: dict[str, np.ndarray[Any, Any]] = {}
        for kind, size in sizes.items():
            patches = Patches.of(pairs, kind, size)
            arrays |= {f"{kind}_{name}": getattr(patches, name) for name in Patches.__slots__}
        out.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
        part.replace(path)
    return path


def shard_name(seed: int, sizes: dict[str, int], number: str) -> str:
    """The name of a shard's file; ``"*"`` for the number makes a pattern."""
    tag = "-".join(f"{kind}{size}" for kind, size in sizes.items())
    return f"{seed}-{tag}-{number}.npz"


def load_shard(path: Path, kind: str) -> Patches:
    """The patches of one net in a shard."""
    with np.load(path) as data:
        return Patches(*(data[f"{kind}_{name}"] for name in Patches.__slots__))


def _restored(photos: Path, random: np.random.Generator) -> Iterator[Pair]:
    """As many restored photos as a fifth of the rendered pairs."""
    basis = LandmarkBasis.load()
    with np.load(photos) as data:
        pictures, points = data["pictures"], data["landmarks"].astype(np.float32)
    for _ in range(PEOPLE_PER_SHARD * 2):
        chosen = int(random.integers(len(pictures)))
        yield restoring_pair(pictures[chosen], points[chosen], basis, random)


@cache
def _crowd(ict: Path, seed: int) -> People:
    return People(IctFace.load(ict), seed)


def _bytes(values: Floats) -> Bytes:
    return (np.clip(values, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
