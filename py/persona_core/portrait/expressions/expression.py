"""``Expression``: another picture of a portrait's person, as patches; and its bytes.

The bytes travel to peers and lie in storage, so whoever reads them trusts nothing. Layout,
little-endian: ``VPX1``, u8 number of patches, 3 reserved, 52 u8 blendshapes, 478 x 3 i16 landmarks
in sixteenths of a pixel; then for each patch u8 region, u8 reserved, u16 width, u16 height, u16
reserved, f32 left, f32 top, f32 pixels, u32 image length, and the image. Together at most 400,000
bytes. No image is decoded here: its size is that of its header.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats, Indices
from persona_core.errors import PortraitError
from persona_core.face import landmarks
from persona_core.portrait.file import tracked_face
from persona_core.portrait.file.image_header import image_size, image_type
from persona_core.portrait.portrait import MAX_BYTES

MAX_PATCH_SIDE: Final = 512
MIN_PATCH_SIDE: Final = 16
MAX_COORDINATE: Final = 2047.0
"""Pixels of a picture: the largest that sixteenths in 16 bits can say."""
MAX_STRAY_CM: Final = 8.0
"""How far a landmark of the skin may lie from the canonical face's, in the face frame. None of 961
photographed faces has one beyond 2.8 cm, and none of four clips of talking people beyond 4.9."""

_MAGIC: Final = b"VPX1"
_HEAD: Final = struct.Struct("<4sB3x")
_PATCH: Final = struct.Struct("<BxHH2xfffI")
_FACE_END: Final = _HEAD.size + tracked_face.BYTES


class Region(IntEnum):
    """A part of a face that a picture of its own can show."""

    FACE = 0
    MOUTH = 1
    EYE_RIGHT = 2
    EYE_LEFT = 3


CORES: Final[dict[Region, Indices]] = {
    Region.FACE: np.concatenate([landmarks.EYE_RIGHT, landmarks.EYE_LEFT, landmarks.LIPS_OUTER]),
    Region.MOUTH: landmarks.LIPS_OUTER,
    Region.EYE_RIGHT: landmarks.EYE_RIGHT,
    Region.EYE_LEFT: landmarks.EYE_LEFT,
}
"""The landmarks that a region's patch has to reach over. Skin around them may be cut off, as in a
picture that a cheek or the forehead leaves."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle cut out of a picture.

    Attributes:
        region: what it shows.
        image: JPEG or WebP, its colours matched to those of the portrait.
        width: of the image in pixels, 16 to 512.
        height: the same.
        left: where it lies in the picture that the landmarks are of, pixels.
        top: the same.
        pixels: how many of the picture's pixels one of the image's is, above 0.

    Raises:
        PortraitError: values that no patch has.
    """

    region: Region
    image: bytes
    width: int
    height: int
    left: float
    top: float
    pixels: float

    def __post_init__(self) -> None:
        if image_type(self.image) is None:
            raise PortraitError("a patch is neither JPEG nor WebP")
        sides = (self.width, self.height)
        if not MIN_PATCH_SIDE <= min(sides) <= max(sides) <= MAX_PATCH_SIDE:
            raise PortraitError(f"a patch of {self.width} x {self.height}")
        if image_size(self.image) != sides:
            raise PortraitError(f"a patch of {image_size(self.image)}, said to be {sides}")
        if not all(math.isfinite(value) for value in (self.left, self.top, self.pixels)):
            raise PortraitError("a patch that lies nowhere")
        if not 0.05 <= self.pixels <= 20.0 or max(abs(self.left), abs(self.top)) > MAX_COORDINATE:
            raise PortraitError("a patch far from its picture")

    def covers(self, points: Floats) -> bool:
        """Whether it reaches over all of these points (n, 2), pixels of the picture."""
        corner = np.array([self.left, self.top])
        size = self.pixels * np.array([self.width, self.height])
        return bool(((points >= corner) & (points <= corner + size)).all())


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """One further picture of a person. Treat the arrays as read-only.

    Attributes:
        landmarks: (478, 3) float32, pixels of the picture that the patches were cut out of: x
            right, y down, z away from the viewer.
        blendshapes: (52,) float32 in [0, 1], as tracked in that picture.
        patches: one to four, of different regions; each reaches over its region's :data:`CORES`.

    Raises:
        PortraitError: values that no picture of a face has.
    """

    landmarks: Floats
    blendshapes: Floats
    patches: tuple[Patch, ...]

    def __post_init__(self) -> None:
        placement = tracked_face.check(self.landmarks, self.blendshapes)
        regions = [patch.region for patch in self.patches]
        if not regions or len(set(regions)) < len(regions):
            raise PortraitError("no patch, or two of one region")
        if np.abs(self.landmarks).max() > MAX_COORDINATE:
            raise PortraitError("landmarks outside of any picture")
        strays = self.landmarks - placement.to_image(landmarks.canonical_points())
        stray = np.linalg.norm(strays[: landmarks.FACE_COUNT], axis=1).max()
        if not stray <= MAX_STRAY_CM * placement.scale:
            raise PortraitError("landmarks that are no face's")
        for patch in self.patches:
            if not patch.covers(self.landmarks[CORES[patch.region], :2]):
                raise PortraitError(f"a patch beside the {patch.region.name.lower()}")

    def patch(self, region: Region) -> Patch | None:
        """The patch of a region, where this picture has one."""
        return next((patch for patch in self.patches if patch.region is region), None)

    def to_bytes(self) -> bytes:
        """The expression for storage and peers.

        Raises:
            PortraitError: it would have more than 400,000 bytes.
        """
        face = tracked_face.to_bytes(self.landmarks, self.blendshapes)
        parts = [_HEAD.pack(_MAGIC, len(self.patches)), face]
        for patch in self.patches:
            place = (patch.left, patch.top, patch.pixels)
            size = (patch.width, patch.height)
            parts += [_PATCH.pack(patch.region, *size, *place, len(patch.image)), patch.image]
        data = b"".join(parts)
        if len(data) > MAX_BYTES:
            raise PortraitError(f"{len(data)} bytes", code="portrait-too-large")
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> Expression:
        """Reads what :meth:`to_bytes` wrote.

        Raises:
            PortraitError: anything else; nothing of it is used.
        """
        if len(data) > MAX_BYTES:
            raise PortraitError(f"{len(data)} bytes", code="portrait-too-large")
        if len(data) < _FACE_END or data[:4] != _MAGIC:
            raise PortraitError("not an expression of this version")
        points, shapes = tracked_face.from_bytes(data, _HEAD.size)
        patches, offset = [], _FACE_END
        for _ in range(_HEAD.unpack_from(data)[1]):
            patch, offset = _read_patch(data, offset)
            patches.append(patch)
        if offset != len(data):
            raise PortraitError("an expression with more at its end")
        return cls(
            landmarks=points,
            blendshapes=shapes,
            patches=tuple(patches),
        )


def _read_patch(data: bytes, offset: int) -> tuple[Patch, int]:
    """The patch at ``offset``, and where it ends."""
    start = offset + _PATCH.size
    if start > len(data):
        raise PortraitError("an expression is cut short")
    region, width, height, left, top, pixels, length = _PATCH.unpack_from(data, offset)
    if start + length > len(data):
        raise PortraitError("a patch is cut short")
    if region not in tuple(Region):
        raise PortraitError(f"a patch of the region {region}")
    image = data[start : start + length]
    return Patch(Region(region), image, width, height, left, top, pixels), start + length
