"""Eyebrows."""

from __future__ import annotations

from typing import Final

from persona_core.drawn.look import Look
from persona_core.drawn.palette import fade
from persona_core.drawn.shape import SIDES, Morph, depth, doubled, mirror, points, tapered
from persona_core.drawn.sketch import Sketch
from persona_core.drawn.style import BrowStyle
from persona_core.face.blendshapes import Blendshape as B

# The person's left brow from the inner end to the outer: centre line and full widths.
_LINES: Final = {
    BrowStyle.SOFT: (
        ((18, 23), (31, 29.5), (46, 33), (61, 30.5), (74, 22)), (4.2, 6.6, 6.4, 4.6, 0.8),
    ),
    BrowStyle.STRAIGHT: (
        ((17, 25), (31, 28.5), (46, 30), (61, 28.5), (75, 23)), (5.2, 7.6, 7.6, 5.8, 1.2),
    ),
    BrowStyle.ARCHED: (
        ((18, 26), (32, 32.5), (48, 36.5), (63, 32.5), (76, 22)), (4.0, 5.8, 5.4, 3.8, 0.6),
    ),
    BrowStyle.BOLD: (
        ((16, 22), (30, 28.5), (46, 32.5), (62, 30), (76, 21)), (5.6, 8.8, 8.4, 6.0, 1.0),
    ),
}  # fmt: skip


def draw_brows(s: Sketch, look: Look) -> None:
    """Both brows, over the face and under the fringe."""
    line, widths = _LINES[look.style.brows]
    centre = points(*line)
    for side, name in SIDES:
        moves = {
            B[f"BROW_DOWN_{name}"]: points((-4, -10), (-3.5, -9), (-2, -7), (0, -5), (0, -3)),
            B.BROW_INNER_UP: points((0.5, 12), (1, 9), (0, 4.5), (0, 1), (0, -1)),
            B[f"BROW_OUTER_UP_{name}"]: points((0, 3), (0, 7), (0.5, 11), (1, 12), (1, 9)),
            B[f"EYE_BLINK_{name}"]: points((0, -1), (0, -1.2), (0, -1.4), (0, -1.2), (0, -1)),
            B[f"EYE_SQUINT_{name}"]: points((-1, -2), (0, -2.5), (0, -2.5), (0, -2), (0, -1)),
            B[f"EYE_WIDE_{name}"]: points((0, 2), (0, 2.5), (0, 3), (0, 2.5), (0, 2)),
            B[f"NOSE_SNEER_{name}"]: points((-2, -4), (-1, -3), (0, -1), (0, 0), (0, 0)),
        }
        xy = mirror(tapered(centre, widths), side)
        morphs: Morph = {c: mirror(doubled(m), side) for c, m in moves.items()}
        brow = s.run(xy, depth(xy) + 4.0, morphs=morphs, name=f"brow_{name.lower()}")
        fade_xy = mirror(points((14, 24), (74, 28), (14, 50)), side)
        frame = s.run(fade_xy, depth(fade_xy) + 4.0)
        # Hairs thin out towards the nose.
        s.begin().loop(brow).linear(
            frame, [(0.0, fade(look.brow, 0.72)), (0.25, fade(look.brow, 0.95)), (1.0, look.brow)]
        )
    _draw_frown_lines(s, look)


def _draw_frown_lines(s: Sketch, look: Look) -> None:
    for side, name in SIDES:
        xy = mirror(tapered(points((8, 9), (9, 15), (8, 22)), (0.4, 2.0, 0.4)), side)
        opacity = s.scalar(-0.15, {B[f"BROW_DOWN_{name}"]: 0.7})
        run = s.run(xy, depth(xy) + 3.0)
        s.begin().loop(run).fill(fade(look.skin.deep, 0.6), opacity)
