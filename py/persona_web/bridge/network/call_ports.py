"""What a call needs of a browser, and when its network may have changed."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import jsnull

from persona_core.call.ports import CallPorts
from persona_web.bridge.clock import BrowserClock, BrowserScheduler
from persona_web.bridge.network.cryptography import BrowserCryptography
from persona_web.bridge.network.peer import BrowserPeers
from persona_web.bridge.network.socket import BrowserSockets
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site


async def browser_call_ports(site: Site, peers: BrowserPeers | None = None) -> CallPorts:
    """The ports of a call in this browser.

    Args:
        peers: makes the connections, where the caller wants its report.
    """
    return CallPorts(
        sockets=BrowserSockets(),
        peers=peers or await BrowserPeers.load(site),
        crypto=await BrowserCryptography.load(site),
        clock=BrowserClock(),
        scheduler=BrowserScheduler(),
        token_bytes=secrets.token_bytes,
        random=random.random,
    )


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
