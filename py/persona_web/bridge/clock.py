"""The page's monotonic clock and timers."""

from __future__ import annotations

import time
from collections.abc import Callable

import js
from pyodide.ffi import JsProxy, create_once_callable


class BrowserClock:
    """``performance.now()``, which is what Pyodide's own counter counts: asked for there, it makes
    no number of JavaScript's."""

    def now_ms(self) -> float:
        return time.perf_counter() * 1000.0


class BrowserTimer:
    """A pending ``setTimeout``."""

    def __init__(self, delay_ms: float, callback: Callable[[], None]) -> None:
        self._callback: Callable[[], None] | None = callback
        self._proxy: JsProxy = create_once_callable(self._fire)
        self._id = js.setTimeout(self._proxy, delay_ms)

    def _fire(self) -> None:
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()

    def cancel(self) -> None:
        if self._callback is not None:
            self._callback = None
            js.clearTimeout(self._id)
            self._proxy.destroy()


class BrowserScheduler:
    """Timers of the page. Hidden tabs round delays up to a second, which call timers bear."""

    def call_later(self, delay_ms: float, callback: Callable[[], None]) -> BrowserTimer:
        return BrowserTimer(delay_ms, callback)
