"""How a face is lit in a camera's picture, and how sharp it is.

Brightness is luma as it is shown (weights of ITU-R BT.709), in [0, 1]; two sides of a face are
compared as a ratio, which hardly depends on the complexion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats, Indices
from persona_core.face import landmarks
from persona_core.face.landmarks import indices

CHEEK_RIGHT: Final[Indices] = indices("50 101 205 36 187 207")
"""Skin beside the nose, clear of eye and mouth; the person's own right."""
CHEEK_LEFT: Final[Indices] = indices("280 330 425 266 411 427")
FOREHEAD: Final[Indices] = indices("151 9 108 337")
GLARE_LUMA: Final = 0.94
"""What shines in glasses is white; a catch-light is, too, but smaller than any share told of."""
_LUMA: Final = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
_SPOT: Final = 0.035
"""Half the side of the square about a landmark that is averaged, in widths of the face."""


@dataclass(frozen=True, slots=True)
class FaceLight:
    """Attributes:
    brightness: mean luma of the skin, in [0, 1].
    sides: how many times as bright the brighter cheek is, at least 1.
    brighter_left: whether that is the person's own left one.
    glare: share of the eyes' boxes that is as white as a lamp, in [0, 1].
    sharpness: how much of the face's contrast is fine detail; comparable between pictures
        of one camera only.
    """

    brightness: float
    sides: float
    brighter_left: bool
    glare: float
    sharpness: float


def luma(pixels: npt.NDArray[np.uint8]) -> Floats:
    """(h, w) float32 in [0, 1] of (h, w, 3 or 4) pixels."""
    return np.asarray(pixels[..., :3] @ _LUMA / np.float32(255.0), dtype=np.float32)


def face_light(grey: Floats, points: npt.NDArray[np.floating]) -> FaceLight:
    """The light on a face.

    Args:
        grey: (h, w) float32 luma of the face's surroundings; see :func:`luma`.
        points: (478, 2 or more) landmarks in its pixels.
    """
    right, left, top = (
        _patch_mean(grey, points, spots) for spots in (CHEEK_RIGHT, CHEEK_LEFT, FOREHEAD)
    )
    dim, bright = sorted((max(left, 1e-3), max(right, 1e-3)))
    eyes = [_box(grey, points[loop]) for loop in (landmarks.EYE_LEFT, landmarks.EYE_RIGHT)]
    white = max(float((eye > GLARE_LUMA).mean()) if eye.size else 0.0 for eye in eyes)
    # Where the skin itself is as white, the picture is overexposed, and nothing shines in it.
    skin = float(np.mean([right, left, top]))
    return FaceLight(
        brightness=skin,
        sides=bright / dim,
        brighter_left=left > right,
        glare=white if skin < GLARE_LUMA - 0.1 else 0.0,
        sharpness=sharpness(grey, points),
    )


def sharpness(grey: Floats, points: npt.NDArray[np.floating]) -> float:
    """Energy of the second differences over eyes, brows and mouth, by their contrast; 0 where
    there is nothing to be seen."""
    inner = np.concatenate(
        [
            *(landmarks.EYE_LEFT, landmarks.EYE_RIGHT, landmarks.BROW_LEFT, landmarks.BROW_RIGHT),
            landmarks.LIPS_OUTER,
        ]
    )
    face = _box(grey, points[inner])
    if min(face.shape) < 5:
        return 0.0
    around = face[:-2, 1:-1] + face[2:, 1:-1] + face[1:-1, :-2] + face[1:-1, 2:]
    detail = float((around - 4.0 * face[1:-1, 1:-1]).var())
    return detail / max(float(face.var()), 1e-5)


def _patch_mean(grey: Floats, points: npt.NDArray[np.floating], spots: Indices) -> float:
    width = float(np.ptp(points[landmarks.OVAL, 0]))
    half = max(1, round(_SPOT * width))
    means = []
    for x, y in points[spots, :2].round().astype(int).tolist():
        spot = grey[
            max(y - half, 0) : max(y + half + 1, 0), max(x - half, 0) : max(x + half + 1, 0)
        ]
        if spot.size:
            means.append(float(spot.mean()))
    return float(np.median(means)) if means else 0.0


def _box(grey: Floats, points: npt.NDArray[np.floating]) -> Floats:
    (left, top), (right, bottom) = (
        edge(points[:, :2], axis=0).round().astype(int).tolist() for edge in (np.min, np.max)
    )
    return grey[max(top, 0) : max(bottom + 1, 0), max(left, 0) : max(right + 1, 0)]
