"""``FaceParams``: all that is known of a face at one instant, and all that travels of it.

Axes, as MediaPipe's camera space: x to the right of the (unmirrored) camera image, y up,
z out of the image towards the viewer; right-handed. The person's own left is at positive x.
A mirror image, as people expect of their own preview, is made with :meth:`FaceParams.mirrored`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import blendshapes


class Gesture(IntEnum):
    """A hand gesture, named as MediaPipe's GestureRecognizer names it. Fits in 3 bits."""

    NONE = 0
    CLOSED_FIST = 1
    OPEN_PALM = 2
    POINTING_UP = 3
    THUMB_UP = 4
    THUMB_DOWN = 5
    VICTORY = 6
    I_LOVE_YOU = 7


def _constant(values: list[float]) -> Floats:
    array = np.array(values, dtype=np.float32)
    array.setflags(write=False)
    return array


IDENTITY_ROTATION: Floats = _constant([1.0, 0.0, 0.0, 0.0])
NO_TRANSLATION: Floats = _constant([0.0, 0.0])
MIRRORED_ROTATION: Floats = _constant([1.0, 1.0, -1.0, -1.0])
MIRRORED_TRANSLATION: Floats = _constant([-1.0, 1.0])
NEUTRAL_SHAPES: Floats = _constant([0.0] * blendshapes.COUNT)
RESIDUAL_COUNT = 24


@dataclass(frozen=True, slots=True, eq=False)
class FaceParams:
    """One instant of a face. Treat the arrays as read-only: they are shared, never copied.

    Attributes:
        time_ms: capture time in ms on the *sender's* monotonic clock.
        blendshapes: (52,) float32 in [0, 1], in the order of
            :class:`~persona_core.face.blendshapes.Blendshape`.
        rotation: (4,) float32 unit quaternion (w, x, y, z), head relative to facing the camera.
        translation: (2,) float32, x and y of the head's centre in face-widths, relative to the
            calibrated neutral position.
        scale: apparent size relative to the calibrated neutral; 1 = as at calibration,
            2 = twice as near.
        tracked: whether a face was really seen; False when the values are held, faded or idle.
        gestures: the left and right hand's gesture.
        residual: (24,) float32, what of the face's motion the blendshapes miss, as coefficients
            of the landmark basis in standard deviations (see
            :mod:`persona_core.face.residual.residual_code`); None where nothing is known of it.
    """

    time_ms: float
    blendshapes: Floats = field(default_factory=lambda: NEUTRAL_SHAPES)
    rotation: Floats = field(default_factory=lambda: IDENTITY_ROTATION)
    translation: Floats = field(default_factory=lambda: NO_TRANSLATION)
    scale: float = 1.0
    tracked: bool = True
    gestures: tuple[Gesture, Gesture] = (Gesture.NONE, Gesture.NONE)
    residual: Floats | None = None

    def mirrored(self) -> FaceParams:
        """The same face seen in a mirror: left and right swapped."""
        # Not by dataclasses.replace: this is done for each picture, and that takes longer by half.
        return FaceParams(
            self.time_ms,
            self.blendshapes[blendshapes.MIRROR_ORDER],
            self.rotation * MIRRORED_ROTATION,
            self.translation * MIRRORED_TRANSLATION,
            self.scale,
            self.tracked,
            self.gestures[::-1],
            None if self.residual is None else _mirrored(self.residual),
        )


def _mirrored(residual: Floats) -> Floats:
    # Only here: pages that show no portraits need no landmark basis, and never come this way.
    from persona_core.face.residual.landmark_basis import LandmarkBasis

    return LandmarkBasis.load().mirrored_residual(residual)
