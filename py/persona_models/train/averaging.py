"""``average-nets``: the mean of the weights of nets of one training, as a net of its own.

Nets that lie some way apart on one training err differently where nobody trained them; the mean of
their weights errs less there than most of them (Izmailov et al., 2018, "Averaging Weights Leads to
Wider Optima and Better Generalization").
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from persona_core.base.arrays import Floats
from persona_core.neural.manifest.manifest_json import FILE_NAME
from persona_models.errors import CheckpointError
from persona_models.lite.checkpoint import Validation
from persona_models.lite.shipped_nets import read_shipped_nets
from persona_models.train.checkpoints import read_checkpoint
from persona_models.train.patch_net import PatchNet, PatchShape
from persona_models.train.shards import (
    PHOTO_VALIDATION_SEED,
    VALIDATION_SEED,
    Patches,
    load_shard,
)
from persona_models.train.trainer import ValidationScore, validate


def average_nets(kind: str, folders: Sequence[str], shards: Path, out: Path) -> ValidationScore:
    """Writes the mean of some best nets as ``<kind>-best.pt`` and ``<kind>.jsonl``.

    Args:
        kind: ``"mouth"`` or ``"eye"``.
        folders: of variants that were trained, or came of this, or of a model that
            `build.py models lite` wrote; one that is named twice counts twice. ``FOLDER:STEP``
            names the net of a validation instead of the best.
        shards: the folder of shards of one of the trainings; those of the validation are used,
            and of the photographs that were held out, where there are any.
        out: the folder to write to.

    Returns:
        The mean's validation.

    Raises:
        CheckpointError: nets that are missing or do not fit each other, or nothing to validate on.
    """
    nets = [_read(folder, kind) for folder in folders]
    held_out = _held_out(shards, VALIDATION_SEED, kind)
    if held_out is None:
        raise CheckpointError(
            f"no shards of people to validate on are in {shards}",
            remedy="name the folder of shards that train-patches made",
        )
    first = nets[0].net
    half, quarter, eighth = (len(first[name]) for name in _WIDTHS)
    widths = (half, quarter, eighth)
    shape = PatchShape(held_out.planes.shape[-1], held_out.vectors.shape[-1], widths)
    if any({n: w.shape for n, w in each.net.items()} != _shapes(shape) for each in nets):
        raise CheckpointError(
            f"the {kind} nets in {', '.join(folders)} are not of one shape",
            remedy="average nets of one variant",
        )
    mean = {
        name: torch.stack([torch.from_numpy(each.net[name]) for each in nets]).mean(dim=0)
        for name in first
    }
    net = PatchNet(shape)
    net.load_state_dict(mean)
    score = validate(net, held_out, torch.device("cpu"))
    photos = _held_out(shards, PHOTO_VALIDATION_SEED, kind)
    known = [each.best for each in nets if each.best is not None]
    steps = max((best.step for best in known), default=0)
    seen = max((best.patches for best in known), default=0)
    out.mkdir(parents=True, exist_ok=True)
    torch.save(mean, out / f"{kind}-best.pt")
    line = {"step": steps, "patches": seen} | asdict(score)
    if photos is not None:
        line["photos"] = asdict(validate(net, photos, torch.device("cpu")))
    (out / f"{kind}.jsonl").write_text(json.dumps(line) + "\n")
    return score


_WIDTHS = ("first.0.conv.weight", "second.0.conv.weight", "third.conv.weight")
"""Weights whose numbers of rows are a net's widths."""


@dataclass(frozen=True, slots=True, eq=False)
class _Net:
    """Attributes:

    net: parameters by name.
    best: its validation; None of a model that was written, which does not hold it.
    """

    net: Mapping[str, Floats]
    best: Validation | None


def _read(name: str, kind: str) -> _Net:
    if (Path(name) / FILE_NAME).exists():
        return _Net(read_shipped_nets(Path(name))[kind], None)
    folder, colon, step = name.rpartition(":")
    if colon and step.isdecimal():
        found = read_checkpoint(Path(folder), kind, int(step))
    else:
        found = read_checkpoint(Path(name), kind)
    return _Net(found.net, found.best)


def _held_out(shards: Path, seed: int, kind: str) -> Patches | None:
    paths = sorted(shards.glob(f"{seed}-*.npz"))
    return Patches.join([load_shard(path, kind) for path in paths]) if paths else None


def _shapes(shape: PatchShape) -> dict[str, tuple[int, ...]]:
    return {name: tuple(weight.shape) for name, weight in PatchNet(shape).state_dict().items()}
