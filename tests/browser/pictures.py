"""Measuring what a canvas shows."""

from __future__ import annotations

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from persona_core.avatar.rig import VIEW, Rig
from persona_core.face.params import FaceParams

Pixels = npt.NDArray[np.int16]


def decode(data_url: str) -> Pixels:
    """(height, width, 4) RGBA of a canvas' data URL."""
    data = base64.b64decode(data_url.partition(",")[2])
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGBA")).astype(np.int16)


def part(pixels: Pixels, rig: Rig, face: FaceParams, names: list[str], margin: float) -> Pixels:
    """The piece of a canvas where parts of a character are when it has that face.

    Args:
        names: the rig's named runs of points that the piece must hold.
        margin: units of the drawing around them.
    """
    values = rig.pose(face, 0.0)
    runs = [rig.names[name] for name in names]
    points = np.concatenate(
        [values[2 * run.start : 2 * (run.start + run.count)].reshape(-1, 2) for run in runs]
    )
    left, top, right, bottom = VIEW
    height, width = pixels.shape[:2]
    scale = min(width / (right - left), height / (bottom - top))
    middle = np.array([width - scale * (left + right), height - scale * (top + bottom)]) / 2
    low = np.maximum((points.min(axis=0) - margin) * scale + middle, 0).astype(int)
    high = ((points.max(axis=0) + margin) * scale + middle).astype(int)
    return pixels[low[1] : high[1], low[0] : high[0]]


def near(pixels: Pixels, colour: str, tolerance: int) -> npt.NDArray[np.bool_]:
    """(height, width): whose red, green and blue are all within ``tolerance`` of ``#rrggbb``."""
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    return (np.abs(pixels[..., :3] - wanted) <= tolerance).all(axis=-1) & (pixels[..., 3] > 200)


def share_changed(before: Pixels, after: Pixels) -> float:
    """The share of pixels that differ visibly."""
    return float((np.abs(before - after).max(axis=-1) > 24).mean())
