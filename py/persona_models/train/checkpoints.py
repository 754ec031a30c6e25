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


def read_checkpoint(folder: Path, kind: str) -> PatchCheckpoint:
    """Reads ``<kind>-best.pt`` and ``<kind>.jsonl``, as the training writes them.

    Raises:
        CheckpointError: one of them is missing or something else.
    """
    path, log = folder / f"{kind}-best.pt", folder / f"{kind}.jsonl"
    try:
        data = path.read_bytes()
        state = read_torch_file(path, REMEDY)
        net = {name: np.asarray(values, np.float32) for name, values in state.items()}
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        # Before the first step the net is not kept.
        best = min((line for line in lines if line["step"]), key=lambda line: line["loss"])
        found = Validation(**{name: best[name] for name in Validation.__slots__})
    except (OSError, ValueError, KeyError, TypeError, CheckpointError) as error:
        raise CheckpointError(
            f"{path} and {log.name} are not what a training writes: {error!r:.200}",
            remedy=REMEDY,
        ) from error
    return PatchCheckpoint(path.name, hashlib.sha256(data).hexdigest(), net, found)
