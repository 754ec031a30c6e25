"""The part of a page in which a person decides how avatars are drawn, and sees how it goes.

The suggestion bar is there from the start; all else is imported and built when the panel is
opened for the first time, so that no page starts later for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_web.base.background import Background
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.ui.graphics.suggestion_bar import SuggestionBar
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.ui.graphics.picture_panel import PicturePanel


class GraphicsPanel:
    """``#picture`` with the pickers in it, ``#monitor``, and ``#suggestion`` on the stage.

    Args:
        shows_portrait: whether any avatar of the page is a portrait now.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        graphics: Graphics,
        shows_portrait: Callable[[], bool],
    ) -> None:
        self._site = site
        self._page = page
        self._strings = strings
        self._graphics = graphics
        self._shows_portrait = shows_portrait
        self._background = Background()
        self._opened = False
        self._panel: PicturePanel | None = None
        self._suggestion = SuggestionBar(page, strings, graphics.accept, graphics.dismiss)
        page.element("picture").on("toggle", self.open)

    def open(self) -> None:
        """Builds the panel if that has not been done."""
        if not self._opened:
            self._opened = True
            self._background.run(self._build())

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        self._suggestion.step(self._graphics.suggestion, now_ms)
        if self._panel is not None:
            self._panel.step(now_ms)

    async def _build(self) -> None:
        from persona_web.bridge.graphics.graph import GraphCanvas
        from persona_web.ui.graphics.picture_panel import PicturePanel

        graph = await GraphCanvas.load(self._site, self._page.element("monitor-graph"))
        self._panel = PicturePanel(
            self._page, self._strings, self._graphics, graph, self._shows_portrait
        )
