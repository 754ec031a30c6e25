"""How a face is lit in a picture, how sharp it is, and what of it is hidden.

All is measured in a square about the face (:func:`face_square`), reduced to :data:`SIDE` pixels,
so that a large face is as sharp as a small one. Brightness is luma as it is shown (weights of ITU-R
BT.709), in [0, 1]; two sides of a face are compared as a ratio, which hardly depends on the
complexion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats, Indices, median
from persona_core.face import landmarks
from persona_core.face.landmarks import indices
from persona_core.portrait.making.cut import Pixels, cut
from persona_core.portrait.rims import AROUND as AROUND_EYES

SIDE: Final = 160
"""Of the square that is looked at, pixels."""
AROUND: Final = 1.15
"""Side of that square in sides of the face's box."""
CHEEK_RIGHT: Final[Indices] = indices("50 101 205 36 187 207")
"""Skin beside the nose, clear of eye and mouth; the person's own right."""
CHEEK_LEFT: Final[Indices] = indices("280 330 425 266 411 427")
FOREHEAD: Final[Indices] = indices("151 9 108 337")
GLARE_LUMA: Final = 0.94
"""What shines in glasses is white; a catch-light is, too, but smaller than any share told of."""
WHITE_LUMA: Final = 0.985
"""As bright as can be: nothing is told any more."""
BLOWN: Final = 0.3
"""Share of a face's points that are so white: more, and the picture is overexposed."""
SHADED: Final = 0.45
"""Brightness of the skin about the eyes, of that of the cheeks: below, it lies behind dark glasses.
Of 321 photographed faces, glasses among them, the least has 0.64."""
PALE_LIPS: Final = 0.03
"""Logarithm of how much redder lips are than the skin about them (red by green): of 451
photographed faces one in forty has less, and no frame of four films of talking people."""
LIGHT_LIPS: Final = 0.88
"""And their brightness, of that of this skin: what is neither redder nor darker is no mouth. Both
hold of one photographed face in 64."""
COLOURLESS: Final = 0.02
"""Mean difference between red and green, of [0, 1]: below, it is not told what is redder."""
_ABOUT_LIPS: Final[Indices] = indices(
    "186 92 165 167 164 393 391 322 410 287 273 335 406 313 18 83 182 106 43 57"
)
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
    sharpness: how much of the face's contrast is fine detail, at least 0; complexion, light and
        what a face wears move it by half and double, blur by far more.
    white: share of the face's points that are as bright as can be, in [0, 1].
    eyes: brightness of the skin about the eyes, of that of the cheeks.
    lips: how much redder the lips are than the skin about them, a logarithm; infinite in black and
        white.
    lips_luma: their brightness, of that of this skin.
    """

    brightness: float
    sides: float
    brighter_left: bool
    glare: float
    sharpness: float
    white: float = 0.0
    eyes: float = 1.0
    lips: float = math.inf
    lips_luma: float = 0.0

    @property
    def is_overexposed(self) -> bool:
        return self.white > BLOWN

    @property
    def hides_eyes(self) -> bool:
        """Whether dark glasses are worn."""
        return self.eyes < SHADED

    @property
    def hides_mouth(self) -> bool:
        """Whether skin is seen in the place of the lips: a hand's, or a face's of pale lips."""
        return self.lips < PALE_LIPS and self.lips_luma > LIGHT_LIPS

    @property
    def is_spoilt(self) -> bool:
        """Whether light, dark glasses or a hand keep something of the face from being seen."""
        return self.is_overexposed or self.hides_eyes or self.hides_mouth


def luma(pixels: npt.NDArray[np.generic]) -> Floats:
    """(...) float32 in [0, 1] of (..., 3 or 4) red, green and blue in [0, 255]."""
    colours = pixels[..., :3].astype(np.float32)
    return np.asarray(colours @ _LUMA / np.float32(255.0), dtype=np.float32)


def face_square(points: npt.NDArray[np.floating]) -> tuple[float, float, float]:
    """The square about a face: left, top and side, pixels.

    Args:
        points: (478, 2 or more) landmarks.
    """
    oval = points[landmarks.OVAL, :2]
    low, high = oval.min(axis=0), oval.max(axis=0)
    size = AROUND * float((high - low).max())
    left, top = ((low + high - size) / 2.0).tolist()
    return left, top, size


def in_square(
    points: npt.NDArray[np.floating], square: tuple[float, float, float]
) -> npt.NDArray[np.floating]:
    """Landmarks (478, 2) in pixels of the reduced square."""
    left, top, size = square
    return (points[:, :2] - (left, top)) * (SIDE / size)


def light_in(pixels: Pixels, points: npt.NDArray[np.floating]) -> FaceLight:
    """The light on a face in a whole picture.

    Args:
        pixels: (h, w, 3) uint8.
        points: (478, 2 or more) landmarks in them; may lie outside.
    """
    square = face_square(points)
    left, top, size = square
    part = cut(pixels, (left, top), size / SIDE, SIDE, SIDE)
    return face_light(part, in_square(points, square))


def face_light(part: npt.NDArray[np.generic], points: npt.NDArray[np.floating]) -> FaceLight:
    """The light on a face.

    Args:
        part: (SIDE, SIDE, 3 or 4) the square about the face: red, green and blue in [0, 255].
        points: (478, 2 or more) landmarks in its pixels.
    """
    colours = part[..., :3].astype(np.float32)
    grey = luma(colours)
    right, left, top = (
        _patch_mean(grey, points, spots) for spots in (CHEEK_RIGHT, CHEEK_LEFT, FOREHEAD)
    )
    dim, bright = sorted((max(left, 1e-3), max(right, 1e-3)))
    eyes = [_box(grey, points[loop]) for loop in (landmarks.EYE_LEFT, landmarks.EYE_RIGHT)]
    white = max(float((eye > GLARE_LUMA).mean()) if eye.size else 0.0 for eye in eyes)
    # Where the skin itself is as white, the picture is overexposed, and nothing shines in it.
    skin = float(np.mean([right, left, top]))
    every = _at(grey, points[: landmarks.FACE_COUNT])
    about = max(float(median(_at(grey, points[loop]))) for loop in AROUND_EYES)
    lips, lips_luma = _lips(colours, grey, points)
    return FaceLight(
        brightness=skin,
        sides=bright / dim,
        brighter_left=left > right,
        glare=white if skin < GLARE_LUMA - 0.1 else 0.0,
        sharpness=_sharpness(grey, points),
        white=float((every > WHITE_LUMA).mean()),
        eyes=about / max((left + right) / 2.0, 1e-3),
        lips=lips,
        lips_luma=lips_luma,
    )


def _lips(part: Floats, grey: Floats, points: npt.NDArray[np.floating]) -> tuple[float, float]:
    """How much redder and how bright lips are, against the skin about them."""
    middle = (points[landmarks.LIPS_OUTER, :2] + points[landmarks.LIPS_INNER, :2]) / 2.0
    places = middle, points[_ABOUT_LIPS, :2]
    colours = [_at(part, spots) for spots in places]
    if abs(float(np.mean([(c[:, 0] - c[:, 1]).mean() for c in colours]))) < 255.0 * COLOURLESS:
        return math.inf, 0.0
    red = [float(median(np.log((c[:, 0] + 4.0) / (c[:, 1] + 4.0)))) for c in colours]
    bright = [float(median(_at(grey, spots))) for spots in places]
    return red[0] - red[1], bright[0] / max(bright[1], 1e-3)


def _at(part: Floats, points: npt.NDArray[np.floating]) -> Floats:
    """What lies at points, those outside at the border."""
    height, width = part.shape[:2]
    column, row = np.nan_to_num(points[:, :2].T)
    across = np.clip(column, 0, width - 1).astype(np.intp)
    return np.asarray(part[np.clip(row, 0, height - 1).astype(np.intp), across])


def _sharpness(grey: Floats, points: npt.NDArray[np.floating]) -> float:
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
    return float(median(means)) if means else 0.0


def _box(grey: Floats, points: npt.NDArray[np.floating]) -> Floats:
    (left, top), (right, bottom) = (
        edge(points[:, :2], axis=0).round().astype(int).tolist() for edge in (np.min, np.max)
    )
    return grey[max(top, 0) : max(bottom + 1, 0), max(left, 0) : max(right + 1, 0)]
