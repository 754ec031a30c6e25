"""The displacements that a portrait's weights stand for, in the order of the weights."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.face import blendshapes
from persona_core.face.landmark_basis import LandmarkBasis

Floats = npt.NDArray[np.float32]

SHAPES: Final = slice(0, blendshapes.COUNT)
TURN_START: Final = blendshapes.COUNT


def stacked(basis: LandmarkBasis) -> Floats:
    """(52 + turns + R, 478, 3) cm: blendshapes, what a turn of the head does, the residual."""
    return np.concatenate([basis.shapes, basis.turns, basis.residual])
