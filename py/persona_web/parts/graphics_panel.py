"""The part of a page in which a person decides how avatars are drawn, and sees how it goes.

The suggestion bar and the word on a lower quality are there from the start; all else is imported
and built when the panel is opened for the first time, so that no page starts later for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_web.base.background import Background
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.ui.graphics.detail_line import DetailLine
from persona_web.ui.graphics.suggestion_bar import SuggestionBar
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.served.render_access import RenderAccess
    from persona_web.served.render_host import RenderHost
    from persona_web.ui.graphics.picture_panel import PicturePanel
    from persona_web.ui.graphics.render_chooser import RenderChooser

LOGGER = logging.getLogger(__name__)


class GraphicsPanel:
    """``#picture`` with the pickers in it, ``#monitor``, and on the stage ``#suggestion`` and
    ``#detail-status``.

    Args:
        shows_portrait: whether any avatar of the page is a portrait now.
        served: the page's way to a render server, which is offered here where there is one.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        graphics: Graphics,
        shows_portrait: Callable[[], bool],
        served: RenderAccess,
    ) -> None:
        self._site = site
        self._page = page
        self._strings = strings
        self._graphics = graphics
        self._shows_portrait = shows_portrait
        self._served = served
        self._chooser: RenderChooser | None = None
        self._is_choosing = False
        self._background = Background()
        self._opened = False
        self._panel: PicturePanel | None = None
        self._suggestion = SuggestionBar(page, strings, graphics.accept, graphics.dismiss)
        self._detail = DetailLine(page, strings)
        page.element("picture").on("toggle", self.open)
        served.on_open(self._tell_of)

    def open(self) -> None:
        """Builds the panel if that has not been done."""
        if not self._opened:
            self._opened = True
            self._background.run(self._build())
        if self._served.server is not None and not self._is_choosing:
            self._is_choosing = True
            self._background.run(self._offer_server())

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        self._suggestion.step(self._graphics.suggestion, now_ms)
        self._detail.step(now_ms, has_fallen=self._graphics.has_fallen)
        if self._panel is not None:
            self._panel.step(now_ms)
        if self._chooser is not None:
            self._chooser.step(now_ms)

    async def _build(self) -> None:
        from persona_web.bridge.graphics.graph import GraphCanvas
        from persona_web.ui.graphics.picture_panel import PicturePanel

        graph = await GraphCanvas.load(self._site, self._page.element("monitor-graph"))
        self._panel = PicturePanel(
            self._page, self._strings, self._graphics, graph, self._shows_portrait
        )

    def _tell_of(self, host: RenderHost) -> None:
        from persona_web.ui.graphics.render_notice import RenderNotice

        RenderNotice(self._site, self._strings, self._graphics, host)

    async def _offer_server(self) -> None:
        from persona_web.bridge.late_part import add_part
        from persona_web.ui.graphics.render_chooser import RenderChooser

        place = self._page.element("render-place")
        try:
            await add_part(self._site, "render", place, styles=())
        except OSError as error:
            LOGGER.warning("the render server cannot be offered: %s", error)
            self._is_choosing = False  # once more when the panel is opened again
            return
        place.hidden = False
        self._chooser = RenderChooser(self._page, self._strings, self._graphics, self._served)
