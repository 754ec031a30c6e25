"""What lies behind a person: rooms out of focus, walls, colours."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from persona_core.base.arrays import Floats


def background(random: np.random.Generator, size: int) -> Floats:
    """(size, size, 3) float32, linear light."""
    coarse = 64
    tint = random.random(3) * random.uniform(0.1, 0.9)
    if random.random() < 0.8:
        tint = tint.mean() * random.normal(1.0, 0.06, 3)
    corners = np.clip(tint * np.exp(random.normal(0.0, 0.3, (2, 2, 1))), 0.0, 1.0)
    picture = _resize(corners, coarse)
    kind = random.random()
    if kind < 0.65:
        for _ in range(random.integers(2, 14)):
            _put(picture, random, coarse)
    picture += _resize(random.normal(0.0, 0.05, (8, 8, 1)).repeat(3, axis=2), coarse)
    picture = _resize(np.clip(picture, 0.0, 1.0), coarse // int(random.choice([1, 2, 4])))
    picture = np.clip(_resize(picture, size), 0.0, 1.0)
    if kind > 0.9:
        picture += _resize(random.normal(0.0, 0.03, (size // 3, size // 3, 1)), size)
    return np.asarray(np.clip(picture, 0.0, 1.0) ** 2.2, dtype=np.float32)


def _put(picture: Floats, random: np.random.Generator, size: int) -> None:
    """A piece of furniture, a window, a lamp."""
    width, height = (random.uniform(0.04, 0.5, 2) * size).astype(int) + 1
    left, top = random.integers(-4, size, 2)
    colour = random.random(3) * random.uniform(0.1, 1.0)
    if random.random() < 0.85:
        colour = colour.mean() * random.normal(1.0, 0.12, 3)
    if random.random() < 0.15:
        colour = np.array([1.0, 0.97, 0.9])
    if random.random() < 0.75:
        picture[max(top, 0) : max(top + height, 0), max(left, 0) : max(left + width, 0)] = colour
    else:
        rows, columns = np.mgrid[:size, :size]
        picture[(rows - top) ** 2 + (columns - left) ** 2 < (width / 2) ** 2] = colour


def _resize(picture: npt.NDArray[np.floating[Any]], size: int) -> Floats:
    planes = [
        Image.fromarray(np.ascontiguousarray(picture[..., k], dtype=np.float32)).resize(
            (size, size), Image.Resampling.BICUBIC
        )
        for k in range(picture.shape[2])
    ]
    if len(planes) == 1:
        planes = planes * 3
    return np.stack([np.asarray(plane) for plane in planes], axis=2)
