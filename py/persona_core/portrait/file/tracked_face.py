"""What a tracker said of a picture's face, as portraits and expressions keep it: checks and bytes.

The bytes are 52 u8 blendshapes, then 478 x 3 i16 landmarks in sixteenths of a pixel, little-endian.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.errors import PortraitError
from persona_core.face import blendshapes, landmarks
from persona_core.face.face_frame import FacePlacement, LandmarkError

MIN_FACE_PX: Final = 40.0
"""Of the oval's height: a smaller face is no portrait."""

_STEPS: Final = 16.0
_VALUES: Final = landmarks.COUNT * 3
BYTES: Final = blendshapes.COUNT + 2 * _VALUES


def check(points: Floats, shapes: Floats) -> FacePlacement:
    """Where the face lies.

    Args:
        points: (478, 3) landmarks, pixels.
        shapes: (52,) blendshapes.

    Raises:
        PortraitError: values that no picture of a face has.
    """
    if shapes.shape != (blendshapes.COUNT,):
        raise PortraitError(f"blendshapes of shape {shapes.shape}")
    if not ((shapes >= 0.0) & (shapes <= 1.0)).all():
        raise PortraitError("blendshapes outside [0, 1]")
    try:
        placement = FacePlacement.fit(points)
    except LandmarkError as error:
        raise PortraitError(str(error)) from error
    if np.ptp(points[landmarks.OVAL, 1]) < MIN_FACE_PX:
        raise PortraitError("the face is too small")
    return placement


def to_bytes(points: Floats, shapes: Floats) -> bytes:
    """:data:`BYTES` of them."""
    steps = np.rint(points * _STEPS).clip(-32768, 32767).astype("<i2")
    return b"".join([np.rint(shapes * 255.0).astype(np.uint8).tobytes(), steps.tobytes()])


def from_bytes(data: bytes, offset: int) -> tuple[Floats, Floats]:
    """The landmarks (478, 3) and blendshapes (52,) that begin at ``offset``, float32; any bytes
    will do."""
    shapes = np.frombuffer(data, np.uint8, blendshapes.COUNT, offset) / np.float32(255.0)
    steps = np.frombuffer(data, "<i2", _VALUES, offset + blendshapes.COUNT) / np.float32(_STEPS)
    return steps.reshape(-1, 3).astype(np.float32), shapes.astype(np.float32)
