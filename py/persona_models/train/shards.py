"""Shards: files of patches to train on, each of a few rendered people or of some photographs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.data.pairs import Pair, pairs_of
from persona_models.data.people import People
from persona_models.data.photo_album import PhotoAlbum
from persona_models.data.photo_pairs import photo_pair
from persona_models.faces.ict_face import IctFace
from persona_models.lite.patch_frame import PatchPart
from persona_models.lite.patch_inputs import patch_inputs, patch_truth

Bytes = npt.NDArray[np.uint8]

PEOPLE_PER_SHARD = 8
PHOTOS_PER_SHARD = 64
SEED = 11
VALIDATION_SEED = 12
"""People of another seed are other people: none of them is trained on."""
PHOTO_SEED = 21
PHOTO_VALIDATION_SEED = 22
"""Of what is done to photographs; those that are validated on are others too."""
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
    def of(cls, pairs: Sequence[Pair], kind: str, size: int) -> Patches:
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


def make_shard(ict: Path, number: int, seed: int, sizes: dict[str, int], out: Path) -> Path:
    """Renders one shard and writes it; one that is there already stays.

    Args:
        ict: ICT-FaceKit as an ``.npz`` file.
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
        people = range(first, first + PEOPLE_PER_SHARD)
        _write(path, [pair for person in people for pair in pairs_of(crowd, person, seed)], sizes)
    return path


def make_photo_shard(
    photos: Path, number: int, seed: int, sizes: dict[str, int], out: Path
) -> Path:
    """Likewise of photographs that are to be restored, each shard of other ones in turn.

    Args:
        photos: an album, see :class:`~persona_models.data.photo_album.PhotoAlbum`.
        number: of the shard.
        seed: ``PHOTO_SEED``, or ``PHOTO_VALIDATION_SEED`` for the photos that are held out.
        sizes: side of the patch of each net.
        out: the folder.

    Returns:
        The file.

    Raises:
        PhotoAlbumError: the album cannot be read.
    """
    path = out / shard_name(seed, sizes, f"{number:06d}")
    if not path.exists():
        album, basis = _album(photos), LandmarkBasis.load()
        places = album.training() if seed == PHOTO_SEED else album.held_out()
        first = number * PHOTOS_PER_SHARD
        random = np.random.default_rng([seed, 5, number])
        pairs = []
        for place in range(first, first + PHOTOS_PER_SHARD):
            turn, place = divmod(place, len(places))
            # Every turn through the album in another order: neighbours are often of one studio.
            order = np.random.default_rng([seed, 6, turn]).permutation(len(places))
            pairs.append(photo_pair(album.photo(places[order[place]]), basis, random))
        _write(path, pairs, sizes)
    return path


def shard_name(seed: int, sizes: dict[str, int], number: str) -> str:
    """The name of a shard's file; ``"*"`` for the number makes a pattern."""
    tag = "-".join(f"{kind}{size}" for kind, size in sizes.items())
    return f"{seed}-{tag}-{number}.npz"


def load_shard(path: Path, kind: str) -> Patches:
    """The patches of one net in a shard."""
    with np.load(path) as data:
        return Patches(*(data[f"{kind}_{name}"] for name in Patches.__slots__))


def _write(path: Path, pairs: Sequence[Pair], sizes: dict[str, int]) -> None:
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    for kind, size in sizes.items():
        patches = Patches.of(pairs, kind, size)
        arrays |= {f"{kind}_{name}": getattr(patches, name) for name in Patches.__slots__}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays)
    part.replace(path)


@cache
def _album(photos: Path) -> PhotoAlbum:
    return PhotoAlbum(photos)


@cache
def _crowd(ict: Path, seed: int) -> People:
    return People(IctFace.load(ict), seed)


def _bytes(values: Floats) -> Bytes:
    return (np.clip(values, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
