"""Signaling sockets over the browser's ``WebSocket``."""

from __future__ import annotations

from typing import Any

import js
from pyodide.ffi import JsException

from persona_core.call.ports import SocketListener
from persona_web.bridge.clock import BrowserTimer
from persona_web.bridge.proxies import Proxies

ABNORMAL_CLOSURE = 1006  # RFC 6455, section 7.4.1
MAX_BUFFERED_BYTES = 24_576
"""Behind so much, something perishable would be stale when it arrives: more than a piece of a
portrait, for a busy page learns late that one has gone."""
MAX_MESSAGE_BYTES = 1_024


class BrowserSocket:
    """One ``WebSocket``; tells its listener nothing after :meth:`close`.

    Args:
        most_bytes: of a message, either way; what is larger does not go, and is not heard.
    """

    def __init__(
        self, url: str, listener: SocketListener, most_bytes: int = MAX_MESSAGE_BYTES
    ) -> None:
        self._listener: SocketListener | None = listener
        self._proxies = Proxies()
        self._socket: Any = None
        self._most_bytes = most_bytes
        self._scratch = js.Uint8Array.new(MAX_MESSAGE_BYTES)
        try:
            self._socket = js.WebSocket.new(url)
        except JsException as error:  # a malformed address, or ws: from an https: page
            detail = str(error)
            BrowserTimer(0, lambda: self._closed(ABNORMAL_CLOSURE, detail))
            return
        self._socket.binaryType = "arraybuffer"
        keep = self._proxies.keep
        self._socket.onopen = keep(lambda _event: self._opened())
        self._socket.onmessage = keep(self._message)
        self._socket.onclose = keep(lambda event: self._closed(event.code, event.reason))

    def send(self, text: str) -> None:
        if self._socket is not None and self._socket.readyState == js.WebSocket.OPEN:
            self._socket.send(text)

    def send_bytes(self, data: bytes) -> bool:
        socket = self._socket
        if socket is None or socket.readyState != js.WebSocket.OPEN:
            return False
        if len(data) > self._most_bytes or socket.bufferedAmount > MAX_BUFFERED_BYTES:
            return False
        if len(data) > MAX_MESSAGE_BYTES:
            message = js.Uint8Array.new(len(data))
        else:
            message = self._scratch.subarray(0, len(data))
        message.assign(data)
        socket.send(message)
        return True

    def close(self, code: int = 1000) -> None:
        self._listener = None
        self._release(code)

    def _opened(self) -> None:
        if self._listener is not None:
            self._listener.on_socket_open()

    def _message(self, event: Any) -> None:
        if self._listener is None:
            return
        if isinstance(event.data, str):
            self._listener.on_socket_text(event.data)
        elif event.data.byteLength <= self._most_bytes:
            self._listener.on_socket_bytes(event.data.to_bytes())

    def _closed(self, code: int, reason: str) -> None:
        listener, self._listener = self._listener, None
        self._release(None)
        if listener is not None:
            listener.on_socket_closed(int(code), str(reason))

    def _release(self, code: int | None) -> None:
        socket, self._socket = self._socket, None
        if socket is None:
            return
        socket.onopen = socket.onmessage = socket.onclose = None
        if code is not None:
            socket.close(code)
        self._proxies.close_later()


class BrowserSockets:
    """Opens :class:`BrowserSocket`."""

    def open(self, url: str, listener: SocketListener) -> BrowserSocket:
        return BrowserSocket(url, listener)
