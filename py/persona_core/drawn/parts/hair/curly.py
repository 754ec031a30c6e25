"""Round curls: a cloud of overlapping rings, each lit like a ball."""

from __future__ import annotations

import random

import numpy as np

from persona_core.drawn.palette import fade, mix
from persona_core.drawn.parts.hair.strands import Brush
from persona_core.drawn.shape import points
from persona_core.drawn.sketch import Run


def _curl(
    b: Brush, x: float, y: float, r: float, turn: float, shade: float, behind: bool = False
) -> None:
    """One curl: a ball with a spiral of light."""
    h = b.look.hair
    angle = turn + np.linspace(0.0, 2.0 * np.pi, 7, endpoint=False)
    wobble = r * (1.0 + 0.07 * np.sin(2.0 * angle + turn))
    ball = np.stack([x + wobble * np.cos(angle), y + wobble * np.sin(angle)], axis=1)
    frame = b.run(
        points(
            (x - 0.3 * r, y + 0.35 * r), (x + 0.95 * r, y + 0.35 * r), (x - 0.3 * r, y + 1.6 * r)
        ),
        behind,
    )
    b.s.begin().loop(b.run(ball, behind)).radial(
        frame,
        [
            (0.0, mix(h.light, h.shade, 0.2 + 0.8 * shade)),
            (0.55, mix(h.base, h.deep, shade)),
            (1.0, mix(h.shade, h.line, shade)),
        ],
    )
    sweep = turn + np.linspace(0.3, 3.6, 6)
    reach = r * np.linspace(0.82, 0.30, 6)
    spiral = np.stack([x + reach * np.cos(sweep), y + reach * np.sin(sweep)], axis=1)
    run: Run = b.run(spiral, behind)
    b.s.begin().curve(run).stroke(fade(h.line, 0.55), 1.3)
    glint = np.stack(
        [
            x + 0.66 * r * np.cos(sweep[:4] * 0.5 + 1.5),
            y + 0.66 * r * np.sin(sweep[:4] * 0.5 + 1.5),
        ],
        axis=1,
    )
    b.s.begin().curve(b.run(glint, behind)).stroke(fade(h.shine, 0.42 * (1.0 - shade)), 1.8)


def _ring(
    b: Brush,
    centre: tuple[float, float],
    radii: tuple[float, float],
    arc: tuple[float, float],
    count: int,
    size: float,
    seed: int,
    shade: float,
    behind: bool = False,
) -> None:
    """Curls along an elliptic arc, from degrees to degrees."""
    rng = random.Random(seed)
    for a in np.radians(np.linspace(*arc, count)):
        x = centre[0] + radii[0] * float(np.cos(a)) + rng.gauss(0.0, 2.0)
        y = centre[1] + radii[1] * float(np.sin(a)) + rng.gauss(0.0, 2.0)
        # The side away from the lamp is darker.
        dim = min(1.0, max(0.0, shade + 0.25 * float(np.cos(a))))
        _curl(
            b,
            x,
            y,
            size * rng.uniform(0.86, 1.14),
            rng.uniform(0.0, 6.28),
            dim,
            behind,
        )


def curls_back(b: Brush) -> None:
    h = b.look.hair
    b.root, b.tip = 60.0, -140.0
    angle = np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False)
    cloud = np.stack([126.0 * np.cos(angle), 22.0 + 122.0 * np.sin(angle)], axis=1)
    b.mass(cloud, stops=[(0.0, h.deep), (1.0, h.line)], axis=((0, 140), (0, -90)), behind=True)
    _ring(b, (0, 24), (120, 120), (-56, 236), 18, 31.0, 3, 0.5, True)
    _ring(b, (0, 24), (100, 100), (-60, 240), 12, 30.0, 4, 0.7, True)


def curls_front(b: Brush) -> None:
    b.root, b.tip = 60.0, -140.0
    b.lift = 14.0
    _ring(b, (0, 30), (110, 114), (2, 178), 12, 30.0, 5, 0.22)
    for sign, shade in ((1, 0.35), (-1, 0.1)):
        for x, y, r in ((112, -52, 16), (122, -30, 18), (110, -14, 15), (120, 4, 19)):
            _curl(b, sign * x, y, r, 0.1 * x + 0.3 * y, shade)
    _ring(b, (0, 26), (100, 98), (2, 178), 12, 25.0, 6, 0.12)
    _ring(b, (0, 30), (94, 74), (12, 168), 11, 19.0, 7, 0.05)
    for sign, shade in ((1, 0.3), (-1, 0.05)):
        for x, y, r in ((106, 10, 13), (102, 28, 14), (98, 46, 14)):
            _curl(b, sign * x, y, r, 0.2 * x + 0.1 * y, shade)
