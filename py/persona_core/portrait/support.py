"""Where on a face each blendshape may act.

A basis fitted to recordings also learns what merely happened together: who frowned also dropped
the chin, who looked aside also spoke. On a portrait that would be seen, so every shape is held to
the part of the face whose muscles make it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face.blendshapes import Blendshape
from persona_core.face.residual.landmark_basis import LandmarkBasis

UPPER_FROM_CM: Final = (-1.2, 0.8)
"""Heights in the face frame between which what eyes and brows do fades out downwards: from the
lower half of the nose to its bridge."""
LOWER_FROM_CM: Final = (2.0, 4.5)
"""Heights between which what jaw and mouth do fades out upwards: from the lower lids to the
brows."""


@cache
def supported() -> LandmarkBasis:
    """The basis that ships with the package, each shape held to its part of the face.

    Who codes a residual for portraits measures it against this basis.
    """
    basis = LandmarkBasis.load()
    height = basis.mean[:, 1]
    upper = _smooth(*UPPER_FROM_CM, height)
    lower = 1.0 - _smooth(*LOWER_FROM_CM, height)
    shapes = basis.shapes.copy()
    for shape in Blendshape:
        if shape.name.startswith(("EYE_", "BROW_")):
            shapes[shape] *= upper[:, None]
        elif shape.name.startswith(("JAW_", "MOUTH_", "CHEEK_PUFF")):
            shapes[shape] *= lower[:, None]
    shapes.setflags(write=False)
    return replace(basis, shapes=shapes)


def _smooth(low: float, high: float, values: Floats) -> Floats:
    t = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), dtype=np.float32)
