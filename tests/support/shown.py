"""A surface in a page, as ``effects_page.js`` opens it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from tests.support import scenes
from tests.support.pictures import Pixels, decode
from tests.support.site_server import ROOT

FILES = {
    "/view/js": ROOT / "py/persona_web/view/js",
    "/effects_page.js": Path(__file__).with_name("effects_page.js").read_bytes(),
}


class Shown:
    """One surface in the page, by the name it has there."""

    def __init__(self, page: Page, name: str) -> None:
        self._page = page
        self.name = name

    def portray(self, picture: scenes.Picture, matte: scenes.Picture) -> None:
        self.run("portray", scenes.data_url(picture), scenes.data_url(matte))

    def draw(self, index: int) -> None:
        self.run("character", scenes.drawn(index))

    def picture(self, **effects: Any) -> Pixels:
        """(height, width, 4) RGBA of the canvas, not premultiplied."""
        return decode(self.run("picture", effects))

    def run(self, function: str, *arguments: Any) -> Any:
        """Calls a function of ``effects_page.js`` on this surface."""
        script = f"(a) => effects.{function}(shown.{self.name}, ...a)"
        return self._page.evaluate(script, list(arguments))

    def do(self, expression: str) -> Any:
        """Evaluates with ``surface``, ``canvas`` and ``losses`` at hand."""
        return self._page.evaluate(
            f"async () => {{ const {{surface, canvas, losses}} = shown.{self.name};"
            f" return {expression}; }}"
        )
