"""The device's network, as far as a page may know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import jsnull

from persona_web.bridge.proxies import Proxies


class Network:
    """Tells when connections may have died: the device is online again, or its network is
    another one (Wi-Fi, mobile), where the browser tells the kind."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._proxies = Proxies()
        js.window.addEventListener("online", self._proxies.keep(lambda _event: on_change()))
        self._connection: Any = getattr(js.navigator, "connection", jsnull)
        self._kind = self._kind_now()
        if self._kind is not None:
            self._connection.addEventListener("change", self._proxies.keep(self._changed))

    def _kind_now(self) -> str | None:
        if self._connection is None or self._connection is jsnull:
            return None
        kind = getattr(self._connection, "type", None)
        return None if kind is None else str(kind)

    def _changed(self, _event: Any) -> None:
        # The event comes for every new estimate of the speed, too.
        was, self._kind = self._kind, self._kind_now()
        if self._kind not in (was, "none"):
            self._on_change()
