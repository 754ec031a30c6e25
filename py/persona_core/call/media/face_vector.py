"""A face as one vector, so that all of it moves by one operation.

0..51   blendshapes, in [0, 1]
52..55  rotation, a quaternion (w, x, y, z), not always of unit length
56..57  translation, in face-widths
58      natural logarithm of the scale
59..82  residual, in standard deviations; 0 where nothing is known of it
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import blendshapes
from persona_core.face.params import RESIDUAL_COUNT, FaceParams
from persona_core.wire.codec import MAX_SCALE, MAX_TRANSLATION

SHAPES: Final = slice(0, blendshapes.COUNT)
ROTATION: Final = slice(SHAPES.stop, SHAPES.stop + 4)
TRANSLATION: Final = slice(ROTATION.stop, ROTATION.stop + 2)
SCALE: Final = TRANSLATION.stop
RESIDUAL: Final = slice(SCALE + 1, SCALE + 1 + RESIDUAL_COUNT)
SIZE: Final = RESIDUAL.stop

MAX_RESIDUAL: Final = 10.0
"""What travels is no larger (:mod:`persona_core.face.optional_fields`)."""

_POSE: Final = slice(ROTATION.start, SCALE + 1)
_SHORTEST: Final = 0.1
"""Of a mixture of rotations: shorter, it has no direction to speak of."""


def _highest() -> Floats:
    highest = np.ones(SIZE, dtype=np.float32)
    highest[TRANSLATION] = MAX_TRANSLATION
    highest[SCALE] = math.log(MAX_SCALE)
    highest[RESIDUAL] = MAX_RESIDUAL
    return highest


_HIGHEST: Final = _highest()
_LOWEST: Final = np.concatenate([_HIGHEST[SHAPES] * 0.0, -_HIGHEST[SHAPES.stop :]])


def to_vector(face: FaceParams, near: Floats | None = None) -> Floats:
    """(83,) float32 of a face, whose arrays are copied.

    Args:
        near: another face's vector. Of the two quaternions that are one rotation, the one
            nearer to its own is taken.
    """
    vector = np.zeros(SIZE, dtype=np.float32)
    vector[SHAPES] = face.blendshapes
    vector[ROTATION] = face.rotation
    vector[TRANSLATION] = face.translation
    vector[SCALE] = math.log(face.scale)
    if face.residual is not None:
        vector[RESIDUAL] = face.residual
    if near is not None:
        turn_towards(vector, near)
    return vector


def turn_towards(vector: Floats, near: Floats) -> None:
    """Changes the sign of a vector's quaternion if that brings it nearer to another's."""
    if vector[ROTATION] @ near[ROTATION] < 0.0:
        vector[ROTATION] *= -1.0


def to_face(vector: Floats, time_ms: float, like: FaceParams, *, has_residual: bool) -> FaceParams:
    """The face of a vector, brought into the ranges of a face.

    Args:
        vector: (83,) finite; becomes the face's own and is changed.
        like: gives what is not in the vector, such as the gestures.
        has_residual: whether anything is known of the residual.
    """
    np.maximum(vector, _LOWEST, out=vector)
    np.minimum(vector, _HIGHEST, out=vector)
    w, x, y, z, _, _, log_scale = vector[_POSE].tolist()
    rotation = vector[ROTATION]
    length = math.sqrt(w * w + x * x + y * y + z * z)
    if length > _SHORTEST:
        rotation /= length
    else:
        rotation[:] = like.rotation
    return FaceParams(
        time_ms,
        vector[SHAPES],
        rotation,
        vector[TRANSLATION],
        math.exp(log_scale),
        like.tracked,
        like.gestures,
        vector[RESIDUAL] if has_residual else None,
    )
