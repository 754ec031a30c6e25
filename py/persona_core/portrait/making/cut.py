"""Parts of pictures at another size."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats, Indices

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""(h, w, 3) RGB."""


def cut(
    pixels: Pixels, corner: tuple[float, float], step: float, width: int, height: int
) -> Floats:
    """A part of a picture at another size; beyond the picture its border goes on.

    Args:
        pixels: (h, w, 3) uint8.
        corner: the part's left upper corner, x and y in pixels of the picture.
        step: pixels of the picture a pixel of the cut, above 0.
        width: of the cut.
        height: of the cut.

    Returns:
        (height, width, 3), means over the area of each pixel.
    """
    parts = max(1, math.ceil(step))

    def along(start: float, count: int, most: int) -> tuple[Indices, Indices, Floats]:
        at = start + (np.arange(count * parts) + 0.5) * (step / parts) - 0.5
        at = np.clip(at, 0.0, most - 1.0)
        low = np.minimum(at.astype(np.intp), max(most - 2, 0))
        return low, np.minimum(low + 1, most - 1), (at - low).astype(np.float32)

    left_px, top_px = corner
    top, below, down = along(top_px, height, pixels.shape[0])
    left, beside, right = along(left_px, width, pixels.shape[1])
    rows = pixels[top] * (1.0 - down)[:, None, None] + pixels[below] * down[:, None, None]
    found = rows[:, left] * (1.0 - right)[:, None] + rows[:, beside] * right[:, None]
    return np.asarray(found.reshape(height, parts, width, parts, -1).mean(axis=(1, 3)))
