"""The seven gestures as drawn hands.

Each is drawn for the person's left hand: the palm, or the fist's fingers, towards the viewer,
the thumb towards negative x. The middle of the palm is the origin, y up, a stretched hand with
its cuff about 115 units high.

A hand is one silhouette of overlapping shapes, stroked first and filled over, so that only its
outer edge shows; what lies before the palm, bent fingers and thumb, follows with edges of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from persona_core.drawn.look import Look, Ramp
from persona_core.drawn.palette import fade
from persona_core.drawn.shape import Array, mirror, points, smoothstep
from persona_core.drawn.sketch import Run, Sketch
from persona_core.face.params import Gesture

Line = tuple[tuple[float, float], ...]

HALO: Final = "#fffdfb"
"""Around the hand, so that it stands out from clothes and hair."""


@dataclass(frozen=True, slots=True)
class Digit:
    """A finger or thumb: its middle line from root to tip, and its width at both."""

    line: Line
    width: tuple[float, float] = (12.0, 10.5)


@dataclass(frozen=True, slots=True)
class HandShape:
    """What a gesture is made of.

    Attributes:
        palm: the outline of palm and wrist, or of the fist.
        cuff: the sleeve's middle line.
        stretched: digits whose outline joins the palm's.
        bent: digits that lie before it, from back to front.
        creases: lines in the palm.
    """

    palm: Line
    cuff: Line
    stretched: tuple[Digit, ...] = ()
    bent: tuple[Digit, ...] = ()
    creases: tuple[Line, ...] = field(default=())


_PALM: Final[Line] = (
    (-12, -46), (-19, -28), (-21, -8), (-18, 9), (-2, 14), (15, 10), (20, -6), (17, -28), (12, -46),
)  # fmt: skip
_SLEEVE: Final[Line] = ((-1, -44), (0, -60))
_THUMB_OUT: Final = Digit(((-10, -30), (-26, -16), (-39, 6)), (17.0, 11.0))
_THUMB_ACROSS: Final = Digit(((-16, -27), (-10, -16), (6, -9)), (15.0, 11.5))

_FIST: Final[Line] = (
    (-20, -20), (-23, 0), (-18, 15), (2, 20), (20, 17), (29, 6), (29, -12), (18, -24), (-4, -27),
)  # fmt: skip
_FIST_SLEEVE: Final[Line] = ((25, -4), (42, -9))
_ROLLS: Final = tuple(
    Digit(((3, 12.0 - 10.2 * k), (-20 + 1.2 * k, 12.0 - 10.2 * k)), (11.5, 11.5)) for k in range(4)
)
_THUMB_UP: Final = Digit(((12, 6), (2, 24), (-2, 52)), (20.0, 13.5))


def _bent(x: float, top: float = 11.0) -> Digit:
    """A finger folded down before the palm, seen from the front."""
    return Digit(((x, top), (x, -9)), (11.0, 11.0))


def _flipped(line: Line) -> Line:
    return tuple((x, -y) for x, y in line)


SHAPES: Final[Mapping[Gesture, HandShape]] = {
    Gesture.CLOSED_FIST: HandShape(
        _PALM,
        _SLEEVE,
        bent=(_bent(15, 8), _bent(5.5), _bent(-4.5, 12), _bent(-14.5), _THUMB_ACROSS),
    ),
    Gesture.OPEN_PALM: HandShape(
        _PALM,
        _SLEEVE,
        stretched=(
            Digit(((-12, 0), (-22, 48))),
            Digit(((-3, 4), (-5, 57)), (12.5, 11.0)),
            Digit(((6, 2), (13, 51))),
            Digit(((14, -2), (29, 36)), (11.0, 9.5)),
            _THUMB_OUT,
        ),
        creases=(((-8, -30), (-10, -12), (-17, -4)), ((-15, -1), (0, 0), (13, 5))),
    ),
    Gesture.POINTING_UP: HandShape(
        _PALM,
        _SLEEVE,
        stretched=(Digit(((-13, 0), (-14, 57)), (12.5, 11.0)),),
        bent=(_bent(15, 8), _bent(5.5), _bent(-4, 12), _THUMB_ACROSS),
    ),
    Gesture.THUMB_UP: HandShape(_FIST, _FIST_SLEEVE, stretched=(_THUMB_UP,), bent=_ROLLS),
    Gesture.THUMB_DOWN: HandShape(
        _flipped(_FIST),
        _flipped(_FIST_SLEEVE),
        stretched=(Digit(_flipped(_THUMB_UP.line), _THUMB_UP.width),),
        bent=tuple(Digit(_flipped(one.line), one.width) for one in _ROLLS),
    ),
    Gesture.VICTORY: HandShape(
        _PALM,
        _SLEEVE,
        stretched=(
            Digit(((-11, 0), (-25, 50)), (12.5, 10.5)),
            Digit(((-2, 4), (10, 56)), (12.5, 10.5)),
        ),
        bent=(_bent(15, 8), _bent(5.5), _THUMB_ACROSS),
    ),
    Gesture.I_LOVE_YOU: HandShape(
        _PALM,
        _SLEEVE,
        stretched=(
            Digit(((-13, 0), (-20, 53)), (12.5, 10.5)),
            Digit(((14, -2), (26, 42)), (11.0, 9.5)),
            _THUMB_OUT,
        ),
        bent=(_bent(5.5), _bent(-4.5, 12)),
    ),
}  # fmt: skip


def draw_hand(s: Sketch, look: Look, gesture: Gesture, side: int, opacity: int) -> Run:
    """Draws a gesture about the origin; returns all its points as one run.

    Args:
        gesture: any but NONE.
        side: 1 the person's left hand, -1 their right.
        opacity: the number of a scalar.
    """
    first = s.point_count
    _Hand(s, look, side, opacity).draw(SHAPES[gesture])
    return Run(first, s.point_count - first)


@dataclass(frozen=True, slots=True)
class _Hand:
    s: Sketch
    look: Look
    side: int
    opacity: int

    def draw(self, shape: HandShape) -> None:
        cuff = self._place(_capsule(Digit(shape.cuff, (31.0, 34.0)), blunt=True))
        self._draw_silhouette([self._place(np.array(shape.palm)), cuff], shape)
        self._fill(cuff, self.look.clothes, 2.4)
        for line in shape.creases:
            crease = self.s.begin().curve(self._place(np.array(line)))
            crease.stroke(fade(self.look.skin.deep, 0.8), 1.6, self.opacity)
        for digit in shape.bent:
            self._fill(self._place(_capsule(digit)), self.look.skin, 2.0)

    def _draw_silhouette(self, parts: list[Run], shape: HandShape) -> None:
        s, skin = self.s, self.look.skin
        parts += [self._place(_capsule(digit)) for digit in shape.stretched]
        light = self._place(points((-12, 26), (52, 10), (-26, -44)))
        s.begin()
        for run in parts:
            s.loop(run)
        s.stroke(HALO, 11.0, self.opacity).stroke(skin.line, 4.6, self.opacity)
        s.radial(
            light, [(0.0, skin.light), (0.55, skin.base), (1.0, skin.shade)], opacity=self.opacity
        )

    def _fill(self, run: Run, ramp: Ramp, line: float) -> None:
        light = self._place(points((-14, 24), (46, 12), (-26, -40)))
        self.s.begin().loop(run)
        self.s.radial(
            light, [(0.0, ramp.light), (0.6, ramp.base), (1.0, ramp.shade)], opacity=self.opacity
        )
        self.s.stroke(fade(ramp.line, 0.85), line, self.opacity)

    def _place(self, xy: Array) -> Run:
        return self.s.run(mirror(xy, self.side))


def _capsule(digit: Digit, *, blunt: bool = False) -> Array:
    """(n, 2) outline around a digit's line with round ends, or with a sleeve's flat ones;
    clockwise, as palms are, so that overlapping shapes fill as one."""
    line = np.array(digit.line, dtype=np.float64)
    if len(line) > 2:  # a bent line, made smooth: the quadratic curve through its points
        t = np.linspace(0.0, 1.0, 6)[:, None]
        line = (
            line[0] * (1 - t) * (1 - 2 * t) + line[1] * 4 * t * (1 - t) + line[2] * t * (2 * t - 1)
        )
    tangent = np.gradient(line, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    share = smoothstep(np.linspace(0.0, 1.0, len(line)))
    half = (0.5 * (digit.width[0] + (digit.width[1] - digit.width[0]) * share))[:, None]
    left, right = line + half * normal, line - half * normal
    if blunt:
        return _rounded_box(left[0], left[-1], right[-1], right[0])
    tip = _cap(line[-1], tangent[-1], normal[-1], float(half[-1, 0]))
    root = _cap(line[0], -tangent[0], -normal[0], float(half[0, 0]))
    return np.concatenate([left, tip, right[::-1], root])


def _cap(centre: Array, along: Array, across: Array, radius: float) -> Array:
    """The round end between a line's two sides, without their last points."""
    angle = np.radians((60.0, 30.0, 0.0, -30.0, -60.0))
    return np.asarray(
        centre + radius * (np.outer(np.cos(angle), along) + np.outer(np.sin(angle), across))
    )


def _rounded_box(*corners: Array) -> Array:
    """A box whose corners are a little round."""
    outline = [
        corner + 0.22 * (other - corner)
        for at, corner in enumerate(corners)
        for other in (corners[at - 1], corners[(at + 1) % len(corners)])
    ]
    return np.array(outline)
