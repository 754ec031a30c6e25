"""A button whose part of the page is loaded when somebody wants it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from persona_web.base.background import Background
from persona_web.base.sentence import Sentence

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Strings
    from persona_web.bridge.site import Site

LOGGER = logging.getLogger(__name__)


class LateControl:
    """Loads what a button stands for when it is pressed for the first time. Where that fails, the
    person is told, and the next press tries again.

    Args:
        button: what it says in its ``<span>`` names the part.
        load: brings the part and wires it; what is pressed from then on is its own to hear.
    """

    def __init__(
        self, site: Site, strings: Strings, button: Element, load: Callable[[], Awaitable[None]]
    ) -> None:
        self._site = site
        self._strings = strings
        self._button = button
        self._load = load
        self._background = Background()
        self._is_asked = False
        button.on("click", self.press)

    def press(self) -> None:
        """Asks for the part, the first time."""
        if not self._is_asked:
            self._is_asked = True
            self._background.run(self._open())

    async def _open(self) -> None:
        self._button.set("aria-busy", "true")
        try:
            await self._load()
        except Exception as error:  # whatever the platform says of a file that could not be had
            LOGGER.warning("a part of the page cannot be had: %r", error)
            self._is_asked = False
            word = self._button.find("span")
            what = Sentence(word.text, lambda: word.text)
            self._site.notify(self._strings.text("late.not-loaded", what=what))
        finally:
            self._button.unset("aria-busy")
