"""The channel on which this browser's pages of the site tell a stage of the own avatar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import JsException

from persona_core.wire.stage_messages import MAX_MESSAGE_BYTES
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site


class StageChannel:
    """Everything that is posted on it comes to all other pages, and not to this one.

    Args:
        hear: gets the bytes of each message, of a size that can be one. They may be anything.
    """

    def __init__(self, site: Site, hear: Callable[[bytes], object]) -> None:
        self._hear = hear
        self._proxies = Proxies()
        # Several sites may share an origin.
        self._channel = js.BroadcastChannel.new(f"virtualpersona-stage {site.root}")
        self._channel.onmessage = self._proxies.keep(self._heard)

    def post(self, data: bytes) -> None:
        """Tells all other pages; one that is closed tells nobody."""
        message = js.Uint8Array.new(len(data))
        message.assign(data)
        try:
            self._channel.postMessage(message)
        except JsException:
            return

    def close(self) -> None:
        self._channel.close()
        self._channel.onmessage = None
        self._proxies.close()

    def _heard(self, event: Any) -> None:
        data = event.data
        # Whoever shares the origin may have sent whatever it likes.
        if js.ArrayBuffer.isView(data) and 0 < data.byteLength <= MAX_MESSAGE_BYTES:
            self._hear(bytes(data.to_bytes()))
