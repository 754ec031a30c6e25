"""How a photo is cut for a model: a square about the face, as planes of numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.neural.manifest.manifest import PhotoCrop


@dataclass(frozen=True, slots=True)
class Square:
    """A square of a photo, in its pixels, x right and y down; it may reach beyond the photo."""

    left: float
    top: float
    side: float

    @classmethod
    def about(cls, points: npt.NDArray[np.floating], crop: PhotoCrop) -> Square:
        """The square of a face, measured from its brows to its chin.

        Args:
            points: (478, 2 or 3) landmarks in pixels.
        """
        oval = points[landmarks.OVAL, :2]
        eyes = points[[landmarks.EYE_LEFT[0], landmarks.EYE_RIGHT[0]], 1].mean()
        brows = points[np.concatenate([landmarks.BROW_LEFT, landmarks.BROW_RIGHT]), :2]
        face = np.concatenate([oval[oval[:, 1] > eyes], brows])
        low, high = face.min(axis=0), face.max(axis=0)
        side = float((high - low).max()) * crop.scale
        left, top = ((low + high) / 2.0 - side / 2.0).tolist()
        return cls(left, top + crop.shift_y * side, side)

    def cut(self, pixels: npt.NDArray[np.uint8], height: int, width: int) -> Floats:
        """What it shows, (1, 3, height, width), RGB in [0, 1]. Beyond the photo its border goes
        on.

        Args:
            pixels: (H, W, 3 or 4) sRGB.
        """
        # Several samples a pixel where the photo is finer than what is made of it.
        finer = max(1, math.ceil(self.side / max(height, width)))
        rows = _places(self.top, self.side, height * finer, pixels.shape[0])
        columns = _places(self.left, self.side, width * finer, pixels.shape[1])
        across = _between(pixels[..., :3].astype(np.float32), columns, 1)
        samples = _between(across, rows, 0)
        means = samples.reshape(height, finer, width, finer, 3).mean(axis=(1, 3))
        return np.ascontiguousarray(means.transpose(2, 0, 1)[np.newaxis] / np.float32(255.0))

    def units(self, points: npt.NDArray[np.floating]) -> Floats:
        """Points (..., 2 or 3) of the photo in units of the square: (..., 2), 0..1 inside."""
        corner = np.array([self.left, self.top])
        units: Floats = ((points[..., :2] - corner) / self.side).astype(np.float32)
        return units


def _places(start: float, side: float, count: int, size: int) -> npt.NDArray[np.float64]:
    """Where samples lie, in pixels from the centre of the first; held to the photo."""
    centres = start + (np.arange(count) + 0.5) * (side / count) - 0.5
    return np.clip(centres, 0.0, size - 1.0)


def _between(values: Floats, places: npt.NDArray[np.float64], axis: int) -> Floats:
    """Linear interpolation along an axis."""
    low = np.floor(places).astype(np.intp)
    high = np.minimum(low + 1, values.shape[axis] - 1)
    weight = (places - low).astype(np.float32).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    first, second = np.take(values, low, axis=axis), np.take(values, high, axis=axis)
    mixed: Floats = first + weight * (second - first)
    return mixed
