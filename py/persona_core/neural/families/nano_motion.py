"""The parameters of the nano model: a dozen numbers, read off a face."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.params import FaceParams

Floats = npt.NDArray[np.float32]

PARAMETERS: Final = (
    "yaw",
    "pitch",
    "roll",
    "x",
    "y",
    "zoom",
    "jaw_open",
    "smile",
    "pucker",
    "blink_left",
    "blink_right",
    "brows",
)
"""In this order. Turns in 30 degrees, x and y in half face-widths, zoom in 25 %, the rest in
0..1 (brows -1..1)."""
TURN_DEGREES: Final = 30.0


def nano_parameters(face: FaceParams) -> Floats:
    """The tensor ``parameters``, (1, 12), each within -1..1."""
    yaw, pitch, roll = quaternion.to_yaw_pitch_roll(face.rotation)
    c: list[float] = face.blendshapes.tolist()
    raised = 0.5 * (c[B.BROW_OUTER_UP_LEFT] + c[B.BROW_OUTER_UP_RIGHT])
    lowered = 0.5 * (c[B.BROW_DOWN_LEFT] + c[B.BROW_DOWN_RIGHT])
    values = (
        yaw / TURN_DEGREES,
        pitch / TURN_DEGREES,
        roll / TURN_DEGREES,
        2.0 * float(face.translation[0]),
        2.0 * float(face.translation[1]),
        4.0 * (face.scale - 1.0),
        max(c[B.JAW_OPEN] - c[B.MOUTH_CLOSE], 0.0),
        0.5 * (c[B.MOUTH_SMILE_LEFT] + c[B.MOUTH_SMILE_RIGHT]),
        c[B.MOUTH_PUCKER],
        c[B.EYE_BLINK_LEFT],
        c[B.EYE_BLINK_RIGHT],
        max(c[B.BROW_INNER_UP], raised) - lowered,
    )
    return np.clip(np.array([values], dtype=np.float32), -1.0, 1.0)
