"""What keeps a picture for a portrait from being good, and what of it is told first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import landmarks, quaternion
from persona_core.portrait.making.face_light import FaceLight
from persona_core.portrait.making.photo import MIN_FACE_WIDTH
from persona_core.portrait.wizard.steps import MOST_TURN_DEGREES, NOBODY, PLANS, Rest, Step

FAR: Final = 0.27
"""Of the picture's height, brows and chin included: a smaller face has too few pixels."""
NEAR: Final = 0.74
"""Likewise: hair and chin of a larger one are cut off as soon as it moves."""
ASIDE: Final = 0.2
"""Of the picture's width or height, from its middle to the face's."""
EDGE: Final = 0.015
"""Of the picture's sides, that the face's outline keeps clear of."""
TURNED_DEGREES: Final = 9.0
"""From rest: more, and the picture shows another side of the face than the one asked for."""
TURNED_FIRST_DEGREES: Final = 14.0
"""From the camera, before the rest is known: cameras stand aside, above and below."""
TILTED_DEGREES: Final = 13.0
DARK: Final = 0.13
"""Luma of the skin: below, noise is as strong as what a face shows. Dark skin in a lit room has
0.2 and more."""
BLACK: Final = 0.06
ONE_SIDED: Final = 2.0
"""Times that one cheek is as bright as the other."""
GLARE: Final = 0.12
"""Of an eye's box."""
MOVING: Final = 0.25
"""Widths of the face a second: beyond, the picture is smeared at the exposure of a dim room."""
SOFT: Final = 0.45
"""Of the sharpness that this camera has shown: below, it is out of focus or smeared."""


class Hindrance(StrEnum):
    """In the order of importance; each has the sentence ``wizard.hint.<value>``."""

    WAITING = "waiting"
    """Nothing is heard of the tracker, which may still be loading."""
    NO_FACE = "no-face"
    TWO_FACES = "two-faces"
    """Somebody else is about as near: whose picture it would be, nobody knows."""
    CUT_OFF = "cut-off"
    TINY = "tiny"
    BLACK = "black"
    TOO_FAR = "too-far"
    TOO_NEAR = "too-near"
    OFF_CENTRE = "off-centre"
    TURNED = "turned"
    TURNED_TOO_FAR = "turned-too-far"
    TILTED = "tilted"
    TOO_BRIGHT = "too-bright"
    EYES_HIDDEN = "eyes-hidden"
    MOUTH_HIDDEN = "mouth-hidden"
    TOO_DARK = "too-dark"
    BRIGHT_LEFT = "bright-left"
    BRIGHT_RIGHT = "bright-right"
    GLARE = "glare"
    MOVING = "moving"
    BLURRED = "blurred"


PUT_UP_WITH_MS: Final[dict[Hindrance, float]] = {
    Hindrance.TOO_FAR: 8_000.0,
    Hindrance.TOO_NEAR: 8_000.0,
    Hindrance.OFF_CENTRE: 6_000.0,
    Hindrance.TURNED: 10_000.0,
    Hindrance.TILTED: 8_000.0,
    Hindrance.TOO_BRIGHT: 8_000.0,
    Hindrance.EYES_HIDDEN: 8_000.0,
    Hindrance.MOUTH_HIDDEN: 6_000.0,
    Hindrance.TOO_DARK: 8_000.0,
    Hindrance.BRIGHT_LEFT: 6_000.0,
    Hindrance.BRIGHT_RIGHT: 6_000.0,
    Hindrance.GLARE: 6_000.0,
    Hindrance.MOVING: 5_000.0,
    Hindrance.BLURRED: 5_000.0,
}
"""How long each is told of before the picture is taken all the same: not everybody can change their
lamp, their glasses or where their screen stands. What is not here hinders for ever."""

LASTING: Final = frozenset(PUT_UP_WITH_MS) - {
    *(Hindrance.TURNED, Hindrance.TILTED, Hindrance.MOVING, Hindrance.BLURRED)
}
"""What the person's place is like: put up with once, it is for the whole wizard."""


@dataclass(frozen=True, slots=True, eq=False)
class Glimpse:
    """One sight of the person before the camera.

    Attributes:
        time_ms: when it was seen, ms.
        shapes: (52,) float32 blendshapes as tracked.
        rotation: (4,) unit quaternion of the head; see :class:`~persona_core.face.pose.HeadPose`.
        points: (478, 3) landmarks, pixels of the picture.
        width: of the picture, pixels.
        height: likewise.
        light: None where nobody looked.
        faces: how many that are about as near were seen.
    """

    time_ms: float
    shapes: Floats
    rotation: Floats
    points: Floats
    width: int
    height: int
    light: FaceLight | None = None
    faces: int = 1

    @property
    def angles(self) -> tuple[float, float, float]:
        """Yaw, pitch and roll in degrees."""
        return quaternion.to_yaw_pitch_roll(self.rotation)

    @property
    def face_width(self) -> float:
        """Pixels across the face."""
        return float(np.ptp(self.points[landmarks.OVAL, 0]))


def speed(before: Glimpse | None, now: Glimpse) -> float:
    """How fast the head goes across the picture, in widths of the face a second."""
    if before is None or now.time_ms <= before.time_ms:
        return 0.0
    gap = (now.points - before.points)[landmarks.STABLE, :2].mean(axis=0)
    return float(np.hypot(*gap)) / now.face_width / (now.time_ms - before.time_ms) * 1000.0


def hindrances(
    step: Step,
    glimpse: Glimpse,
    rest: Rest = NOBODY,
    before: Glimpse | None = None,
    sharpest: float = 0.0,
) -> tuple[Hindrance, ...]:
    """All that is in the way of a picture, the most important first.

    Args:
        rest: of this person.
        before: the glimpse before this one.
        sharpest: the sharpness that this camera has shown.
    """
    found = [
        *_place(glimpse),
        *_pose(step, glimpse, rest),
        *_light(glimpse.light, sharpest),
    ]
    if glimpse.faces > 1:
        found.append(Hindrance.TWO_FACES)
    if speed(before, glimpse) > MOVING:
        found.append(Hindrance.MOVING)
    order = list(Hindrance)
    return tuple(sorted(found, key=order.index))


def _place(glimpse: Glimpse) -> list[Hindrance]:
    outline = glimpse.points[landmarks.OVAL, :2] / (glimpse.width, glimpse.height)
    low, high = outline.min(axis=0), outline.max(axis=0)
    size, middle = float(high[1] - low[1]), (low + high) / 2.0
    found = []
    if (low < EDGE).any() or (high > 1.0 - EDGE).any():
        # A face that is too near reaches over the edges as well, and going back mends both.
        found.append(Hindrance.TOO_NEAR if size > NEAR else Hindrance.CUT_OFF)
    elif size > NEAR:
        found.append(Hindrance.TOO_NEAR)
    if glimpse.face_width < MIN_FACE_WIDTH:
        found.append(Hindrance.TINY)
    elif size < FAR:
        found.append(Hindrance.TOO_FAR)
    if np.abs(middle - 0.5).max() > ASIDE:
        found.append(Hindrance.OFF_CENTRE)
    return found


def _pose(step: Step, glimpse: Glimpse, rest: Rest) -> list[Hindrance]:
    yaw, pitch, roll = glimpse.angles
    turn = PLANS[step].turn
    found = []
    if step is Step.STRAIGHT:
        if max(abs(yaw), abs(pitch) - 6.0) > TURNED_FIRST_DEGREES:
            found.append(Hindrance.TURNED)
        aside = abs(roll)
    else:
        nod, sideways = pitch - rest.pitch, yaw - rest.yaw
        if turn and sideways * math.copysign(1.0, turn) > MOST_TURN_DEGREES:
            found.append(Hindrance.TURNED_TOO_FAR)
        if abs(nod) > TURNED_DEGREES + 2.0 or (not turn and abs(sideways) > TURNED_DEGREES):
            found.append(Hindrance.TURNED)
        aside = abs(roll - rest.roll)
    if aside > TILTED_DEGREES:
        found.append(Hindrance.TILTED)
    return found


def _light(light: FaceLight | None, sharpest: float) -> list[Hindrance]:
    if light is None:
        return []
    found = []
    if light.brightness < BLACK:
        found.append(Hindrance.BLACK)
    elif light.brightness < DARK:
        found.append(Hindrance.TOO_DARK)
    if light.is_overexposed:
        found.append(Hindrance.TOO_BRIGHT)
    if light.hides_eyes:
        found.append(Hindrance.EYES_HIDDEN)
    if light.hides_mouth:
        found.append(Hindrance.MOUTH_HIDDEN)
    if light.sides > ONE_SIDED:
        left = light.brighter_left
        found.append(Hindrance.BRIGHT_LEFT if left else Hindrance.BRIGHT_RIGHT)
    if light.glare > GLARE:
        found.append(Hindrance.GLARE)
    if light.sharpness < SOFT * sharpest:
        found.append(Hindrance.BLURRED)
    return found
