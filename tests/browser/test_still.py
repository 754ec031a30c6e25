"""A photo that cannot move, in places of other shapes: where it ends, no second head grows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from tests.support.bare_page import bare_page
from tests.support.site_server import ROOT

SIDE = 96
WALL, HAIR, SKIN, CLOTH = (150, 160, 170), (60, 40, 20), (230, 180, 150), (30, 60, 140)
SHOWN = round(200 / 0.6)
"""Pixels of the photo's height where the head, which is 0.6 of it, fills a place 200 wide."""
METER = 460
"""Where the level meter begins in a place 500 high."""
# A head of hair and skin before a wall, over clothes; its top is at so many pixels of the photo.
DRAW = """async ({ side, top, wall, hair, skin, cloth, width, height }) => {
  const { createStill } = await import("/js/still.js");
  const photo = new OffscreenCanvas(side, side), paint = photo.getContext("2d");
  const fill = (colour, ...place) => {
    paint.fillStyle = `rgb(${colour})`;
    paint.fillRect(...place);
  };
  fill(wall, 0, 0, side, side);
  fill(cloth, side * 0.1, side * 0.85, side * 0.8, side);
  fill(skin, side * 0.3, top, side * 0.4, side * 0.95 - top);
  fill(hair, side * 0.25, top, side * 0.5, side * 0.25);
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const still = createStill(canvas);
  const box = [side * 0.2, top, side * 0.8, side * 0.9];
  still.wear(await createImageBitmap(photo), new Float32Array(box));
  still.draw(0, false, 0);
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  still.close();
  return [...data];
}"""


@pytest.fixture(scope="module")
def page(plain_browser: Browser) -> Iterator[Page]:
    with bare_page(plain_browser, {"/js": ROOT / "py/persona_web/view/js"}) as page:
        yield page


def shown(page: Page, top: int, width: int, height: int) -> np.ndarray[Any, Any]:
    """(height, width, 3) pixels; none of them may be see-through."""
    colours = {"wall": WALL, "hair": HAIR, "skin": SKIN, "cloth": CLOTH}
    given = colours | {"side": SIDE, "top": top, "width": width, "height": height}
    data = np.array(page.evaluate(DRAW, given)).reshape(height, width, 4)
    assert data[..., 3].min() == 255
    return data[..., :3]


def near(pixels: np.ndarray[Any, Any], colour: tuple[int, int, int]) -> np.ndarray[Any, Any]:
    return np.abs(pixels - np.array(colour)).max(axis=-1) < 30


def test_wall_goes_on_above_a_head_that_the_photo_shows_whole(page: Page) -> None:
    pixels = shown(page, 14, 200, 500)
    hair = np.flatnonzero(near(pixels, HAIR).any(axis=1))
    assert hair[0] > 500 - SHOWN, "the photo stands on the floor"
    assert near(pixels[: hair[0] - 10], WALL).all()


def test_head_that_the_photo_cuts_off_hangs_from_the_edge_over_its_clothes(page: Page) -> None:
    pixels = shown(page, -10, 200, 500)
    assert near(pixels[0, 80:120], HAIR).all(), "nothing stands above the hair"
    rows = np.flatnonzero(near(pixels, SKIN).any(axis=1))
    assert rows[-1] < SHOWN
    assert near(pixels[SHOWN + 4 : METER], CLOTH).all(), "no neck goes on below it"


def test_wall_goes_on_beside_a_narrow_photo(page: Page) -> None:
    pixels = shown(page, 14, 600, 200)
    beside = np.concatenate([pixels[:150, :150], pixels[:150, -150:]], axis=1)
    assert near(beside, WALL).all()
