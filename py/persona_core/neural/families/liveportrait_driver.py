"""A face drives a LivePortrait: face parameters in, wanted keypoints out, once a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from persona_core.base.arrays import Doubles, Floats
from persona_core.face.params import FaceParams
from persona_core.neural.families.liveportrait_controls import Calibration, ExpressionMap
from persona_core.neural.families.liveportrait_motion import KeypointMotion, PortraitPose, transform

Tensors = dict[str, Floats]

TO_PICTURE: Final = np.array([1.0, -1.0, -1.0])
"""Signs from camera space (x right, y up, z to the viewer) to the picture's axes (x right, y
down, z away)."""
FACE_WIDTH: Final = 2.0 / 2.3
"""A face-width in the picture's units: the portrait is cut to 2.3 times the face."""
MAX_SHIFT: Final = 0.25
"""How far a face may leave its place, of the picture's half side: beyond, the crop ends."""
SCALES: Final = (0.8, 1.25)
"""How much smaller and larger than in the portrait a face may be."""
MAX_TURN_DEGREES: Final = 35.0
"""Beyond this the warped features tear."""


class LivePortraitDriver:
    """The keypoints that a portrait should have while a face moves.

    Args:
        portrait: what the motion extractor saw in the portrait.
        calibration: of the person and the portrait.
    """

    def __init__(self, portrait: PortraitPose, calibration: Calibration | None = None) -> None:
        self._portrait = portrait
        self._expressions = ExpressionMap(calibration)
        self.source = portrait.keypoints
        """The tensor ``kp_source``, (1, K, 3)."""

    def target(self, face: FaceParams) -> Floats:
        """The tensor ``kp_target``, (1, K, 3), for a face relative to its calibrated neutral."""
        own = self._portrait.motion
        shift = np.clip(face.translation, -MAX_SHIFT / FACE_WIDTH, MAX_SHIFT / FACE_WIDTH)
        motion = KeypointMotion(
            rotation=turned(face.rotation) @ own.rotation,
            expression=own.expression + self._expressions.offsets(face.blendshapes),
            scale=own.scale * min(max(face.scale, SCALES[0]), SCALES[1]),
            translation=own.translation
            + FACE_WIDTH * np.array([shift[0], -shift[1], 0.0], dtype=np.float64),
        )
        return transform(self._portrait.canonical, motion)


class KeypointDriver:
    """Drives a portrait by the tensors of the model's interface, once it was seen."""

    def __init__(self) -> None:
        self._driver: LivePortraitDriver | None = None

    def settle(self, seen: Mapping[str, Floats]) -> Tensors:
        """What is computed once a portrait.

        Args:
            seen: what the motion extractor gave, by its heads.

        Raises:
            ModelError: that is something else than it should be.
        """
        self._driver = LivePortraitDriver(PortraitPose.from_outputs(seen))
        return {"kp_source": self._driver.source}

    def parameters(self, face: FaceParams) -> Tensors:
        """A frame's inputs, for a face relative to its calibrated neutral."""
        assert self._driver is not None, "no portrait was settled"
        return {"kp_target": self._driver.target(face)}


def turned(rotation: Floats) -> Doubles:
    """(3, 3) for points as rows in the picture's axes, from a head's quaternion in camera space.

    Turns of more than :data:`MAX_TURN_DEGREES` are held at that.
    """
    w, x, y, z = (float(value) for value in rotation)
    if w < 0.0:
        w, x, y, z = -w, -x, -y, -z
    axis = TO_PICTURE * (x, y, z)
    sine = float(np.linalg.norm(axis))
    half = min(float(np.arctan2(sine, w)), np.radians(MAX_TURN_DEGREES) / 2.0)
    if sine < 1e-9:
        return np.eye(3)
    a, b, c = axis / sine * np.sin(half)
    w = np.cos(half)
    # the transpose of the usual matrix of a unit quaternion
    return np.array(
        [
            [1 - 2 * (b * b + c * c), 2 * (a * b + w * c), 2 * (a * c - w * b)],
            [2 * (a * b - w * c), 1 - 2 * (a * a + c * c), 2 * (b * c + w * a)],
            [2 * (a * c + w * b), 2 * (b * c - w * a), 1 - 2 * (a * a + b * b)],
        ]
    )
