"""Takes the graphics card away on purpose, to see that the avatar comes back."""

from __future__ import annotations

from persona_web.bridge.page import Page
from persona_web.view.graphics import Graphics


class LoseButton:
    """``#lose``; dimmed while there is nothing to lose."""

    def __init__(self, page: Page, graphics: Graphics) -> None:
        self._button = page.element("lose")
        self._graphics = graphics
        self._button.on("click", graphics.lose)
        graphics.on_change(self._show)
        self._show()

    def _show(self) -> None:
        possible = self._graphics.has_surface
        self._button.set("aria-disabled", "false" if possible else "true")
