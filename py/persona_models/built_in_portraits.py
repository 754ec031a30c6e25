"""Makes the portraits that the app ships, of photos in the public domain.

The photos are read by the very scripts that read a person's own photo in the browser::

    python -m persona_models.built_in_portraits DIST CHROMIUM NAME=PHOTO ...

``app/portraits/README.md`` tells where the photos come from.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from persona_core.avatar.portrait.photo import choose_face, crop_box, read_faces
from persona_core.avatar.portrait.portrait import MATTE_SIDE, Portrait
from persona_models.portrait_renderer import PortraitPage, PortraitRenderer

FOLDER = Path(__file__).parents[2] / "app" / "portraits"
LONGEST = 768
"""A built-in portrait's longest side: the photos have no more to show."""
QUALITY = 86
MAX_BYTES = 80 * 1024
THUMBNAIL = 160

READ = """
async ({ code, files, image, box, longest }) => {
  const at = (path) => new URL(path, location.origin).href;
  const { createPhotoReader } = await import(at(`${code}web/bridge/photo.js`));
  for (const name of Object.keys(files)) files[name] = at(files[name]);
  const reader = createPhotoReader(at(`${code}web/bridge/photo.worker.js`), files);
  let bitmap = await reader.decode(Uint8Array.from(atob(image), (c) => c.charCodeAt(0)));
  if (box) bitmap = await reader.crop(bitmap, ...box);
  const values = Array.from(await reader.faces(bitmap));
  const { matte, width, height } = await reader.person(bitmap, longest);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  reader.close();
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
    [found] = read_faces(np.array(again["values"]), box.out_width, box.out_height)
    values, rows, columns = again["matte"]
    picture = Image.open(io.BytesIO(base64.b64decode(again["picture"].partition(",")[2])))
    file = io.BytesIO()
    picture.convert("RGB").save(file, "WEBP", quality=QUALITY, method=6)
    return Portrait(
        image=file.getvalue(),
        width=box.out_width,
        height=box.out_height,
        landmarks=found.landmarks,
        blendshapes=found.blendshapes,
        matte=np.array(values, dtype=np.uint8).reshape(rows, columns),
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
    return page.evaluate(READ, request)


def main(words: list[str]) -> None:
    """Writes ``<name>.portrait`` and ``<name>.thumbnail.webp`` for every ``NAME=PHOTO``."""
    dist, chromium, *pairs = words
    FOLDER.mkdir(exist_ok=True)
    with PortraitRenderer(Path(dist), chromium) as renderer:
        for pair in pairs:
            name, _, photo = pair.partition("=")
            portrait = make_portrait(renderer.page, Path(photo).read_bytes())
            data = portrait.to_bytes()
            if len(data) > MAX_BYTES:
                sys.exit(f"{name}: {len(data)} bytes are too many")
            (FOLDER / f"{name}.portrait").write_bytes(data)
            (FOLDER / f"{name}.thumbnail.webp").write_bytes(thumbnail(portrait))
            size = f"{portrait.width} x {portrait.height}"
            sys.stdout.write(f"{name}: {size}, {len(data)} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1:])
