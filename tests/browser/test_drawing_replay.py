"""The replayer draws real programs on a real canvas."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Error, Page
from tests.support.expressions import EXPRESSIONS, params
from tests.support.site_server import ROOT

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.rig import VIEW, Rig
from persona_core.face.params import FaceParams

SIZE = 240
SETUP = """async ({source, size}) => {
  const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
  const {createDrawing} = await import(url);
  const canvas = document.createElement("canvas");
  document.body.append(canvas);
  window.canvas = canvas;
  window.drawing = createDrawing(canvas);
  window.drawing.resize(size, size, 1);
  window.floats = (text) => new Float32Array(
    Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
}"""
PROGRAM = "({program, colours}) => drawing.setProgram(floats(program), colours)"
DRAW = "(values) => drawing.draw(floats(values))"
PICTURE = "() => canvas.toDataURL('image/png')"


def packed(array: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(array.tobytes()).decode()


@pytest.fixture
def page(plain_browser: Browser) -> Iterator[Page]:
    page = plain_browser.new_page()
    source = (ROOT / "py/persona_web/view/js/canvas2d.js").read_text()
    page.evaluate(SETUP, {"source": source, "size": SIZE})
    yield page
    page.close()


def show(page: Page, rig: Rig, face: FaceParams) -> np.ndarray[Any, Any]:
    """(height, width, 4) pixels of a face."""
    page.evaluate(PROGRAM, {"program": packed(rig.program), "colours": rig.colours})
    page.evaluate(DRAW, packed(rig.pose(face, 0.0)))
    return pixels(page)


def pixels(page: Page) -> np.ndarray[Any, Any]:
    encoded = page.evaluate(PICTURE).partition(",")[2]
    with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
        return np.asarray(picture.convert("RGBA"), dtype=np.float64)


def at(picture: np.ndarray[Any, Any], x: float, y: float) -> np.ndarray[Any, Any]:
    """The pixel at (x, y) units, y up."""
    left, top, right, bottom = VIEW
    height, width = picture.shape[:2]
    scale = min(width / (right - left), height / (bottom - top))
    column = width / 2 + scale * (x - (left + right) / 2)
    row = height / 2 + scale * (-y - (top + bottom) / 2)
    return np.asarray(picture[round(row), round(column)])


@pytest.mark.parametrize("character", CHARACTERS, ids=lambda c: c.key)
def test_drawing_shows_a_figure_on_nothing_when_a_character_is_replayed(
    page: Page, character: Any
) -> None:
    picture = show(page, Rig(character.style), params({}))
    for corner in ((0, 0), (0, -1)):
        assert picture[corner][3] == 0.0
    for x, y in ((0.0, -60.0), (0.0, 120.0), (0.0, -215.0)):
        assert at(picture, x, y)[3] == 255.0
    skin = np.array([int(character.style.skin[i : i + 2], 16) for i in (1, 3, 5)])
    assert np.abs(at(picture, -30.0, -50.0)[:3] - skin).max() < 60.0


def test_drawing_darkens_the_mouth_when_it_opens(page: Page) -> None:
    rig = Rig(CHARACTERS[0].style)
    shut = at(show(page, rig, params({})), 0.0, -95.0)
    wide = at(show(page, rig, params(EXPRESSIONS["open"])), 0.0, -95.0)
    assert wide[:3].sum() < 0.6 * shut[:3].sum()


def test_drawing_hides_the_eye_when_it_closes(page: Page) -> None:
    rig = Rig(CHARACTERS[0].style)
    opened = at(show(page, rig, params({})), 44.0, -9.0)
    closed = at(show(page, rig, params(EXPRESSIONS["closed"])), 44.0, -9.0)
    assert opened[:3].sum() < 0.5 * closed[:3].sum()


def test_drawing_keeps_its_proportions_when_the_canvas_is_wide(page: Page) -> None:
    rig = Rig(CHARACTERS[0].style)
    square = show(page, rig, params({}))
    page.evaluate("drawing.resize(480, 240, 1)")
    wide = show(page, rig, params({}))
    assert wide.shape == (SIZE, 2 * SIZE, 4)
    np.testing.assert_allclose(wide[:, SIZE // 2 : SIZE // 2 + SIZE], square, atol=8.0)


def test_drawing_is_sharp_when_the_screen_is_dense(page: Page) -> None:
    page.evaluate("drawing.resize(120, 90, 2)")
    assert show(page, Rig(CHARACTERS[0].style), params({})).shape == (180, 240, 4)


def test_drawing_refuses_a_program_when_its_format_is_unknown(page: Page) -> None:
    with pytest.raises(Error, match="format 99"):
        page.evaluate("drawing.setProgram(new Float32Array([99, 0, 0, 0, 0, 1, 1]), [])")


def test_drawing_clears_and_stays_clear_when_closed(page: Page) -> None:
    rig = Rig(CHARACTERS[0].style)
    assert show(page, rig, params({}))[..., 3].any()
    page.evaluate("drawing.close()")
    page.evaluate(DRAW, packed(rig.pose(params({}), 0.0)))
    assert not pixels(page)[..., 3].any()
