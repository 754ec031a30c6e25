"""Eyes: lids that close on one line, irises that look, lashes, the fold above.

An eye is drawn for the person's left (positive x), with u running from the inner corner to
the outer one, and mirrored for the right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from persona_core.drawn.controls import Extra
from persona_core.drawn.look import Look
from persona_core.drawn.palette import fade, mix, tone
from persona_core.drawn.shape import SIDES, Array, Morph, depth, mirror, points
from persona_core.drawn.sketch import Run, Sketch
from persona_core.drawn.style import Age, EyeStyle, Lashes
from persona_core.face.blendshapes import Blendshape as B

CENTRE: Final = (42.5, -12.0)
COLUMNS: Final = 9
"""Points on each lid, corner to corner."""


@dataclass(frozen=True, slots=True)
class EyeShape:
    """Measures of an eye in units, relative to its centre.

    Attributes:
        inner, outer: the corners.
        upper, lower: control heights of the lids over and under the line between the corners.
        peak: where the upper lid is highest, 0 inner to 1 outer.
        iris: the iris's radius.
        lash: thickness of the upper lash line.
        wing: how far the lashes reach beyond the outer corner, and up.
        fold: height of the fold above the lid; 0 for none.
    """

    inner: tuple[float, float] = (-24.0, -5.0)
    outer: tuple[float, float] = (25.0, 0.5)
    upper: float = 16.2
    lower: float = 12.0
    peak: float = 0.46
    iris: float = 15.4
    lash: float = 4.0
    wing: tuple[float, float] = (4.5, 2.5)
    fold: float = 7.0


SIZE: Final = 1.09
"""Drawn eyes are a little larger than the measures below, which are a real face's."""

SHAPES: Final = {
    EyeStyle.ROUND: EyeShape(inner=(-23, -4), outer=(24, -1), upper=18.4, lower=13.2, iris=16.6),
    EyeStyle.ALMOND: EyeShape(),
    EyeStyle.MONOLID: EyeShape(
        inner=(-24, -5.5), outer=(26, 1.5), upper=13.6, lower=10.6, peak=0.52, iris=14.6, fold=0.0
    ),
    EyeStyle.UPTURNED: EyeShape(
        inner=(-23, -4.5), outer=(25.5, 3.2), upper=15.2, lower=11.5, peak=0.54, wing=(6.0, 4.5)
    ),
    EyeStyle.GENTLE: EyeShape(
        inner=(-24, -2.5), outer=(25, -3), upper=14.4, lower=11.0, peak=0.44, iris=14.6,
        wing=(3.5, -0.5), fold=6.5,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Lids:
    """Lids of one eye, unmirrored: (COLUMNS, 2) open and closed, the wide lid's lift and the
    bend of an eye that smiles shut (the same for both lids, so that they still meet)."""

    upper: Array
    lower: Array
    shut: Array
    lift: Array
    joy: Array

    def upper_morph(self, name: str, share: float = 1.0) -> Morph:
        return {
            Extra[f"UPPER_LID_{name}"]: share * (self.shut - self.upper),
            B[f"EYE_WIDE_{name}"]: share * self.lift,
            Extra[f"JOY_{name}"]: share * self.joy,
        }

    def lower_morph(self, name: str, share: float = 1.0) -> Morph:
        return {
            Extra[f"LOWER_LID_{name}"]: share * (self.shut - self.lower),
            B[f"EYE_WIDE_{name}"]: share * -0.25 * self.lift,
            Extra[f"JOY_{name}"]: share * self.joy,
        }


def _lids(shape: EyeShape) -> _Lids:
    u = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0.0, 1.0, COLUMNS))
    inner, outer = np.array(shape.inner), np.array(shape.outer)
    chord = inner + u[:, None] * (outer - inner)
    # A power of u moves the arch's top to the peak.
    bend = np.log(0.5) / np.log(shape.peak)
    arch = np.sin(np.pi * u**bend) ** 0.86
    bowl = np.sin(np.pi * u**0.9) ** 0.9
    up = np.array([0.0, 1.0])
    return _Lids(
        upper=chord + np.outer(arch * shape.upper, up),
        lower=chord - np.outer(bowl * shape.lower, up),
        shut=chord - np.outer(bowl * shape.lower * 0.62, up),
        lift=np.outer(arch * 5.0, up),
        joy=np.outer(bowl * shape.lower * 0.98, up),
    )


def draw_eyes(s: Sketch, look: Look) -> None:
    """Both eyes, without brows."""
    shape = SHAPES[look.style.eyes]
    lids = _lids(shape)
    for side, name in SIDES:
        _Eye(s, look, shape, lids, side, name).draw()


@dataclass(slots=True)
class _Eye:
    s: Sketch
    look: Look
    shape: EyeShape
    lids: _Lids
    side: int
    name: str

    def draw(self) -> None:
        upper = self._run(self.lids.upper, self.lids.upper_morph(self.name), "lid_upper")
        lower = self._run(self.lids.lower, self.lids.lower_morph(self.name), "lid_lower")
        back = self._run_back(self.lids.lower, self.lids.lower_morph(self.name))
        self._draw_lid_skin(upper)
        self._draw_ball(upper, back)
        self._draw_lower_line(lower)
        self._draw_lash()
        self._draw_fold()

    def _run(
        self, local: Array, morph: Morph | None = None, name: str | None = None, lift: float = 0.0
    ) -> Run:
        """A run at ``local`` (relative to the eye's centre, unmirrored)."""
        xy = mirror(SIZE * local + np.array(CENTRE), self.side)
        morphs = {c: mirror(SIZE * np.asarray(m), self.side) for c, m in (morph or {}).items()}
        full = f"{name}_{self.name.lower()}" if name else None
        # Depth varies across the eye only, so that lids that meet still meet on a turn; and it
        # is a little less than the cheek's, so that the far eye stays within the face.
        z = 0.94 * depth(np.stack([xy[:, 0], np.full(len(xy), CENTRE[1])], axis=1)) + lift
        return self.s.run(xy, z, morphs=morphs, name=full)

    def _run_back(self, local: Array, morph: Morph) -> Run:
        """A run that goes from the outer corner to the inner one."""
        return self._run(local[::-1], {c: m[::-1] for c, m in morph.items()})

    def _draw_lid_skin(self, upper: Run) -> None:
        """The skin between the fold and the lashes: what is seen of a closed eye."""
        s, lids = self.s, self.lids
        u = np.linspace(0.0, 1.0, COLUMNS)
        rise = np.outer(np.sin(np.pi * u) * max(self.shape.fold, 4.0), (0.0, 1.0))
        brim = self._run_back(lids.upper + rise, lids.upper_morph(self.name, 0.22))
        s.begin().curve(upper).curve(brim).close()
        s.fill(fade(mix(self.look.skin.shade, self.look.blush, 0.2), 0.34))

    def _draw_ball(self, upper: Run, back: Run) -> None:
        s, lids = self.s, self.lids
        frame = self._run(points((0, 18), (0, -14), (26, 18)))
        white = mix("#fffdfa", self.look.skin.base, 0.07)
        s.begin().curve(upper).curve(back).close()
        s.linear(frame, [(0.0, tone(white, 0.84)), (0.55, white), (1.0, tone(white, 0.97))])
        s.clip()
        self._draw_iris()
        fall = np.array([0.0, -6.5])
        shadow = self._run_back(lids.upper + fall, lids.upper_morph(self.name))
        s.begin().curve(upper).curve(shadow).close().fill("#2b1d2e4d")
        s.unclip()

    def _draw_iris(self) -> None:
        s, r, name = self.s, self.shape.iris, self.name
        middle = np.array([0.5, 0.4])
        gaze: Morph = {
            B[f"EYE_LOOK_OUT_{name}"]: np.array([[10.0, -0.6]]),
            B[f"EYE_LOOK_IN_{name}"]: np.array([[-10.0, -0.6]]),
            B[f"EYE_LOOK_UP_{name}"]: np.array([[0.0, 8.5]]),
            B[f"EYE_LOOK_DOWN_{name}"]: np.array([[0.0, -8.5]]),
        }
        colour = self.look.style.eye_colour
        dark = tone(colour, 0.42, 0.9)

        def ring(
            radius_x: float,
            radius_y: float,
            at: tuple[float, float],
            tag: str | None = None,
            share: float = 1.0,
            lift: float = 2.0,
        ) -> Run:
            angle = np.linspace(0.0, 2.0 * np.pi, 8, endpoint=False)
            circle = np.stack([radius_x * np.cos(angle), radius_y * np.sin(angle)], axis=1)
            moves = {c: share * m for c, m in gaze.items()}
            return self._run(circle + middle + np.array(at), moves, tag, lift)

        frame = self._run(middle + points((0, r), (0, -r), (r, r)), gaze, lift=2.0)
        s.begin().loop(ring(r, r * 1.05, (0, 0), "iris")).linear(
            frame,
            [
                (0.0, tone(colour, 0.5)),
                (0.36, tone(colour, 0.86, 1.1)),
                (0.68, tone(colour, 1.18, 1.2)),
                (1.0, tone(colour, 1.45, 1.25)),
            ],
        )
        s.stroke(fade(dark, 0.9), 1.9)
        glow = self._run(
            middle + points((0, -0.45 * r), (0.85 * r, -0.45 * r), (0, 0.2 * r)), gaze, lift=2.0
        )
        s.begin().loop(ring(0.86 * r, 0.66 * r, (0, -0.42 * r))).radial(
            glow, [(0.0, tone(colour, 1.75, 1.1, 0, 0.75)), (1.0, tone(colour, 1.5, 1.1, 0, 0.0))]
        )
        s.begin().loop(ring(0.44 * r, 0.47 * r, (0, 0), lift=2.5)).fill(tone(colour, 0.22, 0.5))
        # Catch-lights belong to the lamp: on the same side in both eyes, moving less than it.
        lamp = -self.side
        s.begin().loop(
            ring(0.27 * r, 0.31 * r, (lamp * 0.36 * r, 0.42 * r), share=0.75, lift=4.0)
        ).fill("#fffffff2")
        s.begin().loop(
            ring(0.13 * r, 0.13 * r, (-lamp * 0.40 * r, -0.42 * r), share=0.8, lift=4.0)
        ).fill("#ffffffb8")

    def _draw_lower_line(self, lower: Run) -> None:
        """Lashes of the lower lid: a thin line, stronger outside."""
        s = self.s
        widths = np.linspace(0.2, 1.0, COLUMNS) ** 1.3 * 1.7
        edge = self.lids.lower - np.outer(widths, (0.0, 1.0))
        below = self._run_back(edge, self.lids.lower_morph(self.name))
        s.begin().curve(lower).curve(below).close()
        s.fill(fade(mix(self.look.lash, self.look.skin.line, 0.5), 0.75))

    def _draw_lash(self) -> None:
        s, lids, shape = self.s, self.lids, self.shape
        u = np.linspace(0.0, 1.0, COLUMNS)
        full = self.look.style.lashes is Lashes.FULL
        reach = np.array(shape.wing) * (1.0 if full else 0.45)
        thickness = shape.lash * (1.08 if full else 0.74) * (0.28 + 0.9 * u**0.8 - 0.38 * u**5)
        morph = lids.upper_morph(self.name)
        shut = Extra[f"UPPER_LID_{self.name}"]
        tip = lids.upper[-1] + reach
        # The wing hangs as the lid closes.
        tip_fall = np.array([[0.0, -float(reach[1]) - 2.0]])
        top = np.concatenate([lids.upper + np.outer(thickness, (0.0, 1.0)), [tip]])
        top_morph = {c: np.concatenate([m, 0.0 * m[-1:]]) for c, m in morph.items()}
        # Closed, the line is finer than the fringe over an open eye.
        top_morph[shut] = top_morph[shut] - np.concatenate(
            [np.outer(0.3 * thickness, (0.0, 1.0)), -tip_fall]
        )
        under = np.concatenate([[tip], (lids.upper - np.array([0.0, 0.7]))[::-1]])
        under_morph = {c: np.concatenate([0.0 * m[:1], m[::-1]]) for c, m in morph.items()}
        under_morph[shut] = under_morph[shut] + np.concatenate([tip_fall, np.zeros((COLUMNS, 2))])
        s.begin().curve(self._run(top, top_morph, lift=1.0))
        s.curve(self._run(under, under_morph, lift=1.0)).close().fill(self.look.lash)

    def _draw_fold(self) -> None:
        if self.shape.fold <= 0.0:
            return
        s, lids = self.s, self.lids
        aged = {Age.YOUNG: 1.0, Age.MIDDLE: 1.15, Age.SENIOR: 1.35}[self.look.style.age]
        u = np.linspace(0.0, 1.0, COLUMNS)
        rise = np.outer((0.55 + 0.45 * np.sin(np.pi * u)) * self.shape.fold, (0.0, 1.0))
        line = (lids.upper + rise)[1:]
        morph = {c: m[1:] for c, m in lids.upper_morph(self.name, 0.30).items()}
        widths = np.interp(u[1:], (0.0, 0.55, 1.0), (0.3, 1.5 * aged, 0.4))
        top = self._run(line + np.outer(widths, (0.0, 0.5)), morph)
        under = self._run_back(line - np.outer(widths, (0.0, 0.5)), morph)
        s.begin().curve(top).curve(under).close().fill(fade(self.look.skin.line, 0.62))
