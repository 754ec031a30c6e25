"""From a portrait and further pictures of the same person to a ``PortraitSet``.

Pictures come as pixels with the landmarks that a tracker found; the image format is whatever
``encode`` makes, so a browser's encoder does as well as another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.errors import PhotoError
from persona_core.portrait.expressions.expression import Expression, Patch, Region
from persona_core.portrait.expressions.expression_mesh import facing, mesh_places
from persona_core.portrait.expressions.portrait_set import (
    MAX_EXPRESSIONS,
    MAX_SET_BYTES,
    PortraitSet,
)
from persona_core.portrait.expressions.regions import region_mesh
from persona_core.portrait.making.cut import Pixels, cut
from persona_core.portrait.making.person_metric import same_person
from persona_core.portrait.portrait import MAX_SIDE, Portrait

Encode: TypeAlias = Callable[[Pixels, float], Awaitable[bytes]]
"""Pixels and a quality in (0, 1] to the bytes of a WebP or JPEG of that size."""

USUAL_BYTES: Final = 150_000
"""What a set is made for: base and expressions."""
LEAST_BYTES: Final = 60_000
"""That expressions get however large the base is."""
ROOM: Final = 0.06
"""About a region's vertices, in sides of the patch."""
SIDES: Final = {Region.FACE: 288, Region.MOUTH: 208, Region.EYE_RIGHT: 160, Region.EYE_LEFT: 160}
"""Longest side of a patch's image, pixels; a picture that has less is not enlarged."""
PARTS: Final = (Region.MOUTH, Region.EYE_RIGHT, Region.EYE_LEFT)
ENCODINGS: Final = (
    (1.0, 0.85, tuple(Region)),
    (1.0, 0.75, tuple(Region)),
    (0.8, 0.72, tuple(Region)),
    (0.65, 0.65, tuple(Region)),
    (0.8, 0.72, PARTS),
    (0.6, 0.6, PARTS),
)
"""Share of the sides, quality and regions, tried in turn until a set is small enough."""


@dataclass(frozen=True, slots=True, eq=False)
class SetPicture:
    """Another picture of the portrait's person.

    Attributes:
        pixels: (h, w, 3) uint8 RGB.
        landmarks: (478, 3) float32, in its pixels.
        blendshapes: (52,) float32 in [0, 1].
    """

    pixels: Pixels
    landmarks: Floats
    blendshapes: Floats


@dataclass(frozen=True, slots=True)
class PatchBox:
    """A rectangle of a picture, in whole pixels; it may reach beyond the picture.

    Attributes:
        left: edge.
        top: edge.
        width: above 0.
        height: above 0.
    """

    left: int
    top: int
    width: int
    height: int


def patch_box(points: npt.NDArray[np.floating], region: Region) -> PatchBox:
    """What a region's patch has to hold of a picture.

    Args:
        points: (478, 3) landmarks in pixels.
        region: of the face.
    """
    places = mesh_places(points)[region_mesh(region).vertices, :2]
    low, high = places.min(axis=0), places.max(axis=0)
    room = ROOM * float((high - low).max())
    left, top = np.floor(low - room).astype(int).tolist()
    right, bottom = np.ceil(high + room).astype(int).tolist()
    return PatchBox(left, top, max(1, right - left), max(1, bottom - top))


async def make_set(
    base: Portrait,
    base_pixels: Pixels,
    pictures: Sequence[SetPicture],
    encode: Encode,
    most_bytes: int = USUAL_BYTES,
) -> PortraitSet:
    """A portrait and pictures as a set.

    Args:
        base: the portrait.
        base_pixels: its image, decoded.
        pictures: at most eight, the most useful first: the last are left out where the whole
            would be too large.
        encode: makes images.
        most_bytes: that the set should have.

    Raises:
        PhotoError: ``set-other-person`` where a picture shows somebody else, ``set-too-many``.
    """
    if len(pictures) > MAX_EXPRESSIONS:
        raise PhotoError(f"{len(pictures)} pictures", code="set-too-many")
    for picture in pictures:
        if not same_person(base.landmarks, picture.landmarks):
            raise PhotoError("not the portrait's person", code="set-other-person")
    own = len(base.to_bytes())
    budget = min(max(most_bytes - own, LEAST_BYTES), MAX_SET_BYTES - own)
    for count in range(len(pictures), 0, -1):
        for encoding in ENCODINGS:
            made = [
                await _expression(base, base_pixels, picture, encode, encoding)
                for picture in pictures[:count]
            ]
            if sum(len(each.to_bytes()) for each in made) <= budget:
                return PortraitSet(base, tuple(made))
    return PortraitSet(base)


async def _expression(
    base: Portrait,
    base_pixels: Pixels,
    picture: SetPicture,
    encode: Encode,
    encoding: tuple[float, float, tuple[Region, ...]],
) -> Expression:
    patches = []
    shrink, quality, regions = encoding
    # Whatever the picture's size, its pixels are told in those of a small one.
    unit = min(1.0, MAX_SIDE / max(picture.pixels.shape[:2]))
    for region in regions:
        box = patch_box(picture.landmarks, region)
        longest = max(16.0, shrink * SIDES[region])
        pixels = max(1.0, max(box.width, box.height) / longest)
        width, height = (max(16, round(side / pixels)) for side in (box.width, box.height))
        part = cut(picture.pixels, (box.left, box.top), pixels, width, height)
        gain, offset = colour_match(
            base_pixels, base.landmarks, picture.pixels, picture.landmarks, region
        )
        matched = np.rint(np.clip(part * gain + offset, 0.0, 255.0)).astype(np.uint8)
        image = await encode(matched, quality)
        place = (unit * box.left, unit * box.top, unit * pixels)
        patches.append(Patch(region, image, width, height, *place))
    return Expression(
        landmarks=(picture.landmarks * unit).astype(np.float32),
        blendshapes=picture.blendshapes.astype(np.float32).clip(0.0, 1.0),
        patches=tuple(patches),
    )


def colour_match(
    base_pixels: Pixels, base: Floats, pixels: Pixels, points: Floats, region: Region
) -> tuple[Floats, Floats]:
    """Gain and offset (3,) that give a picture the base's light on the skin about a region.

    Args:
        base_pixels: (h, w, 3) uint8.
        base: (478, 3) landmarks in them.
        pixels: (h, w, 3) uint8, of the picture.
        points: (478, 3) landmarks in them.
        region: skin is looked at where it fades out, as far as both pictures see it.
    """
    mask = region_mesh(region).mask
    seen = np.minimum(facing(base), facing(points)) > 0.5
    skin = (mask > 0.0) & (mask < 0.9) & seen
    if skin.sum() < 12:
        return np.ones(3, dtype=np.float32), np.zeros(3, dtype=np.float32)
    wanted = _colours(base_pixels, mesh_places(base)[skin, :2])
    found = _colours(pixels, mesh_places(points)[skin, :2])
    gain = np.clip((wanted.mean(axis=0) + 8.0) / (found.mean(axis=0) + 8.0), 0.6, 1.6)
    offset = (wanted - gain * found).mean(axis=0)
    return gain.astype(np.float32), offset.astype(np.float32)


def _colours(pixels: Pixels, places: Floats) -> Floats:
    height, width = pixels.shape[:2]
    column = np.clip(places[:, 0].astype(np.intp), 0, width - 1)
    row = np.clip(places[:, 1].astype(np.intp), 0, height - 1)
    return np.asarray(pixels[row, column, :3], dtype=np.float32)
