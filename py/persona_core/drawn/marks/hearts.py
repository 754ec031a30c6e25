"""Hearts that rise beside the head of somebody in love.

Every heart rises, sways and fades on a path of its own that begins again when it ends; where
it is follows from the time alone, so nothing is simulated and nothing kept.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.drawn.shape import Array, both_sides, points
from persona_core.drawn.sketch import Run, Sketch

COUNT: Final = 8
PERIOD_MS: Final = 3400.0
"""From a heart's beginning to its next one."""
RISE: Final = 235.0
_COLOURS: Final = ("#f0466b", "#f7708c", "#e2365c")

# Start, size and phase of each: spread by hand so that no two overlap for long.
_X: Final = np.array([-128.0, 118.0, -96.0, 140.0, -146.0, 96.0, -112.0, 128.0])
_Y: Final = np.array([-64.0, -70.0, -20.0, -40.0, -84.0, -10.0, 20.0, 10.0])
_SIZE: Final = np.array([1.15, 1.0, 0.8, 0.72, 0.7, 0.9, 0.62, 1.05])
_PHASE: Final = np.array([0.0, 0.45, 0.62, 0.18, 0.3, 0.83, 0.12, 0.95])

_HALF: Final = points((0, 7), (3, 13.5), (10, 17), (17.5, 12), (17, 2), (9, -9), (0, -17))


def draw_hearts(s: Sketch) -> tuple[Run, list[int]]:
    """Draws all hearts about the origin; returns their points, each heart's after the one
    before, and the numbers of their opacities."""
    first = s.point_count
    opacities = []
    for number in range(COUNT):
        opacity = s.scalar(0.0, {})
        opacities.append(opacity)
        colour = _COLOURS[number % len(_COLOURS)]
        right, left = s.run(_HALF), s.run(_half_back())
        light = s.run(points((-6, 9), (20, 9), (-6, -18)))
        s.begin().curve(right).curve(left).close().stroke("#fffdfb", 4.0, opacity)
        s.radial(light, [(0.0, "#ffb3c4"), (0.45, colour), (1.0, colour)], opacity=opacity)
    return Run(first, s.point_count - first), opacities


def place_hearts(rest: Array, now_ms: float) -> tuple[Array, Floats]:
    """Where hearts are.

    Args:
        rest: (COUNT * n, 2) their points about the origin, y up.
        now_ms: any clock.

    Returns:
        The points, and (COUNT,) how much of each is to be seen, in [0, 1].
    """
    t = (now_ms / PERIOD_MS + _PHASE) % 1.0
    middle = np.stack([_X + 9.0 * np.sin(2.0 * np.pi * (t + _PHASE)), _Y + RISE * t**0.9], axis=1)
    size = _SIZE * np.minimum(1.0, 0.35 + 3.0 * t)
    shown = np.clip(np.minimum(t / 0.12, (1.0 - t) / 0.35), 0.0, 1.0).astype(np.float32)
    local = rest.reshape(COUNT, -1, 2)
    return (local * size[:, None, None] + middle[:, None, :]).reshape(-1, 2), shown


def _half_back() -> Array:
    """The left half, from the tip up to the notch."""
    whole = both_sides(_HALF)
    return np.concatenate([whole[len(_HALF) - 1 :], whole[:1]])
