"""Makes the pictures of the styles and of the blurred background.

    PYTHONPATH=py python -m tools.pictures.effects docs/pictures PHOTO ...

A photo is an image, with its matte beside it as ``<name>-matte.png`` if it has one, or a
``.portrait``. Each is shown square, cut from the middle of its top; two drawn characters follow.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from tests.support import scenes
from tests.support.bare_page import bare_page
from tests.support.chromium import launch
from tests.support.pictures import decode
from tests.support.shown import FILES

from persona_core.portrait.portrait import Portrait

SIZE = 320
CHARACTERS = (0, 2)
PAPER = (240, 236, 229)
MOST_BYTES = 40 * 1024
EFFECTS = {
    "none": {},
    "cartoon": {"style": "cartoon", "taps": 3},
    "watercolour": {"style": "watercolour", "taps": 3},
    "pixel": {"style": "pixel", "taps": 3},
    "blur": {"blur": 0.7, "taps": 3},
}


def square(picture: Image.Image) -> scenes.Picture:
    side = min(picture.size)
    left = (picture.width - side) // 2
    cut = picture.crop((left, 0, left + side, side))
    return np.asarray(cut.resize((SIZE, SIZE), Image.Resampling.LANCZOS))


def read(path: Path) -> tuple[scenes.Picture, scenes.Picture]:
    """(SIZE, SIZE, 3) photo and (SIZE, SIZE) matte."""
    if path.suffix == ".portrait":
        portrait = Portrait.from_bytes(path.read_bytes())
        photo = Image.open(io.BytesIO(portrait.image)).convert("RGB")
        matte = None if portrait.matte is None else Image.fromarray(portrait.matte)
    else:
        photo = Image.open(path).convert("RGB")
        beside = path.with_name(f"{path.stem}-matte.png")
        matte = Image.open(beside).convert("L") if beside.exists() else None
    if matte is None:
        return square(photo), np.full((SIZE, SIZE), 255, np.uint8)
    return square(photo), square(matte.resize(photo.size, Image.Resampling.BICUBIC))


def show(page: Page, photos: list[Path]) -> dict[str, Image.Image]:
    """A strip of everybody for each effect."""
    people = len(photos) + len(CHARACTERS)
    strips = {name: Image.new("RGB", (SIZE * people, SIZE), PAPER) for name in EFFECTS}
    page.evaluate("async () => { window.effects = await import('/effects_page.js') }")
    for index in range(people):
        page.evaluate(
            "async (size) => { window.shown = await effects.open('webgl2', size, size) }", SIZE
        )
        if index < len(photos):
            pictures = [scenes.data_url(picture) for picture in read(photos[index])]
            page.evaluate("(pictures) => effects.portray(shown, ...pictures)", pictures)
        else:
            character = scenes.drawn(CHARACTERS[index - len(photos)])
            page.evaluate("(character) => effects.character(shown, character)", character)
        for name, strip in strips.items():
            data = page.evaluate("(e) => effects.picture(shown, e)", EFFECTS[name])
            picture = Image.fromarray(decode(data).astype(np.uint8))
            strip.paste(picture, (index * SIZE, 0), picture)
        page.evaluate("shown.surface.close(); shown.canvas.remove()")
    return strips


def save(picture: Image.Image, path: Path) -> None:
    """Writes the best WebP that is small enough."""
    for quality in range(90, 30, -5):
        picture.save(path, quality=quality, method=6)
        if path.stat().st_size <= MOST_BYTES:
            return


def take(folder: Path, photos: list[Path]) -> None:
    """Writes ``style-<name>.webp`` for each style and ``style-blur.webp``."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        with bare_page(browser, FILES) as page:
            strips = show(page, photos)
        browser.close()
    width = SIZE * len(photos)
    for name in ("cartoon", "watercolour", "pixel"):
        save(strips[name], folder / f"style-{name}.webp")
    # A drawn character has no background.
    both = Image.new("RGB", (2 * width, SIZE))
    for index, name in enumerate(("none", "blur")):
        both.paste(strips[name].crop((0, 0, width, SIZE)), (index * width, 0))
    save(both, folder / "style-blur.webp")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("photos", type=Path, nargs="+")
    arguments = parser.parse_args()
    take(arguments.folder, arguments.photos)
