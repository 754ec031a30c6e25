"""``#pip-toggle``: the call in a small window above all others."""

from __future__ import annotations

from persona_web.base.background import Background
from persona_web.bridge.outlet.picture_in_picture import PictureInPicture, has_picture_in_picture
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.view.graphics import Graphics


class SmallWindow:
    """Opened and closed by its button; hidden where the browser knows no such window."""

    def __init__(self, site: Site, page: Page, strings: Strings, graphics: Graphics) -> None:
        self._site = site
        self._stage = page.element("stage")
        self._strings = strings
        self._graphics = graphics
        self._background = Background()
        self._window: PictureInPicture | None = None
        self._opening = False
        self._button = page.element("pip-toggle")
        self._button.hidden = not has_picture_in_picture()
        self._button.on("click", self.toggle)
        page.on_leave(self._close)
        self._show()

    @property
    def is_open(self) -> bool:
        """Whether somebody sees the call there, however hidden the page is."""
        return self._window is not None

    def toggle(self) -> None:
        """Opens or closes it; to be called in answer to a gesture of the person."""
        if self._window is not None:
            self._close()
        elif not self._opening:
            self._opening = True
            self._background.run(self._open())

    def step(self) -> None:
        """Shows what was just drawn, at the end of a step of the page."""
        if self._window is not None and self._graphics.drew_all:
            self._window.draw()

    async def _open(self) -> None:
        label = self._strings.text("outlet.pip-label")
        try:
            self._window = await PictureInPicture.open(self._site, self._stage, label, self._closed)
        except OSError:
            self._site.notify(self._strings.text("error.pip-failed"))
        finally:
            self._opening = False
        self._show()

    def _closed(self) -> None:
        if self._window is not None:
            self._close()

    def _close(self) -> None:
        window, self._window = self._window, None
        if window is not None:
            window.close()
        self._show()

    def _show(self) -> None:
        self._button.set("aria-pressed", "true" if self._window is not None else "false")
