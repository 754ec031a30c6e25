"""Creases of the skin: those that an expression makes, and those that years leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from persona_core.drawn.controls import Control
from persona_core.drawn.look import Look
from persona_core.drawn.paint import skin_spot
from persona_core.drawn.palette import fade
from persona_core.drawn.shape import (
    SIDES,
    Array,
    Morph,
    depth,
    doubled,
    flesh,
    merged,
    mirror,
    points,
    tapered,
)
from persona_core.drawn.sketch import Sketch
from persona_core.drawn.style import Age
from persona_core.face.blendshapes import Blendshape as B

AGED: Final = {Age.YOUNG: 0.0, Age.MIDDLE: 0.12, Age.SENIOR: 0.32}
"""How strong a crease is in a face at rest."""

# On the person's left.
_FOLD: Final = points((27, -50), (36, -61), (41, -74), (40, -86))
_DIMPLE: Final = points((50, -72), (52.5, -78), (50.5, -85))
_UNDER_EYE: Final = points((26, -37), (40, -42.5), (56, -38))
_CROWS_FEET: Final = (
    points((77, -8), (84, -5), (88, 0)),
    points((77, -13), (85, -14), (90, -13)),
)


def draw_creases(s: Sketch, look: Look) -> None:
    """All creases but those between the brows; drawn on the skin, under the features."""
    pen = _Pen(s, look)
    rest = AGED[look.style.age]
    for side, name in SIDES:
        _smile_fold(pen, rest, side, name)
        pen.draw(mirror(_DIMPLE, side), (0.4, 2.6, 0.4), 0.0, {B[f"MOUTH_DIMPLE_{name}"]: 0.9})
        pen.draw(
            mirror(_UNDER_EYE, side),
            (0.4, 2.0, 0.4),
            0.7 * rest,
            {B[f"CHEEK_SQUINT_{name}"]: 0.4, B[f"EYE_SQUINT_{name}"]: 0.2},
        )
        puffed = s.scalar(0.0, {B.CHEEK_PUFF: 0.9})
        skin_spot(s, (60 * side, -62), (26, 24), look.skin.shine, 0.7, puffed)
        if rest:
            for line in _CROWS_FEET:
                squint: dict[Control, float] = {B[f"CHEEK_SQUINT_{name}"]: 0.4}
                pen.draw(mirror(line, side), (1.5, 1.1, 0.3), 0.9 * rest, squint)
    if look.style.age is Age.SENIOR:
        for y in (62, 74):
            line = points((-34, y), (0, y + 3), (34, y))
            pen.draw(line, (0.3, 1.3, 0.3), 0.15, {B.BROW_INNER_UP: 0.5})


def _smile_fold(pen: _Pen, rest: float, side: int, name: str) -> None:
    """The nasolabial fold, which a smile pushes outwards."""
    line, smile = mirror(_FOLD, side), B[f"MOUTH_SMILE_{name}"]
    pushed: Morph = {smile: np.tile((3.0 * side, 1.0), (len(line), 1))}
    weights: dict[Control, float] = {
        smile: 0.26,
        B[f"MOUTH_DIMPLE_{name}"]: 0.4,
        B[f"NOSE_SNEER_{name}"]: 0.55,
        B[f"MOUTH_UPPER_UP_{name}"]: 0.2,
    }
    pen.draw(line, (0.6, 2.4, 2.2, 0.4), rest, weights, merged(flesh(line), pushed))


@dataclass(slots=True)
class _Pen:
    """Draws tapered lines in the skin."""

    s: Sketch
    look: Look

    def draw(
        self,
        line: Array,
        widths: tuple[float, ...],
        rest: float,
        weights: dict[Control, float],
        moves: Morph | None = None,
    ) -> None:
        """One crease.

        Args:
            line: (n, 2) its middle.
            widths: its n widths.
            rest: its opacity in a face at rest.
            weights: what each blendshape adds to that.
            moves: how its points move; as the skin does without.
        """
        xy = tapered(line, widths)
        morphs = {c: doubled(m) for c, m in (moves or flesh(line)).items()}
        opacity = self.s.scalar(rest, weights)
        self.s.begin().loop(self.s.run(xy, depth(xy), morphs=morphs))
        self.s.fill(fade(self.look.skin.deep, 0.8), opacity)
