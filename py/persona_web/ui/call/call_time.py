"""How long the person has been in the call, for whoever looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings


def duration(seconds: int) -> str:
    """As minutes and seconds, with hours where there are any: ``7:05``, ``1:02:09``."""
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


class CallTime:
    """``#call-time``, in the menu of a call. Nothing announces it."""

    def __init__(self, page: Page, strings: Strings) -> None:
        self._strings = strings
        self._line = page.element("call-time")
        self._since_ms: float | None = None
        self._shown = -1
        page.on_language(self._forget)

    def step(self, now_ms: float, *, in_call: bool) -> None:
        """Once a frame.

        Args:
            in_call: whether the person is in a call now.
        """
        if not in_call:
            self._since_ms = None
            self._line.hidden = True
            return
        if self._since_ms is None:
            self._since_ms = now_ms
            self._line.hidden = False
        seconds = int((now_ms - self._since_ms) / 1000.0)
        if seconds != self._shown:
            self._shown = seconds
            self._line.text = self._strings.text("bar.time", time=duration(seconds))

    def _forget(self) -> None:
        self._shown = -1
