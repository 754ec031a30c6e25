"""Pixels of numpy to images and back, by the browser's own codecs."""

from __future__ import annotations

from typing import Any, Final, Self

import js
import numpy as np
import numpy.typing as npt

from persona_core.errors import PhotoError
from persona_core.portrait.file.image_header import image_type
from persona_web.bridge.site import Site

THUMBNAIL_SIDE: Final = 160
THUMBNAIL_QUALITY: Final = 0.8
PICTURE_QUALITY: Final = 0.92

Pixels = npt.NDArray[np.uint8]


class PixelCodec:
    """Encodes and decodes images."""

    def __init__(self, encoding: Any, decoding: Any) -> None:
        self._encoding = encoding
        self._decoding = decoding

    @classmethod
    async def load(cls, site: Site) -> Self:
        return cls(
            await site.load("bridge/files/pixels.js"), await site.load("bridge/files/decoding.js")
        )

    async def encode(self, pixels: Pixels, quality: float) -> bytes:
        """A WebP, or a JPEG where the browser writes none.

        Args:
            pixels: (h, w, 3) RGB.
            quality: in (0, 1].

        Raises:
            PhotoError: the browser failed (``photo-failed``).
        """
        height, width = pixels.shape[:2]
        opaque = np.full((height, width, 4), 255, dtype=np.uint8)
        opaque[..., :3] = pixels
        array = typed(js.Uint8Array, opaque)
        try:
            image = await self._encoding.encodePixels(array, width, height, quality)
        except Exception as error:  # whatever the platform says of it
            raise PhotoError(str(error)) from None
        return bytes(image.to_bytes())

    async def decode(self, image: bytes) -> Pixels:
        """(h, w, 3) RGB of a JPEG or WebP.

        Raises:
            PhotoError: it is none that the browser can open (``photo-corrupt``).
        """
        array = typed(js.Uint8Array, np.frombuffer(image, np.uint8))
        try:
            bitmap = await self._decoding.decode(array, image_type(image) or "")
        except Exception as error:
            raise PhotoError(str(error), code="photo-corrupt") from None
        try:
            return self.of_bitmap(bitmap)
        finally:
            bitmap.close()

    async def picture(self, bitmap: Any) -> bytes:
        """A JPEG of a JavaScript ``ImageBitmap``, which stays the caller's.

        Raises:
            PhotoError: the browser failed (``photo-failed``).
        """
        return await self._encoded(bitmap, bitmap.width, bitmap.height, PICTURE_QUALITY)

    async def thumbnail(self, bitmap: Any) -> bytes:
        """The square in the middle of an ``ImageBitmap``, small; as :meth:`picture`."""
        return await self._encoded(bitmap, THUMBNAIL_SIDE, THUMBNAIL_SIDE, THUMBNAIL_QUALITY)

    async def _encoded(self, bitmap: Any, width: int, height: int, quality: float) -> bytes:
        try:
            image = await self._encoding.encodeBitmap(bitmap, width, height, quality)
        except Exception as error:
            raise PhotoError(str(error)) from None
        return bytes(image.to_bytes())

    def of_bitmap(self, bitmap: Any) -> Pixels:
        """(h, w, 3) RGB of a JavaScript ``ImageBitmap``, which stays the caller's."""
        return np.ascontiguousarray(pixels_of(self._decoding, bitmap)[..., :3])


def pixels_of(decoding: Any, bitmap: Any) -> Pixels:
    """(height, width, 4) sRGB of a JavaScript ``ImageBitmap``, which stays the caller's.

    Args:
        decoding: ``bridge/files/decoding.js``.
    """
    pixels = np.empty((bitmap.height, bitmap.width, 4), dtype=np.uint8)
    decoding.readPixels(bitmap).assign_to(pixels.reshape(-1))
    return pixels


def typed(kind: Any, array: npt.NDArray[Any]) -> Any:
    """A JavaScript typed array of a numpy array's values."""
    values = kind.new(array.size)
    values.assign(np.ascontiguousarray(array))
    return values
