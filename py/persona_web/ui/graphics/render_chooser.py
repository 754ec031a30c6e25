"""Where a person lets a render server draw portraits, sees how it goes, and takes it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from persona_core.base.interval import Interval
from persona_core.graphics.modes import GPUMode
from persona_core.graphics.render_offer import OfferState
from persona_web.base.background import Background
from persona_web.ui.graphics.render_notice import why_key

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings
    from persona_web.served.render_access import RenderAccess
    from persona_web.served.render_host import RenderHost
    from persona_web.view.graphics import Graphics

FIGURES_MS: Final = 1_000.0


class RenderChooser:
    """``#render`` of ``parts/render.html``.

    Args:
        served: the page's way to the server, of which nothing is loaded before the person agrees.
    """

    def __init__(
        self, page: Page, strings: Strings, graphics: Graphics, served: RenderAccess
    ) -> None:
        assert served.server is not None
        self._server = served.server
        self._strings = strings
        self._graphics = graphics
        self._served = served
        self._background = Background()
        self._interval = Interval(FIGURES_MS)
        self._whose = page.element("render-whose")
        page.element("render-rooms").hidden = not served.server.rooms
        self._agree = page.element("render-agree")
        self._again = page.element("render-again")
        self._leave = page.element("render-leave")
        self._status = page.element("render-status")
        self._figures = page.element("render-figures")
        self._problem = ""
        self._agree.on("click", self._ask)
        self._again.on("click", self._ask)
        self._leave.on("click", self._take_back)
        served.on_open(self._follow)
        if served.host is not None:
            self._follow(served.host)
        graphics.on_change(self._show)
        page.on_language(self._show)
        self._show()

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        host = self._served.host
        if not self._interval.is_due(now_ms):
            return
        if host is None or not host.is_drawing:
            self._figures.text = ""
            return
        figures = host.figures
        self._figures.text = self._strings.text(
            "render.figures",
            latency=round(figures.latency_ms),
            fps=round(figures.fps),
            kbit=round(figures.kbit),
        )

    def _follow(self, host: RenderHost) -> None:
        host.on_change(self._show)

    def _ask(self) -> None:
        async def agree() -> None:
            try:
                host = await self._served.open()
            except Exception:  # a file of the app that could not be had
                self._problem = "render.not-loaded"
                self._show()
                return
            self._problem = ""
            host.agree()
            self._leave.focus()  # what was pressed is gone

        self._background.run(agree())

    def _take_back(self) -> None:
        self._served.leave()
        self._show()
        self._agree.focus()

    def _show(self) -> None:
        host = self._served.host
        state = OfferState.OFF if host is None else host.state
        # Agreed to at an earlier visit, and yet to be used: there is something to take back.
        agreed = state is not OfferState.OFF or (host is None and self._served.is_agreed)
        words = {"operator": self._server.operator, "host": urlsplit(self._server.url).netloc}
        self._whose.text = self._strings.text("render.whose", **words)
        self._agree.hidden = agreed
        self._again.hidden = state not in (OfferState.WAITING, OfferState.REFUSED)
        self._leave.hidden = not agreed
        problem = self._problem or (state in (OfferState.WAITING, OfferState.REFUSED))
        self._status.set("data-problem", "true" if problem else "false")
        self._status.text = self._words(host, state, agreed=agreed)

    def _words(self, host: RenderHost | None, state: OfferState, *, agreed: bool) -> str:
        text = self._strings.text
        if self._problem:
            return text(self._problem)
        if host is not None and state in (OfferState.WAITING, OfferState.REFUSED):
            key = "render.waiting" if state is OfferState.WAITING else "render.refused"
            return text(key, why=text(why_key(host.problem)))
        if not agreed:
            return ""
        if self._graphics.mode is not GPUMode.AUTO:
            return text("render.elsewhere")
        if host is not None and host.is_drawing:
            return text("render.drawing", operator=self._server.operator)
        is_starting = host is not None and host.is_starting
        return text("render.starting" if is_starting else "render.resting")
