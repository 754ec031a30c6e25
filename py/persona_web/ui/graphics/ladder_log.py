"""What the drawing went through, line by line."""

from __future__ import annotations

from collections.abc import Sequence

from persona_core.graphics.ladder_commands import LadderEntry
from persona_web.bridge.page import Element, Page, Strings
from persona_web.ui.words import gpu_reason_key, rung_key


class LadderLog:
    """``#ladder-log``, an ``<ol>`` with the newest entry last, else ``#ladder-empty``."""

    def __init__(self, page: Page, strings: Strings) -> None:
        self._page = page
        self._strings = strings
        self._list = page.element("ladder-log")
        self._empty = page.element("ladder-empty")
        self._shown: tuple[LadderEntry, ...] = ()
        page.on_language(lambda: self._render(self._shown, anew=True))

    def show(self, entries: Sequence[LadderEntry]) -> None:
        """Brings the list up to date. Cheap where nothing is new: once a frame."""
        if len(entries) != len(self._shown) or (entries and entries[-1] is not self._shown[-1]):
            self._render(tuple(entries), anew=entries[: len(self._shown)] != self._shown)

    def _render(self, entries: tuple[LadderEntry, ...], *, anew: bool) -> None:
        if anew:
            self._list.clear()
        for entry in entries if anew else entries[len(self._shown) :]:
            self._list.append(self._line(entry))
        self._shown = entries
        self._empty.hidden = bool(entries)

    def _line(self, entry: LadderEntry) -> Element:
        text = self._strings.text
        to, why = text(rung_key(entry.entered)), text(gpu_reason_key(entry.reason.value))
        time = f"{entry.time_ms / 1000.0:.1f}"
        line = self._page.create("li")
        if entry.left is None:
            line.text = text("ladder.entry-begin", time=time, to=to)
        elif entry.left is entry.entered:
            line.text = text("ladder.entry-again", time=time, to=to, why=why)
        else:
            left = text(rung_key(entry.left))
            line.text = text("ladder.entry", time=time, to=to, why=why, left=left)
        if entry.detail:
            line.append(self._detail(entry.detail))
        return line

    def _detail(self, detail: str) -> Element:
        """What the platform said, in its own words."""
        element = self._page.create("span")
        element.set("class", "ladder-detail")
        element.set("translate", "no")
        element.text = detail
        return element
