"""Makes the portraits that the app ships: of photos in the public domain, and of rendered people.

All are read by the very scripts that read a person's own photo in the browser.
``app/portraits/README.md`` tells where the pictures come from.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from persona_core.errors import PortraitError
from persona_core.portrait.making.photo import (
    choose_face,
    crop_box,
    face_again,
    matte_holds,
    read_faces,
)
from persona_core.portrait.portrait import MATTE_SIDE, Portrait
from persona_models import ROOT
from persona_models.evaluate.portrait_renderer import PortraitPage, PortraitRenderer

FOLDER = ROOT / "app" / "portraits"
LONGEST = 768
"""A built-in portrait's longest side: the pictures have no more to show."""
QUALITY = 86
MAX_BYTES = 120 * 1024
THUMBNAIL = 160

READ = """
async ({ code, files, image, box, longest }) => {
  const at = (path) => new URL(path, location.origin).href;
  const { createPhotoReader } = await import(at(`${code}web/bridge/files/photo.js`));
  for (const name of Object.keys(files)) files[name] = at(files[name]);
  const worker = at(`${code}web/bridge/files/photo.worker.js`);
  const reader = (window.photoReader ??= createPhotoReader(worker, files));
  let bitmap = await reader.decode(Uint8Array.from(atob(image), (c) => c.charCodeAt(0)));
  if (box) bitmap = await reader.crop(bitmap, ...box);
  const values = Array.from(await reader.faces(bitmap));
  const { matte, width, height } = await reader.person(bitmap, longest);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  return { values, matte: [Array.from(matte), height, width], size: [bitmap.width, bitmap.height],
           picture: canvas.toDataURL("image/png") };
}
"""
FILES = {
    "bundle": "vendor/mediapipe/vision_bundle.mjs",
    "wasm": "vendor/mediapipe/wasm",
    "model": "vendor/models/face_landmarker.task",
    "segmenter": "vendor/models/selfie_segmentation.tflite",
}


def make_portrait(page: PortraitPage, photo: bytes) -> Portrait:
    """The portrait of a photo, as the browser would make it, at most 768 pixels a side.

    Raises:
        PhotoError: the photo has no face for a portrait.
    """
    first = _read(page, photo, None)
    width, height = first["size"]
    face = choose_face(read_faces(np.array(first["values"]), width, height), width, height)
    box = crop_box(face, width, height, LONGEST)
    part = [box.left, box.top, box.width, box.height, box.out_width, box.out_height]
    again = _read(page, photo, part)
    faces = read_faces(np.array(again["values"]), box.out_width, box.out_height)
    found = face_again(faces, face, box)
    values, rows, columns = again["matte"]
    matte = np.array(values, dtype=np.uint8).reshape(rows, columns)
    holds = matte_holds(matte, found, box.out_width, box.out_height)
    picture = Image.open(io.BytesIO(base64.b64decode(again["picture"].partition(",")[2])))
    file = io.BytesIO()
    picture.convert("RGB").save(file, "WEBP", quality=QUALITY, method=6)
    return Portrait(
        image=file.getvalue(),
        width=box.out_width,
        height=box.out_height,
        landmarks=found.landmarks,
        blendshapes=found.blendshapes,
        matte=matte if holds else None,
    )


def thumbnail(portrait: Portrait) -> bytes:
    """A square WebP of the portrait, 160 pixels a side."""
    picture = Image.open(io.BytesIO(portrait.image))
    side = min(picture.size)
    left = (picture.width - side) // 2
    square = picture.crop((left, 0, left + side, side))
    file = io.BytesIO()
    small = square.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS)
    small.save(file, "WEBP", quality=80, method=6)
    return file.getvalue()


def _read(page: PortraitPage, photo: bytes, box: list[int] | None) -> dict[str, Any]:
    request = {
        "code": page.code,
        "files": FILES,
        "image": base64.b64encode(photo).decode(),
        "box": box,
        "longest": MATTE_SIDE,
    }
    read: dict[str, Any] = page.evaluate(READ, request)
    return read


def draw_sitters(ict: Path, names: Sequence[str], folder: Path) -> dict[str, Path]:
    """Renders people of :data:`~persona_models.data.sitters.SITTERS` as PNG files.

    Args:
        ict: ICT-FaceKit as an ``.npz`` file.
        names: of the sitters; none for all.
        folder: where the files go.

    Returns:
        The files by the sitters' names.
    """
    from persona_models.data.sitters import SITTERS
    from persona_models.data.studio import PhotoStudio
    from persona_models.faces.ict_face import IctFace

    studio = PhotoStudio(IctFace.load(ict))
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name in names or SITTERS:
        files[name] = folder / f"{name}.png"
        Image.fromarray(studio.picture(SITTERS[name])).save(files[name])
    return files


def make_portraits(
    photos: Mapping[str, Path], dist: Path, chromium: str, say: Callable[[str], None]
) -> None:
    """Writes ``<name>.portrait`` and ``<name>.thumbnail.webp`` of every photo.

    Args:
        photos: by the portraits' names.
        dist: the built site.
        chromium: path of the browser.
        say: hears of each portrait's size.

    Raises:
        PhotoError: a photo has no face for a portrait.
        PortraitError: a portrait is larger than those that the app ships may be.
    """
    FOLDER.mkdir(exist_ok=True)
    with PortraitRenderer(dist, chromium) as renderer:
        for name, photo in photos.items():
            portrait = make_portrait(renderer.page, photo.read_bytes())
            data = portrait.to_bytes()
            if len(data) > MAX_BYTES:
                raise PortraitError(f"{name}: {len(data)} bytes", code="portrait-too-large")
            (FOLDER / f"{name}.portrait").write_bytes(data)
            (FOLDER / f"{name}.thumbnail.webp").write_bytes(thumbnail(portrait))
            say(f"{name}: {portrait.width} x {portrait.height}, {len(data)} bytes")
