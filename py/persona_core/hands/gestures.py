"""Seven hand gestures, read off 21 landmarks by geometry alone.

Used where MediaPipe's GestureRecognizer is not to be had; where it is, its word counts.

A gesture is a row of :data:`TEMPLATES`: which digits are stretched, and where one of them
points. How far each of its conditions holds is a degree in [0, 1], a ramp between two limits;
a gesture holds as far as the weakest of its conditions, and the strongest gesture is the
reading if it reaches a half. Everything is measured against the hand itself, so neither size,
place nor mirror matters, and rotation only to the three gestures that have an up:

* A finger's *bend* is the sum of the angles at its three joints, between successive bones from
  the wrist on: about 15 to 60 degrees when stretched (a knuckle seldom lies on the straight
  line from the wrist), 150 to 220 in a fist. A hand at rest lies between and is neither.
* The thumb has little bend to tell by: in a fist it lies stretched across the fingers. What
  tells is how far it stands off: the distance of its tip from the little finger's knuckle, in
  palm lengths (wrist to the middle finger's knuckle). 0.6 to 1.0 when it is folded over the
  palm or the fingers, 1.3 and more when it stands off.
* *Up* is the image's. The angle to it is taken in space, so that a digit pointing at the
  camera points nowhere else.
* A V has an angle between its fingers.

The limits were set on hands of a simple kinematic model, and checked on photographs and against
the recogniser's own classifier, given the same landmarks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face.params import Gesture
from persona_core.hands.hand_observation import Hand

MIN_CONFIDENCE = 0.5

Ramp = tuple[float, float]
"""(where a degree is 0, where it is 1), in either order."""

FINGER_STRETCHED: Ramp = (110.0, 65.0)
FINGER_BENT: Ramp = (110.0, 145.0)
"""Bend in degrees."""
THUMB_OUT: Ramp = (1.05, 1.25)
THUMB_FREE: Ramp = (0.6, 0.8)
"""Thumb's tip to the little finger's knuckle in palm lengths: standing off; not folded in."""
UPRIGHT: Ramp = (65.0, 40.0)
"""Degrees from the image's vertical."""
SPREAD: Ramp = (6.0, 12.0)
"""Degrees between the fingers of a V."""

_WRIST = 0
_INDEX, _MIDDLE, _LITTLE = 5, 9, 17  # knuckles
_CHAINS = np.array([[_WRIST, *range(knuckle, knuckle + 4)] for knuckle in (5, 9, 13, 17)])
_THUMB_JOINT, _THUMB_TIP = 2, 4
_INDEX_TIP, _MIDDLE_TIP = 8, 12
_UP = np.array([0.0, -1.0, 0.0], dtype=np.float32)  # the image's y points down
_TINY = 1e-6


class Reading(NamedTuple):
    """A hand's gesture and how sure that is, in [0, 1]. NONE is a reading too."""

    gesture: Gesture
    confidence: float


class Posture(NamedTuple):
    """What is measured: degrees in [0, 1].

    Attributes:
        stretched: how far index, middle, ring and little finger are stretched.
        bent: how far they are bent.
        thumb_out: how far the thumb stands off.
        thumb_free: how far it is at least not folded over the palm.
        thumb_up: how far it points up.
        thumb_down: how far it points down.
        index_up: how far the index finger points up.
        spread: how far index and middle finger stand apart.
    """

    stretched: tuple[float, ...]
    bent: tuple[float, ...]
    thumb_out: float
    thumb_free: float
    thumb_up: float
    thumb_down: float
    index_up: float
    spread: float

    @property
    def thumb_in(self) -> float:
        """How far the thumb does not stand off."""
        return 1.0 - self.thumb_out


@dataclass(frozen=True, slots=True)
class Template:
    """A gesture's conditions.

    Attributes:
        fingers: for index, middle, ring and little finger: "|" stretched, "." bent.
        further: how far its further conditions hold, the thumb's among them, in [0, 1].
    """

    gesture: Gesture
    fingers: str
    further: Callable[[Posture], float]

    def degree(self, posture: Posture) -> float:
        """How far the posture is this gesture, in [0, 1]."""
        fingers = (
            stretched if wanted == "|" else bent
            for wanted, stretched, bent in zip(
                self.fingers, posture.stretched, posture.bent, strict=True
            )
        )
        return min(self.further(posture), *fingers)


TEMPLATES: tuple[Template, ...] = (
    Template(Gesture.CLOSED_FIST, "....", lambda hand: hand.thumb_in),
    Template(Gesture.OPEN_PALM, "||||", lambda hand: hand.thumb_free),
    Template(Gesture.POINTING_UP, "|...", lambda hand: min(hand.thumb_in, hand.index_up)),
    Template(Gesture.THUMB_UP, "....", lambda hand: min(hand.thumb_out, hand.thumb_up)),
    Template(Gesture.THUMB_DOWN, "....", lambda hand: min(hand.thumb_out, hand.thumb_down)),
    Template(Gesture.VICTORY, "||..", lambda hand: min(hand.thumb_in, hand.spread)),
    Template(Gesture.I_LOVE_YOU, "|..|", lambda hand: hand.thumb_out),
)


def read(hand: Hand) -> Reading:
    """The hand's gesture: the recogniser's word where it was asked, else the rule's."""
    if hand.recognised is not None:
        return Reading(hand.recognised, hand.confidence)
    return read_points(hand.points)


def read_points(points: Floats) -> Reading:
    """The gesture of a hand's landmarks (21, 3), finite, in one unit, y down.

    A hand without extent is NONE with confidence 0.
    """
    posture = measure(points)
    if posture is None:
        return Reading(Gesture.NONE, 0.0)
    degree, gesture = max((one.degree(posture), one.gesture) for one in TEMPLATES)
    if degree < MIN_CONFIDENCE:
        return Reading(Gesture.NONE, 1.0 - degree)
    return Reading(gesture, degree)


def measure(points: Floats) -> Posture | None:
    """The posture of landmarks as :func:`read_points` takes them; None for a palm of no length."""
    palm = _length(points[_MIDDLE] - points[_WRIST])
    if palm < _TINY:
        return None
    thumb = points[_THUMB_TIP] - points[_THUMB_JOINT]
    index = points[_INDEX_TIP] - points[_INDEX]
    middle = points[_MIDDLE_TIP] - points[_MIDDLE]
    bends = _bends(points)
    reach = _length(points[_THUMB_TIP] - points[_LITTLE]) / palm
    return Posture(
        stretched=tuple(_ramp(bend, FINGER_STRETCHED) for bend in bends),
        bent=tuple(_ramp(bend, FINGER_BENT) for bend in bends),
        thumb_out=_ramp(reach, THUMB_OUT),
        thumb_free=_ramp(reach, THUMB_FREE),
        thumb_up=_ramp(_angle(thumb, _UP), UPRIGHT),
        thumb_down=_ramp(_angle(thumb, -_UP), UPRIGHT),
        index_up=_ramp(_angle(index, _UP), UPRIGHT),
        spread=_ramp(_angle(index, middle), SPREAD),
    )


def _bends(points: Floats) -> list[float]:
    """Each finger's bend in degrees: the sum of the angles at knuckle, PIP and DIP."""
    joints = points[_CHAINS]
    bones = joints[:, 1:] - joints[:, :-1]
    bones /= np.maximum(np.linalg.norm(bones, axis=2, keepdims=True), _TINY)
    cosines = (bones[:, 1:] * bones[:, :-1]).sum(axis=2)
    angles = np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))
    return [float(bend) for bend in angles.sum(axis=1)]


def _angle(first: Floats, second: Floats) -> float:
    """Degrees between two directions; 90 if one has no length."""
    lengths = max(_length(first) * _length(second), _TINY)
    cosine = min(1.0, max(-1.0, float(first @ second) / lengths))
    return float(np.degrees(np.arccos(cosine)))


def _length(vector: npt.NDArray[np.floating]) -> float:
    return float(np.linalg.norm(vector))


def _ramp(value: float, limits: Ramp) -> float:
    zero, one = limits
    return min(1.0, max(0.0, (value - zero) / (one - zero)))
