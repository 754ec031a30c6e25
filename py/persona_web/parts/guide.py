"""What to know before a first call, in three steps: loaded for newcomers, and for who asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from persona_web.base.background import Background

if TYPE_CHECKING:
    from persona_core.base.ports import Storage
    from persona_web.bridge.page import Element, Page, Strings
    from persona_web.bridge.site import Site

KEY: Final = "guide"
"""Kept as ``seen`` by who was shown it once."""


class Guide:
    """``#guide`` at ``#guide-place``, which ``#guide-open`` opens and closes. It takes the focus
    from nobody who did not ask for it, and nothing waits for it.

    Args:
        load: adds ``#guide`` to ``#guide-place``, hidden; raises OSError where it cannot be had.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        storage: Storage,
        load: Callable[[], Awaitable[None]],
    ) -> None:
        self._site = site
        self._page = page
        self._strings = strings
        self._storage = storage
        self._load = load
        self._opener = page.element("guide-open")
        self._place = page.element("guide-place")
        self._background = Background()
        self._is_loading = False
        self._is_there = False
        self._is_open = False
        self._opener.on("click", self._pressed)

    def offer(self) -> None:
        """Shows it, unless it was shown on an earlier visit or is here already."""
        if not self._is_there and self._storage.get(KEY) is None:
            self._background.run(self._open(self._place, is_asked=False))

    def show_in(self, place: Element) -> None:
        """Shows it at another place, which the person has opened for it."""
        self._background.run(self._open(place, is_asked=True))

    def _pressed(self) -> None:
        if self._is_open:
            self._close()
        else:
            self._background.run(self._open(self._place, is_asked=True))

    async def _open(self, place: Element, *, is_asked: bool) -> None:
        if not self._is_there and not await self._bring(is_asked=is_asked):
            return
        section, is_here = self._page.element("guide"), place is self._place
        place.append(section)
        section.hidden = False
        self._tell(is_open=is_here)
        if section.is_seen:  # who has joined meanwhile saw nothing of it
            self._storage.set(KEY, "seen")
        if is_asked and is_here:
            self._page.element("guide-title").focus()

    async def _bring(self, *, is_asked: bool) -> bool:
        """Loads it, the first time; False where it is not there yet."""
        if self._is_loading:
            return False
        self._is_loading = True
        try:
            await self._load()
        except OSError:
            if is_asked:
                what = self._strings.text("guide.open")
                self._site.notify(self._strings.text("late.not-loaded", what=what))
            return False
        finally:
            self._is_loading = False
        self._is_there = True
        self._page.element("guide-close").on("click", self._close)
        return True

    def _close(self) -> None:
        self._page.element("guide").hidden = True
        self._tell(is_open=False)
        self._opener.focus()

    def _tell(self, *, is_open: bool) -> None:
        self._is_open = is_open
        self._opener.set("aria-expanded", "true" if is_open else "false")
