"""Reads what a training left in its folder."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from persona_models.errors import CheckpointError
from persona_models.lite.checkpoint import PatchCheckpoint, Validation
from persona_models.train.torch_files import read_torch_file

REMEDY = "train first (build.py models train-patches) and name the variant's folder"


def read_checkpoint(folder: Path, kind: str, step: int | None = None) -> PatchCheckpoint:
    """Reads a net and ``<kind>.jsonl``, as the training writes them.

    Args:
        folder: of a variant that was trained.
        kind: ``"mouth"`` or ``"eye"``.
        step: of the validation whose net is wanted; by default the best one's.

    Raises:
        CheckpointError: one of them is missing or something else.
    """
    name = f"{kind}-best.pt" if step is None else f"steps/{kind}-{step:06d}.pt"
    path, log = folder / name, folder / f"{kind}.jsonl"
    try:
        data = path.read_bytes()
        state = read_torch_file(path, REMEDY)
        net = {name: np.asarray(values, np.float32) for name, values in state.items()}
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        # Before the first step the net is not kept.
        kept = [line for line in lines if line["step"] and step in (None, line["step"])]
        best = min(kept, key=lambda line: line.get("choice", line["loss"]))
        found = Validation(**{name: best[name] for name in Validation.__slots__ if name in best})
    except (OSError, ValueError, KeyError, TypeError, CheckpointError) as error:
        raise CheckpointError(
            f"{path} and {log.name} are not what a training writes: {error!r:.200}",
            remedy=REMEDY,
        ) from error
    return PatchCheckpoint(path.name, hashlib.sha256(data).hexdigest(), net, found)
