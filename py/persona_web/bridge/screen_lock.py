"""Keeping the screen on, where the browser can (Screen Wake Lock API)."""

from __future__ import annotations

from typing import Any

import js
from pyodide.ffi import JsException

from persona_web.base.background import Background
from persona_web.bridge.proxies import Proxies


class ScreenLock:
    """The screen stays on while that is wanted. A browser takes the lock back when the page is
    hidden, so it is asked for anew when the page is seen again."""

    def __init__(self) -> None:
        self._wanted = False
        self._asking = False
        self._lock: Any = None
        self._background = Background()
        self._proxies = Proxies()
        if self.is_available:
            seen = self._proxies.keep(lambda _event: self._follow())
            js.document.addEventListener("visibilitychange", seen)

    @property
    def is_available(self) -> bool:
        """Whether this browser can keep a screen on."""
        return hasattr(js.navigator, "wakeLock")

    @property
    def is_held(self) -> bool:
        """Whether the screen stays on now."""
        return self._lock is not None and not self._lock.released

    def want(self, wanted: bool) -> None:
        """Keeps the screen on from now on, or lets it go dark again."""
        if wanted is not self._wanted:
            self._wanted = wanted
            self._follow()

    def _follow(self) -> None:
        if self.is_available and not self._asking:
            self._background.run(self._settle())

    async def _settle(self) -> None:
        self._asking, wanted = True, self._wanted
        try:
            visible = js.document.visibilityState == "visible"
            if wanted and visible and not self.is_held:
                self._lock = await js.navigator.wakeLock.request("screen")
            elif not wanted and self.is_held:
                await self._lock.release()
        except JsException:  # forbidden, or the battery is low: it goes dark as ever
            return
        finally:
            self._asking = False
        if wanted is not self._wanted:  # meanwhile
            self._follow()
