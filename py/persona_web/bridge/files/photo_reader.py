"""Photos become portraits here, in the browser: no picture leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import js
import numpy as np

from persona_core.errors import PhotoError, PortraitError
from persona_core.portrait.making.photo import (
    MAX_TURN_DEGREES,
    CropBox,
    FoundFace,
    Note,
    choose_face,
    crop_box,
    face_again,
    matte_holds,
    notes_on,
    read_faces,
)
from persona_core.portrait.portrait import MATTE_SIDE, MAX_SIDE, Portrait
from persona_web.bridge.media.face_tracker import FILES
from persona_web.bridge.site import Site

SEGMENTER: Final = "vendor/models/selfie_segmentation.tflite"
MAX_FILE_BYTES: Final = 60 * 1024 * 1024
MAX_PIXELS: Final = 80_000_000
"""More is no photo of a camera that people have, and would take 320 MB to decode."""
ENCODINGS: Final = ((MAX_SIDE, 0.9), (MAX_SIDE, 0.8), (MAX_SIDE, 0.65), (768, 0.7), (512, 0.6))
"""Longest side and quality, tried in turn until the portrait is small enough to travel."""


HINDRANCES: Final = {"no-webgl": "photo-no-webgl", "scrambled": "pictures-scrambled"}
"""Codes of what the browser stands in the way with; see ``sight.js``."""
SEEN_SIDE: Final = 896
"""Longest side of what :meth:`PhotoReader.see` gives: a patch is a small part of it."""


@dataclass(frozen=True, slots=True, eq=False)
class SeenPhoto:
    """A photo's person, cut out.

    Attributes:
        picture: a JavaScript ``ImageBitmap``, whoever has it closes it.
        face: in its pixels.
        notes: what the photo would be better without.
    """

    picture: Any
    face: FoundFace
    notes: tuple[Note, ...]


class PhotoReader:
    """Makes portraits of photos by a worker of its own, which MediaPipe lives in.

    Attributes:
        notes: what the photo read last would be better without; it became a portrait all the
            same.
    """

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self.notes: tuple[Note, ...] = ()

    @classmethod
    async def open(cls, site: Site) -> Self:
        """Starts the worker, which loads while the first photo is being decoded."""
        module = await site.load("bridge/files/photo.js")
        files = {name: site.address(path) for name, path in FILES.items()}
        files["segmenter"] = site.address(SEGMENTER) if site.has(SEGMENTER) else ""
        return cls(
            module.createPhotoReader(
                site.web_address("bridge/files/photo.worker.js"), site.to_object(files)
            )
        )

    async def read(self, photo: Any) -> Portrait:
        """The portrait of a photo.

        Args:
            photo: a JavaScript ``File``, ``Blob``, ``ImageBitmap`` or video frame; or an
                encoded image's ``bytes``.

        Raises:
            PhotoError: ``photo-too-large``, ``photo-corrupt``, ``photo-no-face``,
                ``photo-several-faces``, ``photo-tiny-face``, ``photo-cut-off``,
                ``photo-profile``, ``photo-too-dark``; where the reader itself failed,
                ``photo-no-webgl``, ``pictures-scrambled`` or else ``photo-failed``.
        """
        self.notes = ()
        bitmap = await self._decode(photo)
        try:
            face = choose_face(await self._faces(bitmap), bitmap.width, bitmap.height)
            return await self._portrait(bitmap, face)
        finally:
            bitmap.close()

    async def see(self, photo: Any, most_turn: float = MAX_TURN_DEGREES) -> SeenPhoto:
        """A photo's person as pixels, for who makes more of it than a portrait.

        Args:
            photo: as in :meth:`read`.
            most_turn: degrees that the face may look past the camera.

        Raises:
            PhotoError: as in :meth:`read`.
        """
        bitmap = await self._decode(photo)
        try:
            faces = await self._faces(bitmap)
            face = choose_face(faces, bitmap.width, bitmap.height, most_turn)
            box = crop_box(face, bitmap.width, bitmap.height, SEEN_SIDE)
            crop = await self._cropped(bitmap, box)
        finally:
            bitmap.close()
        try:
            found = face_again(await self._faces(crop), face, box)
            notes = notes_on(found, await self._brightness(crop, found))
        except PhotoError:
            crop.close()
            raise
        return SeenPhoto(crop, found, notes)

    async def find(self, bitmap: Any) -> list[FoundFace]:
        """All faces in an ``ImageBitmap``, which stays the caller's.

        Raises:
            PhotoError: the reader itself failed.
        """
        return await self._faces(bitmap)

    def close(self) -> None:
        """Ends the worker; a photo being read fails."""
        self._reader.close()

    async def _decode(self, photo: Any) -> Any:
        if isinstance(photo, bytes):
            size = len(photo)
            source = js.Uint8Array.new(size)
            source.assign(photo)
        else:
            source, size = photo, int(getattr(photo, "size", 0) or 0)
        if size > MAX_FILE_BYTES:
            raise PhotoError(f"{size} bytes", code="photo-too-large")
        try:
            bitmap = await self._reader.decode(source)
        except Exception as error:  # whatever the platform says of it
            raise PhotoError(str(error), code="photo-corrupt") from None
        if bitmap.width * bitmap.height > MAX_PIXELS:
            detail = f"{bitmap.width} x {bitmap.height} pixels"
            bitmap.close()
            raise PhotoError(detail, code="photo-too-large")
        return bitmap

    async def _faces(self, bitmap: Any) -> list[FoundFace]:
        try:
            found = await self._reader.faces(bitmap)
        except Exception as error:
            code = HINDRANCES.get(str(getattr(error, "name", "")))
            raise PhotoError(str(error), code=code) from None
        values = np.empty(found.length, dtype=np.float64)
        found.assign_to(values)
        return read_faces(values, bitmap.width, bitmap.height)

    async def _portrait(self, bitmap: Any, face: FoundFace) -> Portrait:
        for longest, quality in ENCODINGS:
            box = crop_box(face, bitmap.width, bitmap.height, longest)
            portrait = await self._encoded(bitmap, face, box, quality)
            try:
                portrait.to_bytes()
            except PortraitError:
                continue
            return portrait
        raise PhotoError("no encoding is small enough", code="photo-too-large")

    async def _encoded(
        self, bitmap: Any, face: FoundFace, box: CropBox, quality: float
    ) -> Portrait:
        crop = await self._cropped(bitmap, box)
        try:
            # Seen larger the same face is found more exactly.
            found = face_again(await self._faces(crop), face, box)
            brightness = await self._brightness(crop, found)
            matte = await self._matte(crop)
            if matte is not None and not matte_holds(matte, found, crop.width, crop.height):
                matte = None
            image = (await self._reader.encode(crop, quality)).to_bytes()
        except PhotoError:
            raise
        except Exception as error:
            raise PhotoError(str(error)) from None
        finally:
            crop.close()
        notes = notes_on(found, brightness)
        self.notes = notes if matte is not None else (*notes, Note.NO_MATTE)
        return Portrait(
            image=bytes(image),
            width=box.out_width,
            height=box.out_height,
            landmarks=found.landmarks,
            blendshapes=found.blendshapes,
            matte=matte,
        )

    async def _cropped(self, bitmap: Any, box: CropBox) -> Any:
        try:
            return await self._reader.crop(
                bitmap, box.left, box.top, box.width, box.height, box.out_width, box.out_height
            )
        except Exception as error:
            raise PhotoError(str(error)) from None

    async def _brightness(self, crop: Any, face: FoundFace) -> float:
        try:
            return float(await self._reader.brightness(crop, *face.box))
        except Exception as error:
            raise PhotoError(str(error)) from None

    async def _matte(self, crop: Any) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
        found = await self._reader.person(crop, MATTE_SIDE)
        if not found.width:
            return None
        matte = np.empty((found.height, found.width), dtype=np.uint8)
        found.matte.assign_to(matte.reshape(-1))
        return matte
