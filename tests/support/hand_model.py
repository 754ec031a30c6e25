"""A small kinematic model of a hand: joint angles in, 21 landmarks out.

The right hand with its palm towards the camera and its fingers up, in the image's axes (x
right, y down, z away from the camera): the thumb is on the right. One unit is a palm's length,
from the wrist to the middle finger's knuckle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float32]
Vector = npt.NDArray[np.float64]

# Knuckle's place, direction from straight up in degrees (towards the thumb), bone lengths.
FINGERS = (
    ((0.26, -0.97, 0.0), 4.0, (0.45, 0.27, 0.21)),
    ((0.00, -1.00, 0.0), 0.0, (0.50, 0.31, 0.22)),
    ((-0.22, -0.93, 0.0), -4.0, (0.46, 0.29, 0.21)),
    ((-0.42, -0.80, 0.0), -9.0, (0.36, 0.21, 0.18)),
)
# The thumb's four landmarks: standing off, beside the palm, folded over bent fingers.
THUMB_OUT = ((0.28, -0.20, -0.06), (0.55, -0.45, -0.10), (0.84, -0.60, -0.10), (1.07, -0.70, -0.10))
THUMB_BESIDE = (
    (0.26, -0.22, -0.06),
    (0.42, -0.50, -0.10),
    (0.46, -0.80, -0.10),
    (0.47, -1.02, -0.08),
)
THUMB_IN = (
    (0.24, -0.22, -0.10),
    (0.42, -0.52, -0.26),
    (0.28, -0.76, -0.42),
    (0.06, -0.84, -0.46),
)
# How much of a finger's whole bend each joint takes.
BEND_SHARES = (0.36, 0.40, 0.24)


@dataclass(frozen=True)
class HandPose:
    """A hand's posture.

    Attributes:
        bends: whole bend of index, middle, ring and little finger in degrees: 0 straight, 220 in
            a fist.
        thumb: its four landmarks in the palm's frame.
        spread: how far the fingers fan out, 1 as by themselves.
    """

    bends: tuple[float, float, float, float]
    thumb: tuple[tuple[float, float, float], ...] = THUMB_IN
    spread: float = 1.0

    def points(self) -> Points:
        """(21, 3) float32 landmarks, the wrist at the origin."""
        points: list[Vector] = [np.zeros(3), *(np.array(place) for place in self.thumb)]
        for (knuckle, aside, lengths), bend in zip(FINGERS, self.bends, strict=True):
            place = np.array(knuckle)
            points.append(place)
            # The bend is about the knuckle's axis, so a bent finger keeps its direction aside.
            along = math.radians(aside * self.spread)
            straight = np.array([math.sin(along), -math.cos(along), 0.0])
            towards_palm = np.array([0.0, 0.0, -1.0])
            turned = 0.0
            for share, length in zip(BEND_SHARES, lengths, strict=True):
                turned += math.radians(bend * share)
                place = place + length * (
                    math.cos(turned) * straight + math.sin(turned) * towards_palm
                )
                points.append(place)
        return np.array(points, dtype=np.float32)

    def bent_by(self, degrees: tuple[float, float, float, float]) -> HandPose:
        """The same with each finger bent that much further."""
        bends = tuple(bend + more for bend, more in zip(self.bends, degrees, strict=True))
        return replace(self, bends=bends)  # type: ignore[arg-type]


STRAIGHT, BENT = 15.0, 215.0
FIST = HandPose((BENT, BENT, BENT, BENT))
PALM = HandPose((STRAIGHT, STRAIGHT, STRAIGHT, STRAIGHT), THUMB_OUT, spread=2.0)
PALM_CLOSED = HandPose((STRAIGHT, STRAIGHT, STRAIGHT, STRAIGHT), THUMB_BESIDE)
POINTING = HandPose((STRAIGHT, BENT, BENT, BENT))
THUMB = HandPose((BENT, BENT, BENT, BENT), THUMB_OUT)
VICTORY = HandPose((STRAIGHT, STRAIGHT, BENT, BENT), spread=5.0)
I_LOVE_YOU = HandPose((STRAIGHT, BENT, BENT, STRAIGHT), THUMB_OUT)


def turned(points: Points, degrees: float, axis: str = "z") -> Points:
    """The landmarks turned about the wrist; about z: clockwise as seen in the image."""
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    result = points.copy()
    result[:, first] = cosine * points[:, first] - sine * points[:, second]
    result[:, second] = sine * points[:, first] + cosine * points[:, second]
    return result


def mirrored(points: Points) -> Points:
    """The other hand in the same posture."""
    return points * np.array([-1.0, 1.0, 1.0], dtype=np.float32)
