"""How far a head may go in one photo, and where that puts it."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from persona_core.base.arrays import Doubles
from persona_core.drawn.figure_motion import head_angles, soft_limit
from persona_core.face.face_frame import FacePlacement
from persona_core.face.params import FaceParams
from persona_core.face.pose import FACE_WIDTH_CM

MAX_TURN: Final = 0.42
"""Yaw (rad) that is approached and never passed: 24 degrees, where what one photo shows ends."""
TURN_GAIN: Final = 1.2
"""The tracker's yaw against that of its own landmarks, which the basis was fitted to: the
transformation matrix says a fifth less, measured on the sample video. Nods and rolls agree."""
MAX_NOD: Final = 0.34
MAX_ROLL: Final = 0.60
MAX_SHIFT: Final = 0.16
"""Face-widths that the head may leave its place."""
SHIFT_SHARE: Final = 0.5
MAX_ZOOM: Final = 0.08
"""A head twice as near is shown by so much larger."""
_IMAGE_AXES: Final = np.array([[1.0], [-1.0], [-1.0]])


def placed(own: FacePlacement, params: FaceParams) -> FacePlacement:
    """Where a head is shown that is at ``own`` when it rests."""
    nod, turn, roll = head_angles(params.rotation)
    turned = rotation(
        soft_limit(nod, MAX_NOD),
        soft_limit(TURN_GAIN * turn, MAX_TURN),
        soft_limit(roll, MAX_ROLL),
    )
    width = FACE_WIDTH_CM * own.scale
    right, up = (
        width * soft_limit(SHIFT_SHARE * value, MAX_SHIFT) for value in params.translation.tolist()
    )
    nearer = soft_limit(math.log2(max(float(params.scale), 0.05)), 1.0)
    return FacePlacement(
        scale=own.scale * (1.0 + MAX_ZOOM * nearer),
        rotation=turned @ own.rotation,
        translation=own.translation + np.array([right, -up, 0.0]),
    )


def rows(placement: FacePlacement) -> Doubles:
    """(3, 4): x, y and depth in the picture by (x, y, z, 1) of the face frame."""
    matrix = np.empty((3, 4))
    np.multiply(placement.rotation, placement.scale * _IMAGE_AXES, out=matrix[:, :3])
    matrix[:, 3] = placement.translation
    return matrix


def rotation(nod: float, turn: float, roll: float) -> Doubles:
    """(3, 3): roll after the swing by ``nod`` and ``turn``, of which ``head_angles`` is the
    inverse."""
    angle = math.hypot(nod, turn)
    ax, ay = (nod / angle, turn / angle) if angle > 1e-9 else (1.0, 0.0)
    c, s = math.cos(angle), math.sin(angle)
    k = 1.0 - c
    # Rodrigues' rotation about the axis (ax, ay, 0).
    x = (c + k * ax * ax, k * ax * ay, s * ay)
    y = (k * ax * ay, c + k * ay * ay, -s * ax)
    cr, sr = math.cos(roll), math.sin(roll)
    return np.array(
        [
            [cr * u - sr * v for u, v in zip(x, y, strict=True)],
            [sr * u + cr * v for u, v in zip(x, y, strict=True)],
            [-s * ay, s * ax, c],
        ]
    )
