"""What a photo hides and motion shows: the rest of an iris, of the white, the place of teeth.

An open eye's photo holds part of its iris and part of its white. When gaze or lids move, the
rest comes into view, so both are completed once from what can be seen: the iris around its
centre, the white by growing it inwards. All tiles lie side by side in one picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats, median
from persona_core.face import landmarks
from persona_core.portrait.inpaint import blurred, fill
from persona_core.portrait.mouth import MouthPlane
from persona_core.portrait.refinement import refine_loop
from persona_core.portrait.rims import signed_distance

Pixels = npt.NDArray[np.uint8]

SIDE: Final = 128
"""Pixels of a tile's side."""
COUNT: Final = 7
"""Tiles: white and iris of the right eye, of the left eye, the mouth, the right and the left
upper lid."""
MOUTH: Final = 4
LIDS: Final = 5
EYE_REACH: Final = 0.85
"""Half a tile's side, in widths of the eye."""
MOUTH_REACH: Final = 0.75
LID_MARGIN: Final = 0.035
"""Of the eye's width: what lies nearer to a lid is lash or shadow, not eye."""
TEETH_GAP_CM: Final = 0.28
"""Lips further apart than this show what is behind them."""
PALED: Final = 0.45
"""How much of its colour the grown part of an eye's white keeps."""
TEETH_SHOWN_CM: Final = 0.36
"""How far the upper teeth reach below the resting upper lip."""
VECTORS: Final = 8
"""Of the look's block: see :meth:`Tiles.of`."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """Attributes:
    atlas: (128, 896, 4) uint8 RGBA, not premultiplied: the white (right eye), the iris with its
        own alpha, both of the left eye; the mouth, whose alpha says where the photo shows
        teeth; and the skin of either eye's upper lid without lashes, whose alpha says where the
        photo has any.
    look: (8, 4) float32: for the right and left eye (x, y, side) of the tile in the photo and
        the iris' radius, pixels; for the mouth (x, y, side) and whether it shows teeth; the
        irises' centres (right x, y, left x, y); colours in [0, 1] of teeth, with the teeth's
        edge (cm below the mouth's origin); of flesh, with half the mouth's width (cm); of
        skin, with pixels per cm; the head's box in the photo (left, top, right, bottom).
    """

    atlas: Pixels
    look: Floats

    @classmethod
    def of(
        cls,
        photo: Pixels,
        points_px: npt.NDArray[np.floating],
        mouth: MouthPlane,
        scale: float,
    ) -> Tiles:
        """Args:
        photo: (h, w, 3 or 4) uint8.
        points_px: (478, 3) landmarks, pixels.
        mouth: the mouth's plane.
        scale: pixels per cm.
        """
        colours = photo[..., :3]
        atlas = np.zeros((SIDE, COUNT, SIDE, 4), dtype=np.uint8)
        look = np.zeros((VECTORS, 4), dtype=np.float32)
        skin = _skin(colours, points_px)
        light = float(skin.max())
        eyes = (
            (landmarks.EYE_RIGHT, landmarks.IRIS_RIGHT),
            (landmarks.EYE_LEFT, landmarks.IRIS_LEFT),
        )
        for eye, (loop, iris) in enumerate(eyes):
            rim = refine_loop(points_px[loop, :2].astype(np.float32))
            tile = _Tile.around(rim, EYE_REACH)
            centre = points_px[iris[0], :2]
            radius = float(np.linalg.norm(points_px[iris[[1, 3]], :2] - centre, axis=1).mean())
            picture, inside = tile.sample(colours), signed_distance(tile.grid(), rim)
            margin = LID_MARGIN * float(np.ptp(rim[:, 0]))
            seen = np.clip((inside - margin) / max(0.5 * margin, 0.5), 0.0, 1.0)
            white, disc = _eye(picture, seen, tile.grid() - centre, radius, light)
            atlas[:, 2 * eye], atlas[:, 2 * eye + 1] = white, disc
            atlas[:, LIDS + eye] = _lid(picture, inside, radius)
            look[eye] = *tile.corner, tile.side, radius
            look[3, 2 * eye : 2 * eye + 2] = centre
        rim = refine_loop(points_px[landmarks.LIPS_INNER, :2].astype(np.float32))
        tile = _Tile.around(rim, MOUTH_REACH)
        inside = signed_distance(tile.grid(), rim)
        shows = mouth.gap > TEETH_GAP_CM
        picture = tile.sample(colours)
        if shows:
            atlas[:, MOUTH, :, 3] = np.rint(255.0 * np.clip(inside / 1.5, 0.0, 1.0)).astype(
                np.uint8
            )
        atlas[:, MOUTH, :, :3] = np.rint(picture).astype(np.uint8)
        look[2] = *tile.corner, tile.side, float(shows)
        teeth = _teeth(picture[inside > 2.0], skin) if shows else _guessed_teeth(skin)
        edge = max(mouth.lower_edge, 0.1) if shows else TEETH_SHOWN_CM
        look[4] = *teeth, edge
        look[5] = *_flesh(skin), mouth.half_width
        look[6] = *skin, scale
        look[7] = head_box(points_px)
        return cls(atlas.reshape(SIDE, COUNT * SIDE, 4), look)


@dataclass(frozen=True)
class _Tile:
    """A square of the photo."""

    corner: tuple[float, float]
    side: float

    @classmethod
    def around(cls, rim: Floats, reach: float) -> _Tile:
        half = reach * float(np.ptp(rim, axis=0).max())
        x, y = ((rim.min(axis=0) + rim.max(axis=0)) / 2.0 - half).tolist()
        return cls((x, y), 2.0 * half)

    def grid(self) -> Floats:
        """(SIDE, SIDE, 2) photo coordinates of the tile's pixels."""
        steps = (np.arange(SIDE, dtype=np.float32) + 0.5) * (self.side / SIDE)
        return np.stack(
            np.broadcast_arrays(self.corner[0] + steps, self.corner[1] + steps[:, None]), axis=-1
        ).astype(np.float32)

    def sample(self, colours: Pixels) -> Floats:
        """(SIDE, SIDE, 3) of the photo, bilinear, its edges repeated."""
        return bilinear(colours, self.grid() - 0.5)


def bilinear(colours: Pixels, places: npt.NDArray[np.floating]) -> Floats:
    """(..., C) of a picture (h, w, C) at places (..., 2), x and y in pixels whose centres are whole
    numbers; its edges are repeated."""
    height, width = colours.shape[:2]
    x = places[..., 0].clip(0.0, width - 1.001)
    y = places[..., 1].clip(0.0, height - 1.001)
    left, top = x.astype(np.intp), y.astype(np.intp)
    fx, fy = (x - left)[..., None], (y - top)[..., None]
    right, low = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    upper = colours[top, left] * (1.0 - fx) + colours[top, right] * fx
    lower = colours[low, left] * (1.0 - fx) + colours[low, right] * fx
    return np.asarray(upper * (1.0 - fy) + lower * fy, dtype=np.float32)


def _eye(
    picture: Floats,
    seen: npt.NDArray[np.floating],
    offset: npt.NDArray[np.floating],
    radius: float,
    light: float,
) -> tuple[Pixels, Pixels]:
    """The white and the iris of an eye, both complete.

    Args:
        picture: (SIDE, SIDE, 3) the tile.
        seen: (SIDE, SIDE) where the eye is open.
        offset: (SIDE, SIDE, 2) pixels of the photo from the iris' centre.
        radius: of the iris.
        light: how bright the skin is, in [0, 1].
    """
    ratio = np.hypot(offset[..., 0], offset[..., 1]) / max(radius, 1e-3)
    white = _grown(picture, seen * np.clip((ratio - 1.12) / 0.08, 0.0, 1.0), light)
    disc = _around_centre(picture, seen * (ratio < 1.25), ratio)
    shown = float(seen[ratio < 1.0].mean()) if (ratio < 1.0).any() else 0.0
    known = np.clip((shown - 0.15) / 0.25, 0.0, 1.0)
    disc = known * disc + (1.0 - known) * _any_iris(ratio, light)
    alpha = 1.0 - np.clip((ratio - 0.93) / 0.14, 0.0, 1.0)
    return _rgba(white, np.ones_like(alpha)), _rgba(disc, alpha * alpha * (3.0 - 2.0 * alpha))


def _any_iris(ratio: npt.NDArray[np.floating], light: float) -> Floats:
    """For eyes that are shut in the photo: brown, as most people's are."""
    shade = 1.0 - 0.45 * np.clip((ratio - 0.75) / 0.25, 0.0, 1.0)
    pupil = np.clip((ratio - 0.34) / 0.08, 0.12, 1.0)
    brown = np.array([92.0, 62.0, 44.0])
    return np.asarray(light * (shade * pupil)[..., None] * brown, dtype=np.float32)


def _lid(picture: Floats, inside: Floats, radius: float) -> Pixels:
    """The skin about an eye as it is between the lashes, and where the lashes are."""
    around = np.clip(-inside / max(0.15 * radius, 0.5), 0.0, 1.0)
    near = around * np.clip(2.5 + inside / max(radius, 1.0), 0.0, 1.0)
    light = picture.mean(axis=-1)
    usual = float(np.percentile(light[near > 0.5], 70)) if (near > 0.5).any() else 128.0
    clear = np.clip((light / max(usual, 1.0) - 0.72) / 0.12, 0.0, 1.0) * around
    skin = fill(picture, clear.astype(np.float32))
    for channel in range(3):
        skin[..., channel] = blurred(skin[..., channel], 6)
    darker = around * np.clip((skin.mean(axis=-1) - light - 4.0) / 18.0, 0.0, 1.0)
    return _rgba(skin, blurred(darker.astype(np.float32), 3))


def _grown(picture: Floats, seen: npt.NDArray[np.floating], light: float) -> Floats:
    """The white of an eye: the picture where it is seen, elsewhere grown from there.

    What is seen is often little and reddened by lids near it, so what is grown is paled.
    """
    if seen.mean() < 0.002:  # shut
        white = (0.3 + 0.65 * light) * np.array([208.0, 202.0, 198.0])
        return np.broadcast_to(white.astype(np.float32), picture.shape)
    grown = fill(picture, seen)
    grey = grown.mean(axis=-1, keepdims=True)
    paled = grey + (grown - grey) * PALED
    share = seen[..., None]
    return np.asarray(picture * share + paled * (1.0 - share), dtype=np.float32)


def _around_centre(
    picture: Floats, seen: npt.NDArray[np.floating], ratio: npt.NDArray[np.floating]
) -> Floats:
    """The iris with its hidden part filled by its mirror image, else by its colour there."""
    rings = np.clip((ratio * 16.0).astype(np.intp), 0, 31)
    amount = np.bincount(rings.ravel(), seen.ravel(), 32)
    sums = np.stack(
        [np.bincount(rings.ravel(), (picture[..., c] * seen).ravel(), 32) for c in range(3)], axis=1
    )
    kernel = np.array([0.25, 0.5, 0.25])
    for _ in range(3):
        amount = np.convolve(amount, kernel, "same")
        sums = np.stack([np.convolve(sums[:, c], kernel, "same") for c in range(3)], axis=1)
    known = amount > 1e-3
    if not known.any():
        return np.broadcast_to(np.array([60.0, 45.0, 36.0], np.float32), picture.shape)
    means = sums / np.maximum(amount, 1e-3)[:, None]
    nearest = np.abs(np.arange(32)[:, None] - np.flatnonzero(known)).argmin(axis=1)
    fill = means[np.flatnonzero(known)[nearest]][rings]
    share = (blurred(seen, 2) * seen)[..., None]
    return np.asarray(picture * share + fill * (1.0 - share), dtype=np.float32)


def _rgba(colours: npt.NDArray[np.floating], alpha: npt.NDArray[np.floating]) -> Pixels:
    both = np.concatenate([colours, 255.0 * alpha[..., None]], axis=-1)
    return np.asarray(np.rint(both.clip(0.0, 255.0)), dtype=np.uint8)


def head_box(points_px: npt.NDArray[np.floating]) -> Floats:
    """Left, top, right, bottom of what must stay in sight: the face, most of the hair, the chin."""
    oval = points_px[landmarks.OVAL, :2]
    (left, top), (right, bottom) = oval.min(axis=0), oval.max(axis=0)
    width, height = right - left, bottom - top
    box = [left - 0.2 * width, top - 0.5 * height, right + 0.2 * width, bottom + 0.15 * height]
    return np.array(box, dtype=np.float32)


_CHEEKS: Final = np.array([50, 280, 101, 330, 205, 425, 118, 347, 151])


def _skin(colours: Pixels, points_px: npt.NDArray[np.floating]) -> Floats:
    """(3,) in [0, 1], of cheeks and forehead."""
    height, width = colours.shape[:2]
    at = points_px[_CHEEKS, :2].astype(np.intp)
    values = colours[at[:, 1].clip(0, height - 1), at[:, 0].clip(0, width - 1)]
    return np.asarray(median(values, axis=0) / 255.0, dtype=np.float32)


def _guessed_teeth(skin: Floats) -> Floats:
    """Teeth are nearly white in the photo's light, which the skin's brightness tells."""
    light = min(1.0, 0.42 + 0.62 * float(skin.max()))
    tint = 0.75 + 0.25 * skin / max(float(skin.max()), 1e-3)
    return np.asarray(light * np.array([0.93, 0.9, 0.84]) * tint, dtype=np.float32)


def _teeth(inside: Floats, skin: Floats) -> Floats:
    """The brightest tenth of what is behind the lips, unless that is no tooth."""
    if len(inside) < 16:
        return _guessed_teeth(skin)
    light = inside.sum(axis=1)
    teeth = median(inside[light >= np.percentile(light, 85)], axis=0) / 255.0
    return np.asarray(np.maximum(teeth, 0.9 * _guessed_teeth(skin)), dtype=np.float32)


def _flesh(skin: Floats) -> Floats:
    light = 0.35 + 0.65 * float(skin.max())
    return np.asarray(light * np.array([0.62, 0.29, 0.28]), dtype=np.float32)
