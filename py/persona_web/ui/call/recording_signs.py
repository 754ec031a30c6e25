"""The sign that a call is being recorded, and the file that is offered afterwards."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from persona_web.bridge.outlet.recording import Recorded
    from persona_web.bridge.page import Page, Strings

WORDS: Final = {
    (True, False): "recording.by-me",
    (False, True): "recording.by-others",
    (True, True): "recording.by-both",
}
ENDINGS: Final = {
    "stopped": "recording.stopped",
    "long": "recording.long",
    "full": "recording.full",
}
SAID_MS: Final = 3_000.0
"""From one announcement to the next, at least: whoever switches to and fro is not worth more."""
FIRST_MS: Final = 500.0
"""A live region is to be in the page for a moment before it says something."""


class RecordingSigns:
    """``#recording-sign``, ``#recording-said`` and ``#recording-ready``, of the part ``recording``.

    Args:
        on_done: the person wants no more of the file.
    """

    def __init__(self, page: Page, strings: Strings, on_done: Callable[[], object]) -> None:
        self._strings = strings
        self._button = page.element("record-toggle")
        self._sign, self._words = page.element("recording-sign"), page.element("recording-words")
        self._said = page.element("recording-said")
        self._ready = page.element("recording-ready")
        self._detail = page.element("recording-detail")
        self._save, self._close = page.element("recording-save"), page.element("recording-close")
        page.element("stage").append(self._sign)
        self._shown = (False, False)
        self._told = (False, False)
        self._said_ms = math.nan
        self._offered: tuple[str, dict[str, str]] | None = None
        self._close.on("click", lambda: self._finish(on_done))
        self._save.on_press(self._saved)
        page.on_language(self._renew)

    def show(self, *, mine: bool, others: bool, now_ms: float) -> None:
        """Who records now."""
        if (mine, others) != self._shown:
            self._shown = (mine, others)
            self._renew()
        if math.isnan(self._said_ms):
            self._said_ms = now_ms - SAID_MS + FIRST_MS
        if self._shown != self._told and now_ms - self._said_ms >= SAID_MS:
            self._told, self._said_ms = self._shown, now_ms
            self._said.text = self._strings.text(WORDS.get(self._told, "recording.over"))

    def offer(self, recorded: Recorded, seconds: int) -> None:
        """Offers a file to be saved, and leads the keyboard there."""
        values = {
            "minutes": str(seconds // 60),
            "seconds": str(seconds % 60),
            "megabytes": f"{recorded.size / 1e6:.1f}",
        }
        self._offered = (ENDINGS[recorded.reason], values)
        self._save.set("href", recorded.url)
        self._save.set("download", recorded.name)
        self._renew()
        self._close.text = self._strings.text("recording.drop")
        self._ready.hidden = False
        self._save.focus()

    def withdraw(self) -> None:
        """There is no file any more."""
        self._ready.hidden = True
        self._offered = None

    def _saved(self) -> None:
        # Whether it really was, nobody tells; the person sees it and closes this then.
        self._close.set("data-i18n", "recording.close")
        self._close.text = self._strings.text("recording.close")

    def _finish(self, on_done: Callable[[], object]) -> None:
        on_done()
        self._close.set("data-i18n", "recording.drop")
        self._button.focus()

    def _renew(self) -> None:
        self._sign.hidden = self._shown not in WORDS
        if self._shown in WORDS:
            self._words.set("data-i18n", WORDS[self._shown])
            self._words.text = self._strings.text(WORDS[self._shown])
        if self._offered is not None:
            key, values = self._offered
            self._detail.text = self._strings.text(key, **values)
