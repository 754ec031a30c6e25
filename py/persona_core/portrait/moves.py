"""The displacements that a portrait's weights stand for, in the order of the weights."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.drawn.figure_motion import soft_limit
from persona_core.face import blendshapes
from persona_core.face.residual.landmark_basis import LandmarkBasis

SHAPES: Final = slice(0, blendshapes.COUNT)
TURN_START: Final = blendshapes.COUNT
MAX_RESIDUAL: Final = 14.0
"""Standard deviations, all coefficients together."""


def stacked(basis: LandmarkBasis) -> Floats:
    """(52 + turns + R, 478, 3) cm: blendshapes, what a turn of the head does, the residual."""
    return np.concatenate([basis.shapes, basis.turns, basis.residual])


def bounded(residual: Floats) -> Floats:
    """A residual (R,) of which a photo can bear all: its length approaches a bound."""
    length = math.sqrt(float(residual @ residual))
    if length < 1e-6:
        return residual
    return residual * np.float32(soft_limit(length, MAX_RESIDUAL) / length)
