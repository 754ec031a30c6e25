"""``Portrait``: a photo of a face with all that is needed to bring it to life; and its bytes.

The bytes travel to peers and lie in storage, so whoever reads them trusts nothing. Layout,
little-endian: ``VPP1``, u16 width, u16 height, u8 matte width, u8 matte height, u16 reserved,
u32 image length, u32 packed matte length, 52 u8 blendshapes, 478 x 3 i16 landmarks in sixteenths
of a pixel, the image, the matte (zlib).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.errors import PortraitError
from persona_core.portrait.file import tracked_face
from persona_core.portrait.file.image_header import image_size, image_type

MAX_SIDE: Final = 1024
MIN_SIDE: Final = 64
MAX_BYTES: Final = 400_000
MATTE_SIDE: Final = 160
"""The longest side that a matte may have."""

_MAGIC: Final = b"VPP1"
_HEAD: Final = struct.Struct("<4sHHBBHII")
_FACE_END: Final = _HEAD.size + tracked_face.BYTES


@dataclass(frozen=True, slots=True, eq=False)
class Portrait:
    """A photo of one face. Treat the arrays as read-only.

    Attributes:
        image: JPEG or WebP.
        width: of the image in pixels, 64 to 1024.
        height: the same.
        landmarks: (478, 3) float32, pixels: x right, y down, z away from the viewer.
        blendshapes: (52,) float32 in [0, 1], of the photo's own expression.
        matte: (h, w) uint8 over the whole photo, at most 160 a side: 255 where the person is;
            None where nobody knows.

    Raises:
        PortraitError: values that no photo of a face has.
    """

    image: bytes
    width: int
    height: int
    landmarks: Floats
    blendshapes: Floats
    matte: npt.NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        if image_type(self.image) is None:
            raise PortraitError("the image is neither JPEG nor WebP")
        if not (MIN_SIDE <= self.width <= MAX_SIDE and MIN_SIDE <= self.height <= MAX_SIDE):
            raise PortraitError(f"an image of {self.width} x {self.height}")
        tracked_face.check(self.landmarks, self.blendshapes)
        points = self.landmarks[:, :2]
        size = np.array([self.width, self.height], dtype=np.float32)
        if (points < -0.1 * size).any() or (points > 1.1 * size).any():
            raise PortraitError("landmarks outside the image")
        if self.matte is not None and (
            self.matte.ndim != 2
            or self.matte.dtype != np.uint8
            or not 0 < min(self.matte.shape) <= max(self.matte.shape) <= MATTE_SIDE
        ):
            raise PortraitError(f"a matte of shape {self.matte.shape}")

    def to_bytes(self) -> bytes:
        """The portrait for storage and peers.

        Raises:
            PortraitError: it would have more than 400,000 bytes.
        """
        matte = b"" if self.matte is None else zlib.compress(self.matte.tobytes(), 9)
        rows, columns = (0, 0) if self.matte is None else self.matte.shape
        head = _HEAD.pack(
            _MAGIC, self.width, self.height, columns, rows, 0, len(self.image), len(matte)
        )
        face = tracked_face.to_bytes(self.landmarks, self.blendshapes)
        data = b"".join([head, face, self.image, matte])
        if len(data) > MAX_BYTES:
            raise PortraitError(f"{len(data)} bytes", code="portrait-too-large")
        return data

    @classmethod
    def from_bytes(cls, data: bytes) -> Portrait:
        """Reads what :meth:`to_bytes` wrote.

        Raises:
            PortraitError: anything else; nothing of it is used.
        """
        if len(data) > MAX_BYTES:
            raise PortraitError(f"{len(data)} bytes", code="portrait-too-large")
        if len(data) < _FACE_END or data[:4] != _MAGIC:
            raise PortraitError("not a portrait of this version")
        _, width, height, columns, rows, _, image_length, matte_length = _HEAD.unpack_from(data)
        if len(data) != _FACE_END + image_length + matte_length:
            raise PortraitError("cut short, or with more at its end")
        points, shapes = tracked_face.from_bytes(data, _HEAD.size)
        image_end = _FACE_END + image_length
        image = data[_FACE_END:image_end]
        if image_size(image) != (width, height):
            raise PortraitError(f"an image of {image_size(image)}, said to be {width} x {height}")
        return cls(
            image=image,
            width=width,
            height=height,
            landmarks=points,
            blendshapes=shapes,
            matte=_unpacked(data[image_end:], rows, columns),
        )


def _unpacked(packed: bytes, rows: int, columns: int) -> npt.NDArray[np.uint8] | None:
    if not rows or not columns:
        if packed:
            raise PortraitError("a matte without a size")
        return None
    inflate = zlib.decompressobj()
    try:
        values = inflate.decompress(packed, rows * columns)
    except zlib.error as error:
        raise PortraitError(f"the matte: {error}") from error
    if len(values) != rows * columns or inflate.unconsumed_tail or inflate.unused_data:
        raise PortraitError("a matte of another size than it says")
    return np.frombuffer(values, np.uint8).reshape(rows, columns)
