"""From blendshapes to LivePortrait's expression.

LivePortrait's 21 keypoints carry no names; which of them move what was found out by trying, and
public editors share a table of coefficients that work. :data:`ROWS` is that table, in the
editors' own units. Here blendshapes are turned into those units, and those into offsets of
keypoints.

The table knows a wink of one eye only. The other's is its mirror image as far as the lids go;
which cheek and mouth points would follow is not known. Which eye is which follows from where the
portrait's keypoints lie.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Doubles, Floats
from persona_core.face.blendshapes import COUNT
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.params import NEUTRAL_SHAPES

KEYPOINTS: Final = 21
X, Y, Z = range(3)
UPPER_LIDS: Final = (11, 15)
"""Of the eye that the table can wink, and of the other."""
LID_SHUT: Final = 0.85
"""``eyeBlink`` at which lids meet: trackers seldom report 1 for an eye that is shut."""


class Control(IntEnum):
    """What the table knows, in the editors' units."""

    SMILE = 0
    AAA = 1
    """Mouth open."""
    EEE = 2
    """Mouth drawn wide."""
    WOO = 3
    """Mouth rounded."""
    WINK = 4
    """Closes the eye of keypoint 11."""
    WINK_OTHER = 5
    """Closes the eye of keypoint 15."""
    GAZE_RIGHT = 6
    """Gaze to the right of the picture, as a positive number; to the left it is GAZE_LEFT."""
    GAZE_LEFT = 7
    GAZE_Y = 8
    """Gaze upwards."""
    BLINK = 9
    """Both eyes: negative closes, positive widens."""
    BROWS_UP = 10
    BROWS_DOWN = 11
    """Brows drawn down, as a negative number."""


class Range(NamedTuple):
    """Between which values a control looks right."""

    low: float
    high: float


RANGES: Final[Mapping[Control, Range]] = {
    Control.SMILE: Range(-0.3, 1.3),
    Control.AAA: Range(-30.0, 120.0),
    Control.EEE: Range(-20.0, 15.0),
    Control.WOO: Range(-20.0, 15.0),
    Control.WINK: Range(0.0, 25.0),
    Control.WINK_OTHER: Range(0.0, 25.0),
    Control.GAZE_RIGHT: Range(0.0, 15.0),
    Control.GAZE_LEFT: Range(-15.0, 0.0),
    Control.GAZE_Y: Range(-15.0, 15.0),
    Control.BLINK: Range(-20.0, 5.0),
    Control.BROWS_UP: Range(0.0, 15.0),
    Control.BROWS_DOWN: Range(-10.0, 0.0),
}

ROWS: Final[Mapping[Control, Sequence[tuple[int, int, float]]]] = {
    Control.SMILE: (
        (20, Y, -0.01),
        (14, Y, -0.02),
        (17, Y, 0.0065),
        (17, Z, 0.003),
        (13, Y, -0.00275),
        (16, Y, -0.00275),
        (3, Y, -0.0035),
        (7, Y, -0.0035),
    ),
    Control.AAA: ((19, Y, 0.001), (19, Z, 0.0001), (17, Y, -0.0001)),
    Control.EEE: ((20, Z, -0.001), (20, Y, -0.001), (14, Y, -0.001)),
    Control.WOO: ((14, Y, 0.001), (3, Y, -0.0005), (7, Y, -0.0005), (17, Z, -0.0005)),
    Control.WINK: (
        (11, Y, 0.001),
        (13, Y, -0.0003),
        (17, X, 0.0003),
        (17, Y, 0.0003),
        (3, Y, -0.0003),
    ),
    Control.WINK_OTHER: ((15, Y, 0.001), (16, Y, -0.0003)),
    Control.GAZE_RIGHT: ((11, X, 0.0007), (15, X, 0.001)),
    Control.GAZE_LEFT: ((11, X, 0.001), (15, X, 0.0007)),
    Control.GAZE_Y: ((11, Y, -0.001), (15, Y, -0.001)),
    Control.BLINK: (
        (11, Y, -0.001),
        (15, Y, -0.001),
        (13, Y, 0.0003),
        (16, Y, 0.0003),
        (1, Y, -0.00025),
        (2, Y, 0.00025),
    ),
    Control.BROWS_UP: ((1, Y, 0.001), (2, Y, -0.001)),
    Control.BROWS_DOWN: ((1, X, -0.001), (2, X, 0.001), (1, Y, 0.0003), (2, Y, -0.0003)),
}
"""Offsets of keypoints per unit of a control: (keypoint, axis, coefficient)."""


def _basis() -> Doubles:
    basis = np.zeros((len(Control), KEYPOINTS, 3))
    for control, row in ROWS.items():
        for keypoint, axis, coefficient in row:
            basis[control, keypoint, axis] = coefficient
    flat = basis.reshape(len(Control), -1)
    flat.setflags(write=False)
    return flat


BASIS: Final = _basis()
"""(controls, 63): :data:`ROWS` as a matrix."""
_LOWS: Final = np.array([RANGES[control].low for control in Control])
_HIGHS: Final = np.array([RANGES[control].high for control in Control])


def wink_eye_is_left(canonical: npt.NDArray[np.floating]) -> bool:
    """Whether the eye that the table can wink is the person's own left one.

    A person's left eye lies in the right half of an unmirrored picture.

    Args:
        canonical: (21, 3) keypoints of the portrait, x to the right.
    """
    one, other = UPPER_LIDS
    return bool(canonical[one, X] > canonical[other, X])


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What is a person's own.

    Attributes:
        portrait_shapes: (52,) the blendshapes that the tracker sees in the portrait. What the
            portrait already does is not done once more; what only it does is undone.
        gains: by control; 1.2 for who opens the mouth less widely than the tracker's full range.
        wink_eye_is_left: see :func:`wink_eye_is_left`.
    """

    portrait_shapes: Floats = field(default_factory=lambda: NEUTRAL_SHAPES)
    gains: Mapping[Control, float] = field(default_factory=dict)
    wink_eye_is_left: bool = False


class ExpressionMap:
    """Offsets of keypoints for blendshapes, for one portrait and one person."""

    def __init__(self, calibration: Calibration | None = None) -> None:
        calibration = calibration or Calibration()
        self._gains = np.array([calibration.gains.get(control, 1.0) for control in Control])
        self._left_winks = calibration.wink_eye_is_left
        self._at_rest = self._offsets(calibration.portrait_shapes, np.ones(len(Control)))

    def offsets(self, shapes: Floats) -> Doubles:
        """(21, 3) to be added to the portrait's expression.

        Args:
            shapes: (52,) blendshapes of the driving face, in [0, 1].
        """
        return (self._offsets(shapes, self._gains) - self._at_rest).reshape(KEYPOINTS, 3)

    def _offsets(self, shapes: Floats, gains: Doubles) -> Doubles:
        wanted = controls(shapes, wink_eye_is_left=self._left_winks) * gains
        return np.clip(wanted, _LOWS, _HIGHS) @ BASIS


def controls(shapes: Floats, *, wink_eye_is_left: bool) -> Doubles:
    """The controls, (12,), that a face's blendshapes (52,) mean, each within its range."""
    if shapes.shape != (COUNT,):
        raise ValueError(f"{shapes.shape} are not {COUNT} blendshapes")
    c: list[float] = np.clip(shapes, 0.0, 1.0).tolist()
    out = [0.0] * len(Control)
    _mouth(c, out)
    gaze_y = _gaze(c, out)
    _lids(c, out, gaze_y, wink_eye_is_left)
    raised = 0.5 * c[B.BROW_INNER_UP] + 0.25 * (c[B.BROW_OUTER_UP_LEFT] + c[B.BROW_OUTER_UP_RIGHT])
    out[Control.BROWS_UP] = RANGES[Control.BROWS_UP].high * raised
    lowered = _mean(c, B.BROW_DOWN_LEFT, B.BROW_DOWN_RIGHT)
    out[Control.BROWS_DOWN] = RANGES[Control.BROWS_DOWN].low * lowered
    return np.clip(out, _LOWS, _HIGHS)


def _mouth(c: list[float], out: list[float]) -> None:
    smile = _mean(c, B.MOUTH_SMILE_LEFT, B.MOUTH_SMILE_RIGHT)
    frown = _mean(c, B.MOUTH_FROWN_LEFT, B.MOUTH_FROWN_RIGHT)
    low, high = RANGES[Control.SMILE]
    out[Control.SMILE] = high * smile + low * frown
    # Lips may be held together over an open jaw; pressed lips are a bit more than closed.
    parted = max(c[B.JAW_OPEN] - c[B.MOUTH_CLOSE], 0.0)
    pressed = _mean(c, B.MOUTH_PRESS_LEFT, B.MOUTH_PRESS_RIGHT) * (1.0 - parted)
    low, high = RANGES[Control.AAA]
    out[Control.AAA] = high * parted + low * pressed
    rounded = max(c[B.MOUTH_PUCKER], c[B.MOUTH_FUNNEL])
    stretched = _mean(c, B.MOUTH_STRETCH_LEFT, B.MOUTH_STRETCH_RIGHT)
    out[Control.EEE] = RANGES[Control.EEE].high * stretched * (1.0 - rounded)
    out[Control.WOO] = RANGES[Control.WOO].high * rounded


def _gaze(c: list[float], out: list[float]) -> float:
    """Sets the gaze; returns its upward part in the table's units."""
    to_left = _mean(c, B.EYE_LOOK_OUT_LEFT, B.EYE_LOOK_IN_RIGHT)  # the person's left
    to_right = _mean(c, B.EYE_LOOK_IN_LEFT, B.EYE_LOOK_OUT_RIGHT)
    across = RANGES[Control.GAZE_RIGHT].high * (to_left - to_right)
    out[Control.GAZE_RIGHT] = max(across, 0.0)
    out[Control.GAZE_LEFT] = min(across, 0.0)
    up = _mean(c, B.EYE_LOOK_UP_LEFT, B.EYE_LOOK_UP_RIGHT)
    down = _mean(c, B.EYE_LOOK_DOWN_LEFT, B.EYE_LOOK_DOWN_RIGHT)
    out[Control.GAZE_Y] = RANGES[Control.GAZE_Y].high * (up - down)
    return out[Control.GAZE_Y]


def _lids(c: list[float], out: list[float], gaze_y: float, wink_eye_is_left: bool) -> None:
    left = min(c[B.EYE_BLINK_LEFT] / LID_SHUT, 1.0)
    right = min(c[B.EYE_BLINK_RIGHT] / LID_SHUT, 1.0)
    one, other = (left, right) if wink_eye_is_left else (right, left)
    both = min(one, other)
    wide = _mean(c, B.EYE_WIDE_LEFT, B.EYE_WIDE_RIGHT) * (1.0 - both)
    low, high = RANGES[Control.BLINK]
    # Lids that are shut stay shut wherever the eyes look.
    out[Control.BLINK] = low * both + high * wide - 0.5 * gaze_y * (1.0 - both)
    out[Control.WINK] = RANGES[Control.WINK].high * (one - both)
    out[Control.WINK_OTHER] = RANGES[Control.WINK_OTHER].high * (other - both)


def _mean(c: list[float], left: B, right: B) -> float:
    return 0.5 * (c[left] + c[right])
