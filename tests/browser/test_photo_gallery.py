"""Photos of all kinds through the real photo reader: a portrait that moves well, or a clear word.

``VP_GALLERY_SHEET=FILE`` writes what was made of each to a picture, to look at.
"""

from __future__ import annotations

import base64
import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser
from tests.browser import photo_gallery
from tests.browser.photo_gallery import EITHER, EXPECTED
from tests.browser.test_portrait import FACES

from persona_core.errors import PhotoError
from persona_core.face import landmarks
from persona_core.portrait.making.photo import FoundFace, notes_on
from persona_core.portrait.portrait import Portrait
from persona_models.evaluate.portrait_renderer import PortraitPage
from persona_models.shipped.portraits import make_portrait

Picture = npt.NDArray[np.uint8]

SIDE = 256
BRIGHTNESS = """
async ({ image, box }) => {
  const bytes = Uint8Array.from(atob(image), (c) => c.charCodeAt(0));
  return photoReader.brightness(await photoReader.decode(bytes), ...box);
}
"""


@dataclass(frozen=True)
class Result:
    """What became of a photo: a refusal's code, or a portrait with notes, doing FACES."""

    code: str = ""
    notes: tuple[str, ...] = ()
    portrait: Portrait | None = None
    pictures: dict[str, Picture] | None = None


@pytest.fixture(scope="module")
def results(plain_browser: Browser, dist: Path) -> dict[str, Result]:
    page = PortraitPage(plain_browser, dist)
    files = photo_gallery.photos()
    found = {name: _result(page, data) for name, data in files.items()}
    page.close()
    if os.environ.get("VP_GALLERY_SHEET"):
        _sheet(files, found).save(os.environ["VP_GALLERY_SHEET"])
    return found


def _result(page: PortraitPage, photo: bytes) -> Result:
    try:
        portrait = make_portrait(page, photo)
        face = FoundFace(portrait.landmarks, portrait.blendshapes)
        request = {"image": base64.b64encode(portrait.image).decode(), "box": list(face.box)}
        notes = notes_on(face, page.evaluate(BRIGHTNESS, request))
    except PhotoError as error:
        return Result(code=error.code)
    rig = page.wear(portrait, (SIDE, SIDE))
    pictures = {name: page.show(rig.pose(shown, 0.0)) for name, shown in FACES.items()}
    return Result("", tuple(map(str, notes)), portrait, pictures)


def _sheet(files: dict[str, bytes], results: dict[str, Result]) -> Image.Image:
    """A row a photo: itself, then its portrait with each face."""
    sheet = Image.new("RGB", (SIDE * (1 + len(FACES)), SIDE * len(files)))
    pen = ImageDraw.Draw(sheet)
    for row, (name, result) in enumerate(results.items()):
        photo = Image.open(io.BytesIO(files[name])).convert("RGB")
        photo.thumbnail((SIDE, SIDE))
        sheet.paste(photo, (0, row * SIDE))
        for column, picture in enumerate((result.pictures or {}).values(), 1):
            sheet.paste(Image.fromarray(picture), (column * SIDE, row * SIDE))
        said = result.code or ", ".join(result.notes) or "fine"
        pen.text((6, row * SIDE + 6), f"{name}: {said}", fill=(255, 0, 0))
    return sheet


def test_photo_becomes_a_portrait_or_is_refused_with_the_word_that_helps(
    results: dict[str, Result],
) -> None:
    said = {name: result.code or result.notes for name, result in results.items()}
    assert {name: said[name] for name in EXPECTED} == EXPECTED
    assert set(said) == set(EXPECTED) | EITHER


def test_face_is_not_torn_when_a_photos_portrait_moves(results: dict[str, Result]) -> None:
    """A tear or a fold puts edges where the photo has none."""
    for name, result in results.items():
        if result.pictures is None or result.portrait is None:
            continue
        rest = _edges(result.pictures["rest"], result.portrait)
        for shown in ("blink", "wink", "aside", "turn"):
            assert _edges(result.pictures[shown], result.portrait) < 1.5 * rest + 1.0, (name, shown)


def test_rest_looks_like_the_photo_when_it_became_a_portrait(results: dict[str, Result]) -> None:
    for name, result in results.items():
        if result.portrait is None or result.pictures is None or "one eye" in name:
            continue
        side = min(result.portrait.width, result.portrait.height)
        with Image.open(io.BytesIO(result.portrait.image)) as image:
            left, top = (image.width - side) // 2, (image.height - side) // 2
            square = image.convert("RGB").crop((left, top, left + side, top + side))
        photo = np.asarray(square.resize((SIDE, SIDE))).astype(int)
        gap = np.abs(result.pictures["rest"].astype(int) - photo).mean()
        assert gap < 9.0, (name, gap)


def _edges(picture: Picture, portrait: Portrait) -> float:
    """Mean steepness in the middle of the face's outline."""
    zoom = SIDE / min(portrait.width, portrait.height)
    spare = np.array([portrait.width, portrait.height]) * zoom - SIDE
    oval = portrait.landmarks[landmarks.OVAL, :2] * zoom - spare / 2.0
    (left, top), (right, bottom) = oval.min(axis=0).astype(int), oval.max(axis=0).astype(int)
    grey = picture[max(top, 0) : bottom, max(left, 0) : right].astype(float).mean(axis=-1)
    return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean())
