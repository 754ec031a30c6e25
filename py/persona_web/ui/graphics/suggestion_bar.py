"""The suggestion to go down to an easier way of drawing, before that happens by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_core.graphics.ladder_commands import Suggest

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings


class SuggestionBar:
    """``#suggestion`` with its text, its countdown and the two buttons.

    The words are an alert, said once, with the seconds that are left then (``#suggestion-told``);
    the countdown, which changes every second, is for eyes only.

    Args:
        accept: called when the person wants it now.
        refuse: called when the person wants all to stay as it is.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        accept: Callable[[], None],
        refuse: Callable[[], None],
    ) -> None:
        self._strings = strings
        self._bar = page.element("suggestion")
        self._words = page.element("suggestion-text")
        self._told = page.element("suggestion-told")
        self._countdown = page.element("suggestion-countdown")
        self._shown: Suggest | None = None
        self._seconds = -1
        page.element("suggestion-switch").on("click", accept)
        page.element("suggestion-keep").on("click", refuse)
        page.on_language(self._render)

    def step(self, suggestion: Suggest | None, now_ms: float) -> None:
        """Shows what is suggested at ``now_ms``; nothing for None. Cheap: once a frame."""
        if suggestion is not self._shown:
            self._shown = suggestion
            self._bar.hidden = suggestion is None
            self._seconds = -1 if suggestion is None else _seconds_left(suggestion, now_ms)
            self._render()
        elif suggestion is not None:
            seconds = _seconds_left(suggestion, now_ms)
            if seconds != self._seconds:
                self._seconds = seconds
                self._countdown.text = self._left()

    def _render(self) -> None:
        is_shown = self._shown is not None
        # Empty in between, so that the same suggestion is said again another time.
        self._words.text = self._strings.text("ladder.suggestion") if is_shown else ""
        self._told.text = self._countdown.text = self._left() if is_shown else ""

    def _left(self) -> str:
        return self._strings.text("ladder.countdown", seconds=self._seconds)


def _seconds_left(suggestion: Suggest, now_ms: float) -> int:
    return max(math.ceil((suggestion.due_ms - now_ms) / 1000.0), 0)
