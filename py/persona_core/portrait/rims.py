"""The three openings of a face, as pinned loops: two eyes and the mouth.

A linear basis lets lids and lips run through each other. What a frame's loops really do is
worked out on the CPU (:mod:`~persona_core.portrait.contours`); the mesh only has to know
which of its vertices hang on which loop point. Pins are numbered right eye, left eye, mouth.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Indices
from persona_core.face import landmarks

LOOPS: Final[tuple[Indices, ...]] = (
    landmarks.EYE_RIGHT,
    landmarks.EYE_LEFT,
    landmarks.LIPS_INNER,
)
STARTS: Final = (0, 16, 32)
"""Number of the first pin of each loop."""
PINS: Indices = np.concatenate(LOOPS)
"""(52,) the landmark of each pin."""


AROUND: Final = (
    landmarks.indices("130 25 110 24 23 22 26 112 243 190 56 28 27 29 30 247"),
    landmarks.indices("359 255 339 254 253 252 256 341 463 414 286 258 257 259 260 467"),
)
"""(16,) each: the landmarks around the right and the left eye, outside the same entry of the
loop."""
LID_ROWS: Final = ((0.2, 1.0, 0.25), (0.42, 0.9, 1.0), (0.72, 0.42, 1.0))
"""Rows of vertices put between an eye's rim and the landmarks around: how far out each lies, the
share of the rim's motion that it takes, and how much of it is skin that unrolls. Without rows the
lashes, which grow on the rim, would be stretched over the eye with that skin."""


def opposite(count: int) -> Indices:
    """For a loop of ``count`` points that begins at a corner: who lies across the opening."""
    return (count - np.arange(count)) % count


def signed_distance(
    places: npt.NDArray[np.floating], loop: npt.NDArray[np.floating]
) -> npt.NDArray[np.floating]:
    """How far places (..., 2) lie from a closed loop (k, 2): positive inside, of their type."""
    x, y = places[..., 0], places[..., 1]
    nearest = np.full(x.shape, np.inf, dtype=places.dtype)
    inside = np.zeros(x.shape, dtype=bool)
    for (ax, ay), (bx, by) in zip(loop.tolist(), np.roll(loop, -1, axis=0).tolist(), strict=True):
        dx, dy = bx - ax, by - ay
        from_x, from_y = x - ax, y - ay
        along = (from_x * dx + from_y * dy) / max(dx * dx + dy * dy, 1e-9)
        along = along.clip(0.0, 1.0)
        off_x, off_y = from_x - along * dx, from_y - along * dy
        np.minimum(nearest, off_x * off_x + off_y * off_y, out=nearest)
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (from_x < from_y * (dx / dy))
    distance = np.sqrt(nearest)
    return np.where(inside, distance, -distance)
