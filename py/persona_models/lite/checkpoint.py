"""What a training left: the best nets, and how they did on people that they never saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from persona_core.base.arrays import Floats


@dataclass(frozen=True, slots=True)
class Validation:
    """A validation of a net, on rendered people of another seed.

    Attributes:
        step: of the training.
        patches: trained on until then.
        loss: of the net.
        warp_loss: of the warp, untouched.
        psnr: dB, the inner parts weighted as in the loss.
        warp_psnr: of the warp.
        photos: ``psnr`` and ``warp_psnr`` on photographs that were held out, and what else the
            training found there; None where it had no photographs.
    """

    step: int
    patches: int
    loss: float
    warp_loss: float
    psnr: float
    warp_psnr: float
    photos: Mapping[str, float] | None = None


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
