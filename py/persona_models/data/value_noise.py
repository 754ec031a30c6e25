"""Smooth random values over a plane, from one small table: cheap enough for every texel."""

from __future__ import annotations

import numpy as np

from persona_core.base.arrays import Floats
from persona_models.faces.compiled import inlined

TABLE_SIZE = 256  # a power of two: wrapping is a mask
_MASK = TABLE_SIZE - 1


def noise_table(random: np.random.Generator) -> Floats:
    """(256, 256) float32, uniform in [-1, 1]."""
    return random.uniform(-1.0, 1.0, (TABLE_SIZE, TABLE_SIZE)).astype(np.float32)


@inlined
def noise(table: Floats, x: float, y: float) -> float:
    """Value noise (K. Perlin, "An Image Synthesizer", 1985) with smoothstep between the knots.

    Args:
        table: of :func:`noise_table`.
        x: any number; one unit is one knot.
        y: likewise.

    Returns:
        In [-1, 1].
    """
    left, top = int(np.floor(x)), int(np.floor(y))
    s, t = x - left, y - top
    s, t = s * s * (3.0 - 2.0 * s), t * t * (3.0 - 2.0 * t)
    x0, y0 = left & _MASK, top & _MASK
    x1, y1 = (x0 + 1) & _MASK, (y0 + 1) & _MASK
    upper = table[y0, x0] * (1.0 - s) + table[y0, x1] * s
    lower = table[y1, x0] * (1.0 - s) + table[y1, x1] * s
    return upper * (1.0 - t) + lower * t


@inlined
def step(low: float, high: float, x: float) -> float:
    """Smoothstep: 0 below ``low``, 1 above ``high``; the other way round if they are swapped."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)
