"""Measuring what a canvas shows."""

from __future__ import annotations

import base64
import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from persona_core.drawn.rig import VIEW, Rig
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
    points = _points(rig, face, names)
    scale, middle = _placing(pixels)
    low = np.maximum((points.min(axis=0) - margin) * scale + middle, 0).astype(int)
    high = ((points.max(axis=0) + margin) * scale + middle).astype(int)
    return pixels[low[1] : high[1], low[0] : high[0]]


def length(
    pixels: Pixels, rig: Rig, face: FaceParams, names: list[str], colour: str, margin: float
) -> float:
    """How long the parts of a character that have a colour are, in units of the drawing.

    They are measured along their own line, however the head is tilted, and where they are when
    the character has that face: shadows, cheeks and clothes may have the colour, too.

    Args:
        names: the rig's named runs of points; their outermost ones, left and right, are the line.
        margin: units of the drawing around them.
    """
    points = _points(rig, face, names)
    line = points[points[:, 0].argmax()] - points[points[:, 0].argmin()]
    along = line / np.linalg.norm(line)
    axes = np.stack([along, (-along[1], along[0])], axis=1)
    low, high = (points @ axes).min(axis=0) - margin, (points @ axes).max(axis=0) + margin
    scale, middle = _placing(pixels)
    rows, columns = np.nonzero(near(pixels, colour, 34))
    spots = ((np.stack([columns, rows], axis=1) + 0.5 - middle) / scale) @ axes
    inside = ((spots > low) & (spots < high)).all(axis=1)
    return float(np.ptp(spots[inside, 0]))


def _points(rig: Rig, face: FaceParams, names: list[str]) -> npt.NDArray[np.float64]:
    """(n, 2): where runs of a rig's points are when the character has that face."""
    values = rig.pose(face, 0.0)
    runs = [rig.names[name] for name in names]
    return np.concatenate(
        [values[2 * run.start : 2 * (run.start + run.count)].reshape(-1, 2) for run in runs]
    )


def _placing(pixels: Pixels) -> tuple[float, npt.NDArray[np.float64]]:
    """Pixels a unit of the drawing, and the pixel of its origin."""
    left, top, right, bottom = VIEW
    height, width = pixels.shape[:2]
    scale = min(width / (right - left), height / (bottom - top))
    middle = np.array([width - scale * (left + right), height - scale * (top + bottom)]) / 2
    return scale, middle


def near(pixels: Pixels, colour: str, tolerance: int) -> npt.NDArray[np.bool_]:
    """(height, width): whose red, green and blue are all within ``tolerance`` of ``#rrggbb``."""
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    return (np.abs(pixels[..., :3] - wanted) <= tolerance).all(axis=-1) & (pixels[..., 3] > 200)


def share_changed(before: Pixels, after: Pixels) -> float:
    """The share of pixels that differ visibly."""
    return float((np.abs(before - after).max(axis=-1) > 24).mean())
