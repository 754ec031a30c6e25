"""Whether the page can be seen."""

from __future__ import annotations

from collections.abc import Callable

import js

from persona_web.bridge.proxies import Proxies


class Visibility:
    """Tells when the page is hidden and shown."""

    def __init__(self, listener: Callable[[bool], object]) -> None:
        """
        Args:
            listener: called with whether the page can be seen: now, and when that changes.
        """
        self._proxies = Proxies()
        self._heard = self._proxies.keep(lambda _event: listener(not js.document.hidden))
        listener(not js.document.hidden)
        js.document.addEventListener("visibilitychange", self._heard)

    def close(self) -> None:
        js.document.removeEventListener("visibilitychange", self._heard)
        self._proxies.close()
