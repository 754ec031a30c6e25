"""What a training left: the best nets, and how they did on people that they never saw."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from persona_models.conversion_errors import CheckpointError

Floats = npt.NDArray[np.float32]

REMEDY = "train first (build.py models train-patches) and name the variant's folder"


@dataclass(frozen=True, slots=True)
class Validation:
    """The best validation of a net, on rendered people of another seed.

    Attributes:
        step: of the training.
        patches: trained on until then.
        loss: of the net.
        warp_loss: of the warp, untouched.
        psnr: dB, the inner parts weighted as in the loss.
        warp_psnr: of the warp.
    """

    step: int
    patches: int
    loss: float
    warp_loss: float
    psnr: float
    warp_psnr: float


@dataclass(frozen=True, slots=True, eq=False)
class PatchCheckpoint:
    """A trained net.

    Attributes:
        file: name of the file that it was read from.
        sha256: of that file.
        net: parameters by name, float32.
        best: how good it is.
    """

    file: str
    sha256: str
    net: Mapping[str, Floats]
    best: Validation

    @classmethod
    def read(cls, folder: Path, kind: str) -> PatchCheckpoint:
        """Reads ``<kind>-best.pt`` and ``<kind>.jsonl``, as the training writes them.

        Raises:
            CheckpointError: one of them is missing or something else.
        """
        # Imported here: only reading a training's own files takes torch.
        from persona_models.train.torch_files import read_torch_file

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
        return cls(path.name, hashlib.sha256(data).hexdigest(), net, found)
