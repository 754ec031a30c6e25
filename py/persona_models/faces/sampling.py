"""Pictures between their pixels, and loops as masks."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from persona_core.base.arrays import Floats

_ZOOM = 4  # masks are drawn larger and reduced, so that their edges are soft


@numba.njit(cache=True, fastmath=True)
def sample(picture: npt.NDArray[np.generic], places: Floats) -> Floats:
    """(..., C) float32: a picture (H, W, C) between its pixels; its border goes on beyond it."""
    height, width, channels = picture.shape
    rows, columns = places.shape[:2]
    out = np.empty((rows, columns, channels), dtype=np.float32)
    for row in range(rows):
        for column in range(columns):
            u = min(max(places[row, column, 0], 0.0), width - 1.0)
            v = min(max(places[row, column, 1], 0.0), height - 1.0)
            x, y = min(int(u), width - 2), min(int(v), height - 2)
            s, t = u - x, v - y
            for channel in range(channels):
                upper = picture[y, x, channel] * (1.0 - s) + picture[y, x + 1, channel] * s
                lower = picture[y + 1, x, channel] * (1.0 - s) + picture[y + 1, x + 1, channel] * s
                out[row, column, channel] = upper * (1.0 - t) + lower * t
    return out


def filled(loop: Floats, width: int, height: int) -> Floats:
    """(height, width) float32: 1 inside a loop (N, 2) of pixels, soft at its edge, 0 outside."""
    large = Image.new("L", (width * _ZOOM, height * _ZOOM))
    corners = [(float(x), float(y)) for x, y in (loop + 0.5) * _ZOOM - 0.5]
    ImageDraw.Draw(large).polygon(corners, fill=255)
    small = large.resize((width, height), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32) / np.float32(255.0)
