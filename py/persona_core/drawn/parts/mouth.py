"""The mouth: four rows of points from corner to corner, and what lies behind the lips.

The rows are the upper lip's outer and inner edge and the lower lip's inner and outer edge.
With t from -1 (the person's right corner) to 1 (left), every control is a displacement of
(t, row), so lips cannot tear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from persona_core.drawn.controls import Extra
from persona_core.drawn.look import Look
from persona_core.drawn.paint import spot
from persona_core.drawn.palette import fade, mix
from persona_core.drawn.shape import Array, Morph, depth, flesh, merged, points
from persona_core.drawn.sketch import Run, Sketch
from persona_core.drawn.style import MouthStyle
from persona_core.face.blendshapes import Blendshape as B

CENTRE_Y: Final = -80.0
T: Final = np.array([-1.0, -0.8, -0.52, -0.24, 0.0, 0.24, 0.52, 0.8, 1.0])
BELL: Final = np.maximum(0.0, 1.0 - T**2) ** 0.54
"""1 in the middle, 0 at the corners: the shape of an open mouth."""
JAW_DROP: Final = 33.0

OUTER_UPPER, INNER_UPPER, INNER_LOWER, OUTER_LOWER = range(4)
_NAMES: Final = ("lip_outer_upper", "lip_inner_upper", "lip_inner_lower", "lip_outer_lower")
_UPPER: Final = np.array([1.0, 1.0, 0.0, 0.0])
_LOWER: Final = 1.0 - _UPPER


@dataclass(frozen=True, slots=True)
class MouthShape:
    """Half-width, height of each lip, depth of the cupid's bow, rise of the corners (units);
    and how much of the lip colour shows."""

    width: float
    upper: float
    lower: float
    bow: float
    corners: float
    tint: float


SHAPES: Final = {
    MouthStyle.SOFT: MouthShape(26.0, 6.6, 8.8, 1.7, 3.6, 0.85),
    MouthStyle.FULL: MouthShape(28.5, 8.8, 11.4, 1.8, 3.4, 0.95),
    MouthStyle.THIN: MouthShape(27.5, 5.0, 6.8, 1.2, 3.2, 0.5),
    MouthStyle.WIDE: MouthShape(30.5, 5.8, 7.8, 1.4, 4.6, 0.65),
    MouthStyle.BOW: MouthShape(21.5, 9.2, 10.6, 4.2, 2.8, 1.0),
}


def _rows(shape: MouthShape) -> Array:
    """(4, 9, 2) lips at rest, closed."""
    seam = CENTRE_Y + shape.corners * T**2 - 0.9 * np.exp(-((T / 0.2) ** 2))
    arch = np.maximum(0.0, 1.0 - np.abs(T) ** 1.7)
    top = seam + shape.upper * arch - shape.bow * np.exp(-((T / 0.16) ** 2))
    bottom = seam - shape.lower * np.maximum(0.0, 1.0 - T**2) ** 0.75
    x = shape.width * T
    return np.stack([np.stack([x, y], axis=1) for y in (top, seam, seam, bottom)])


def _morphs(shape: MouthShape) -> dict[B | Extra, Array]:
    """Control to (4, 9, 2) displacement."""
    morphs: dict[B | Extra, Array] = {}
    t, bell = T[None, :], BELL[None, :]
    flat = np.ones((4, len(T)))
    upper, lower = _UPPER[:, None], _LOWER[:, None]

    def rows(
        outer_upper: float, inner_upper: float, inner_lower: float, outer_lower: float
    ) -> Array:
        return np.array([[outer_upper], [inner_upper], [inner_lower], [outer_lower]])

    def put(control: B | Extra, dx: Array | float, dy: Array | float) -> None:
        morphs[control] = np.stack([dx * flat, dy * flat], axis=2)

    gape = lower * (-JAW_DROP * bell) - 7.0 * np.abs(t) ** 2
    put(B.JAW_OPEN, -2.5 * t, gape + upper * 1.5 * bell)
    put(Extra.SEAL, 1.5 * t, lower * (JAW_DROP + 1.5) * bell - 9.0 * bell)
    put(Extra.OPEN_SMILE, 3.0 * t, upper * 2.0 * bell + lower * 1.0 * bell + 5.0 * t**2)
    put(Extra.OPEN_ROUND, -3.0 * t, rows(2.0, 1.0, 4.0, 2.0) * bell + 4.0 * t**2)
    put(B.MOUTH_CLOSE, 0.0, rows(-1.6, -0.4, -0.4, 2.4) * bell)
    put(B.MOUTH_FUNNEL, -9.0 * t, rows(7.0, 4.0, -8.0, -11.0) * bell)
    put(B.MOUTH_PUCKER, -11.5 * t, rows(3.6, 0.4, 0.4, -3.4) * bell - 1.5 * t**2)
    put(B.MOUTH_ROLL_UPPER, 0.0, rows(-0.72 * shape.upper, -1.2, -1.2, -0.6) * bell)
    put(B.MOUTH_ROLL_LOWER, 0.0, rows(0.4, 1.0, 1.0, 0.72 * shape.lower) * bell)
    put(B.MOUTH_SHRUG_UPPER, 0.0, rows(5.0, 2.6, 2.4, 1.6) * bell)
    put(B.MOUTH_SHRUG_LOWER, 0.0, rows(2.6, 3.4, 3.6, 6.4) * bell - 1.5 * t**2)
    for sign, name in ((1.0, "LEFT"), (-1.0, "RIGHT")):
        toward = 0.5 * (1.0 + sign * t)
        lobe = bell * np.exp(-(((sign * t - 0.38) / 0.5) ** 2))
        put(
            B[f"MOUTH_SMILE_{name}"],
            sign * 8.0 * toward**2,
            12.5 * toward**2.4 - 3.6 * bell * toward + rows(-1.2, 0, 0, 1.0) * bell * toward,
        )
        put(
            B[f"MOUTH_FROWN_{name}"],
            -sign * 0.5 * toward**2,
            -11.0 * toward**2.6 + 3.0 * bell * toward,
        )
        put(B[f"MOUTH_DIMPLE_{name}"], sign * 5.5 * toward**3, 2.6 * toward**3)
        put(
            B[f"MOUTH_STRETCH_{name}"],
            sign * 8.5 * toward**2,
            -4.0 * toward**3 + rows(-0.8, 0.4, -2.6, -2.0) * bell * toward,
        )
        put(
            B[f"MOUTH_PRESS_{name}"],
            sign * 1.2 * toward**2,
            rows(-1.9, -0.2, -0.2, 2.6) * bell * toward * 1.25,
        )
        put(B[f"MOUTH_UPPER_UP_{name}"], 0.0, rows(7.0, 8.2, 0.0, 0.0) * lobe)
        put(B[f"MOUTH_LOWER_DOWN_{name}"], 0.0, rows(0.0, 0.0, -9.5, -8.0) * lobe)
        put(B[f"MOUTH_{name}"], sign * (11.0 - 3.0 * (1.0 - toward)) * flat, 1.6 * toward)
        put(B[f"JAW_{name}"], sign * (3.0 + 6.5 * lower * bell), 0.0)
    put(B.JAW_FORWARD, 0.0, rows(0.0, 0.0, -0.4, -2.2) * bell)
    put(B.CHEEK_PUFF, -2.0 * t, rows(-1.0, 0.0, 0.0, 1.2) * bell)
    return morphs


def around(xy: Array, style: MouthStyle) -> Morph:
    """How the skin at ``xy`` near the mouth moves: as the lip beside it, less with distance,
    and with the rest of the face farther off."""
    shape = SHAPES[style]
    rest, moves = _rows(shape), _morphs(shape)
    t = np.clip(xy[:, 0] / shape.width, -1.0, 1.0)
    above = xy[:, 1] > CENTRE_Y + shape.corners * t**2

    def beside(grid: Array) -> Array:
        columns = [
            np.where(
                above,
                np.interp(t, T, grid[OUTER_UPPER, :, k]),
                np.interp(t, T, grid[OUTER_LOWER, :, k]),
            )
            for k in (0, 1)
        ]
        return np.stack(columns, axis=1)

    distance = np.linalg.norm(xy - beside(rest), axis=1)
    near = np.exp(-((distance / 24.0) ** 2))[:, None]
    lips = {control: near * beside(grid) for control, grid in moves.items()}
    return merged({c: (1.0 - near) * m for c, m in flesh(xy).items()}, lips)


def draw_mouth(s: Sketch, look: Look) -> None:
    _Mouth(s, look, SHAPES[look.style.mouth]).draw()


@dataclass(slots=True)
class _Mouth:
    s: Sketch
    look: Look
    shape: MouthShape

    def draw(self) -> None:
        rest, morphs = _rows(self.shape), _morphs(self.shape)
        forward = [self._row(rest, morphs, row, False) for row in range(4)]
        backward = [self._row(rest, morphs, row, True) for row in range(4)]
        self._draw_inside(forward[INNER_UPPER], backward[INNER_LOWER])
        self._draw_lower_lip(forward, backward)
        self._draw_upper_lip(forward, backward)
        self._draw_seam(rest, morphs)

    def _row(self, rest: Array, morphs: Morph, row: int, back: bool, dy: float = 0.0) -> Run:
        step = -1 if back else 1
        xy = rest[row][::step] + np.array([0.0, dy])
        moves = {control: offsets[row][::step] for control, offsets in morphs.items()}
        name = None if back or dy else _NAMES[row]
        lift = (2.0, 1.5, 1.5, 3.0)[row]
        return self.s.run(xy, depth(xy) + lift + 3.0 * BELL, morphs=moves, name=name)

    def _draw_inside(self, upper: Run, lower: Run) -> None:
        s, y, w = self.s, CENTRE_Y, self.shape.width
        frame = self._still(points((0, y + 2), (0, y - 34), (30, y)))
        s.begin().curve(upper).curve(lower).close()
        s.linear(frame, [(0.0, "#3a1016"), (0.5, "#5e1d22"), (1.0, "#7d2e30")])
        s.clip()
        self._draw_tongue()
        self._draw_teeth(w)
        s.unclip()

    def _still(self, xy: Array, morphs: Morph | None = None) -> Run:
        """A run behind the lips, on the skull."""
        return self.s.run(xy, depth(xy) - 6.0, morphs=morphs)

    def _on_jaw(self, xy: Array, share: float = 1.0) -> Run:
        """A run behind the lips, on the jaw."""
        down, aside = np.array([[0.0, -JAW_DROP * share]]), np.array([[9.0, 0.0]])
        moves: Morph = {
            B.JAW_OPEN: down,
            B.JAW_LEFT: aside,
            B.JAW_RIGHT: -aside,
            B.MOUTH_FUNNEL: np.array([[0.0, -4.0]]),
            Extra.SEAL: -down,
        }
        return self._still(xy, moves)

    def _draw_tongue(self) -> None:
        s, y = self.s, CENTRE_Y
        tongue = points(
            (-17, y - 8), (-12, y + 1), (0, y + 3.5), (12, y + 1), (17, y - 8), (12, y - 20),
            (-12, y - 20),
        )  # fmt: skip
        frame = self._on_jaw(points((-3, y), (17, y - 1), (-3, y - 15)), 0.92)
        s.begin().loop(self._on_jaw(tongue, 0.92)).radial(
            frame, [(0.0, "#e88d86"), (0.6, "#d0706c"), (1.0, "#a84c4e")]
        )
        groove = points((-0.8, y + 1), (0.0, y + 2), (0.8, y + 1), (0.4, y - 8), (-0.4, y - 8))
        s.begin().loop(self._on_jaw(groove, 0.92)).fill("#9a414559")

    def _draw_teeth(self, w: float) -> None:
        s, y = self.s, CENTRE_Y
        half = 0.84 * w
        u = np.linspace(-1.0, 1.0, 9)
        edge = np.stack([half * u, y - 6.2 + 4.2 * u**2], axis=1)
        roof = np.stack([half * u[::-1], np.full(9, y + 14.0)], axis=1)
        frame = self._still(points((0, y - 2), (half * 1.02, y - 2), (0, y + 26)))
        s.begin().curve(self._still(edge)).curve(self._still(roof)).close()
        s.radial(frame, [(0.0, "#fffdf9"), (0.6, "#f8f2ec"), (1.0, "#c9b3ab")])
        for x in (-0.5, -0.25, 0.0, 0.25, 0.5):
            gap = points((half * x, y + 8), (half * x, y - 5.6 + 4.2 * x * x))
            s.begin().lines(self._still(gap)).stroke("#b79d9440", 0.7)
        low = np.stack([0.72 * half * u, y + 6.6 - 3.0 * u**2 - 8.0], axis=1)
        floor = np.stack([0.72 * half * u[::-1], np.full(9, y - 20.0)], axis=1)
        s.begin().curve(self._on_jaw(low)).curve(self._on_jaw(floor)).close().fill("#e6d6cde6")
        shade = self._still(points((0, y + 12), (0, y - 4), (10, y + 12)))
        box = self._still(points((-45, y + 16), (45, y + 16), (45, y - 4), (-45, y - 4)))
        s.begin().lines(box).close().linear(shade, [(0.0, "#2a0c1478"), (1.0, "#2a0c1400")])

    def _colours(self) -> tuple[str, str, str]:
        lips, tint = self.look.lips, self.shape.tint
        skin = self.look.skin
        return (
            mix(skin.shade, lips.shade, tint),
            mix(skin.base, lips.base, tint),
            mix(skin.light, lips.light, tint),
        )

    def _draw_upper_lip(self, forward: list[Run], backward: list[Run]) -> None:
        s = self.s
        dark, base, _ = self._colours()
        y = CENTRE_Y
        frame = self._skin(points((0, y + self.shape.upper), (0, y - 1), (20, y)))
        s.begin().curve(forward[OUTER_UPPER]).curve(backward[INNER_UPPER]).close()
        s.linear(frame, [(0.0, mix(dark, base, 0.55)), (1.0, dark)])

    def _draw_lower_lip(self, forward: list[Run], backward: list[Run]) -> None:
        s, y = self.s, CENTRE_Y
        dark, base, light = self._colours()
        moves: Morph = {
            B.JAW_OPEN: np.array([[0.0, -JAW_DROP]]),
            Extra.SEAL: np.array([[0.0, JAW_DROP - 9.0]]),
            B.MOUTH_FUNNEL: np.array([[0.0, -9.0]]),
            B.JAW_LEFT: np.array([[9.0, 0.0]]),
            B.JAW_RIGHT: np.array([[-9.0, 0.0]]),
        }
        low = self.shape.lower
        frame = self._skin(points((0, y), (0, y - low - 1.0), (20, y)), moves)
        s.begin().curve(forward[INNER_LOWER]).curve(backward[OUTER_LOWER]).close()
        s.linear(frame, [(0.0, mix(dark, base, 0.6)), (0.45, base), (1.0, mix(base, dark, 0.5))])
        s.stroke(fade(dark, 0.55), 0.9)
        s.clip()
        shine = mix(light, "#ffffff", 0.45)
        spot(
            s,
            lambda xy: self._skin(xy, moves),
            (-4.0, y - 0.5 * low),
            (15.0, 0.5 * low),
            shine,
            0.85,
        )
        s.unclip()

    def _skin(self, xy: Array, morphs: Morph | None = None) -> Run:
        return self.s.run(xy, depth(xy) + 5.0, morphs=morphs)

    def _draw_seam(self, rest: Array, morphs: Morph) -> None:
        """The dark line between the lips, and the corners, where the strokes gather."""
        s = self.s
        colour = mix(self.look.lips.line, self.look.skin.line, 0.4)
        forward = self._row(rest, morphs, INNER_UPPER, False, 0.55)
        thick = 0.5 + 1.0 * np.abs(T) ** 3
        xy = (rest[INNER_UPPER] - np.outer(thick, (0.0, 1.0)))[::-1]
        moves = {c: m[INNER_UPPER][::-1] for c, m in morphs.items()}
        under = s.run(xy, depth(xy) + 1.0 + 3.0 * BELL, morphs=moves)
        s.begin().curve(forward).curve(under).close().fill(fade(colour, 0.9))
        for side in (0, -1):
            sign = -1.0 if side == 0 else 1.0
            tip = rest[INNER_UPPER][side]
            hook = (
                points(
                    (-sign * 3.0, -0.6),
                    (sign * 0.6, 0.4),
                    (sign * 2.6, 2.2),
                    (sign * 1.0, -0.9),
                    (-sign * 2.0, -1.6),
                )
                + tip
            )
            moves = {c: np.repeat(m[INNER_UPPER][[side]], 5, axis=0) for c, m in morphs.items()}
            s.begin().loop(s.run(hook, depth(hook) + 1.0, morphs=moves)).fill(fade(colour, 0.75))


def draw_lip_shadow(s: Sketch, look: Look) -> None:
    """Shadow that the lower lip casts on the chin; drawn before the mouth."""
    y = CENTRE_Y - SHAPES[look.style.mouth].lower - 3.0
    moves = flesh(points((0, -96)))
    moves[B.JAW_OPEN] = np.array([[0.0, -JAW_DROP]])
    moves[Extra.SEAL] = np.array([[0.0, 0.7 * JAW_DROP]])
    spot(s, lambda xy: s.run(xy, depth(xy), morphs=moves), (1, y), (25, 9.5), look.skin.deep, 0.62)
