"""The suggestion to go down to an easier way of drawing, before that happens by itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from persona_core.graphics.ladder_commands import Suggest
from persona_web.ui.words import gpu_reason_key, rung_key

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings


class SuggestionBar:
    """``#suggestion`` with its text, its countdown and the two buttons.

    The words are an alert, said once; the countdown, which changes every second, is for eyes
    only.

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
            self._seconds = -1
            self._render()
        if suggestion is None:
            return
        seconds = max(math.ceil((suggestion.due_ms - now_ms) / 1000.0), 0)
        if seconds != self._seconds:
            self._seconds = seconds
            self._render_countdown()

    def _render(self) -> None:
        suggestion = self._shown
        if suggestion is None:
            self._words.text = ""  # so that the same suggestion is said again another time
            return
        text = self._strings.text
        why = text(gpu_reason_key(suggestion.reason.value))
        self._words.text = text("ladder.suggestion", why=why, what=text(rung_key(suggestion.rung)))
        self._render_countdown()

    def _render_countdown(self) -> None:
        if self._seconds >= 0:
            self._countdown.text = self._strings.text("ladder.countdown", seconds=self._seconds)
