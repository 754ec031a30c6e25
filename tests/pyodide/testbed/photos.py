"""Photos made of a built-in portrait: of one face, of several, of none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import js
import numpy as np

from persona_core.errors import PhotoError
from persona_core.portrait.making.photo import FoundFace
from persona_core.portrait.portrait import Portrait
from persona_web.bridge.files.photo_reader import PhotoReader
from persona_web.bridge.site import Site


async def officer() -> Portrait:
    """A built-in portrait."""
    return Portrait.from_bytes(await Site().fetch_bytes("portraits/officer.portrait"))


def face_width(portrait: Portrait) -> float:
    return FoundFace(portrait.landmarks, portrait.blendshapes).width


async def photo(
    size: tuple[int, int],
    faces: list[tuple[float, float, float]],
    kind: str = "image/jpeg",
    quarter_turn: bool = False,
) -> bytes:
    """An encoded photo of ``size`` in which the officer's portrait stands at (left, top), so many
    pixels wide; lying on its left side if asked."""
    portrait = await officer()
    data = js.Uint8Array.new(len(portrait.image))
    data.assign(portrait.image)
    bitmap = await js.createImageBitmap(js.Blob.new([data]))
    canvas = js.OffscreenCanvas.new(*(reversed(size) if quarter_turn else size))
    context = canvas.getContext("2d")
    if quarter_turn:  # what a camera held upright writes, with a note to turn it back
        context.translate(0, size[0])
        context.rotate(-js.Math.PI / 2)
    context.fillStyle = "#6080a0"
    context.fillRect(0, 0, *size)
    for left, top, width in faces:
        context.drawImage(bitmap, left, top, width, width * portrait.height / portrait.width)
    blob = await canvas.convertToBlob(Site.to_object({"type": kind, "quality": 0.92}))
    return bytes((await blob.arrayBuffer()).to_bytes())


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """The JPEG with an Exif note that says how to turn it (Exif 2.32, tag 0x0112)."""
    entry = b"\x01\x12\x00\x03\x00\x00\x00\x01" + bytes([0, orientation, 0, 0])
    tiff = b"MM\x00\x2a\x00\x00\x00\x08\x00\x01" + entry + b"\x00\x00\x00\x00"
    body = b"Exif\x00\x00" + tiff
    return jpeg[:2] + b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:]


@asynccontextmanager
async def photo_reader() -> AsyncIterator[PhotoReader]:
    reader = await PhotoReader.open(Site())
    try:
        yield reader
    finally:
        reader.close()


async def refusal(reader: PhotoReader, photo: Any) -> str:
    """The code with which a photo is refused; empty if it is not."""
    try:
        await reader.read(photo)
    except PhotoError as error:
        return error.code
    return ""


def misplaced(portrait: Portrait, other: Portrait) -> float:
    """How far the landmarks of two portraits of one photo differ, in face widths, whatever the
    crop."""
    shapes = []
    for points in (portrait.landmarks[:, :2], other.landmarks[:, :2]):
        level = points - points.mean(axis=0)
        shapes.append(level / np.ptp(level[:, 0]))
    return float(np.linalg.norm(shapes[0] - shapes[1], axis=1).mean())
