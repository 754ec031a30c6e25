"""The nose: a few planes of light and shade that stand out from the face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from persona_core.drawn.look import Look
from persona_core.drawn.paint import spot
from persona_core.drawn.palette import fade, mix
from persona_core.drawn.shape import SIDES, Array, Morph, depth, mirror, points, tapered
from persona_core.drawn.sketch import Run, Sketch
from persona_core.drawn.style import NoseStyle
from persona_core.face.blendshapes import Blendshape as B


@dataclass(frozen=True, slots=True)
class NoseShape:
    """Half-width of the wings, height of the base, how far the tip stands out (units)."""

    width: float
    base: float
    tip: float


SHAPES: Final = {
    NoseStyle.BUTTON: NoseShape(width=12.5, base=-50.0, tip=17.0),
    NoseStyle.STRAIGHT: NoseShape(width=13.5, base=-54.0, tip=22.0),
    NoseStyle.BROAD: NoseShape(width=17.5, base=-52.0, tip=17.0),
}


def draw_nose(s: Sketch, look: Look) -> None:
    shape = SHAPES[look.style.nose]
    _Nose(s, look, shape).draw()


@dataclass(slots=True)
class _Nose:
    s: Sketch
    look: Look
    shape: NoseShape

    def draw(self) -> None:
        s, skin, y = self.s, self.look.skin, self.shape.base
        # The flank away from the light, the ridge in it.
        spot(s, self._run, (11, -12), (11, 34), skin.deep, 0.30)
        spot(s, self._run, (13, y + 10), (13, 16), skin.deep, 0.26)
        spot(s, self._run, (-2, -18), (8, 34), skin.shine, 0.5)
        self._draw_base()
        self._draw_tip()
        self._draw_sneer()

    def _run(self, xy: Array, morphs: Morph | None = None, name: str | None = None) -> Run:
        """A run on the nose: it stands out towards the tip and from the middle."""
        w, y = self.shape.width, self.shape.base
        down = np.clip((14.0 - xy[:, 1]) / (14.0 - (y + 6.0)), 0.0, 1.0) ** 1.2
        across = np.clip(1.0 - (np.abs(xy[:, 0]) / (1.7 * w)) ** 2, 0.0, 1.0)
        z = depth(xy) + self.shape.tip * down * across + 1.0
        weight = np.exp(-(((xy[:, 1] - y) / 16.0) ** 2))
        moves: Morph = dict(morphs or {})
        for side, label in SIDES:
            near = weight * np.clip(0.5 + side * xy[:, 0] / w, 0.0, 1.0)
            lift = np.stack([side * 0.8 * near, 5.0 * near], axis=1)
            moves[B[f"NOSE_SNEER_{label}"]] = lift
            moves[B[f"MOUTH_SMILE_{label}"]] = 0.28 * lift
        moves[B.MOUTH_FUNNEL] = np.stack([0.0 * weight, -1.2 * weight], axis=1)
        return self.s.run(xy, z, morphs=moves, name=name)

    def _draw_base(self) -> None:
        s, skin, w, y = self.s, self.look.skin, self.shape.width, self.shape.base
        # A soft cast shadow under the tip, then nostrils and wings as tapered lines.
        spot(s, self._run, (1, y - 4), (w * 1.35, 12), skin.deep, 0.5)
        line = mix(skin.line, skin.deep, 0.35)
        for side, label in SIDES:
            nostril = points((w * 0.28, y - 0.8), (w * 0.5, y + 1.6), (w * 0.72, y + 0.2))
            xy = mirror(tapered(nostril, (1.2, 3.0, 1.0)), side)
            s.begin().loop(self._run(xy, name=f"nostril_{label.lower()}")).fill(fade(line, 0.85))
            wing = points((w * 0.80, y + 0.2), (w * 1.06, y + 4.5), (w * 0.98, y + 11.5))
            xy = mirror(tapered(wing, (0.5, 1.9, 0.4)), side)
            s.begin().loop(self._run(xy)).fill(fade(line, 0.5))
        under = points((-w * 0.3, y - 1.6), (0, y - 3.2), (w * 0.3, y - 1.6))
        s.begin().loop(self._run(tapered(under, (0.4, 1.8, 0.4)))).fill(fade(line, 0.6))

    def _draw_tip(self) -> None:
        s, skin, y = self.s, self.look.skin, self.shape.base
        glow = mix(skin.shade, self.look.blush, 0.6)
        spot(s, self._run, (0, y + 8), (17, 15), glow, 0.42)
        spot(s, self._run, (-2.5, y + 10), (6, 4.6), "#ffffff", 0.62)

    def _draw_sneer(self) -> None:
        s, skin = self.s, self.look.skin
        for side, label in SIDES:
            opacity = s.scalar(0.0, {B[f"NOSE_SNEER_{label}"]: 0.8})
            line = points((3, -2), (8, -6), (15, -5))
            xy = mirror(tapered(line, (0.4, 2.2, 0.4)), side)
            s.begin().loop(self._run(xy)).fill(fade(skin.deep, 0.55), opacity)
