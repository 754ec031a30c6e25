"""Uvicorn's HTTP, with a bound on connections and on the time that a request may take to come."""

from __future__ import annotations

import asyncio
import socket
from typing import Final, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from persona_server.addresses import Caller
from persona_server.guarded_config import GuardedConfig

TOO_MANY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)

_STILL_COMING: Final = (h11.IDLE, h11.SEND_BODY)
"""What h11 calls a client whose request is not whole yet."""


class GuardedHttp(H11Protocol):
    """A connection until it is closed, or a WebSocket's."""

    _caller: Caller | None = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        self._caller = self._guard.door.enter(host, self.loop.time())
        if self._caller is None:
            transport.write(TOO_MANY)
            transport.close()
        else:
            _bound_unread(transport, self._guard.settings.drop_seconds)
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._leave()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._caller is not None:
            self._watch()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._leave()
        super().handle_websocket_upgrade(event)

    @property
    def _guard(self) -> GuardedConfig:
        return cast(GuardedConfig, self.config)

    def _watch(self) -> None:
        """Has the deadline run while, and only while, a request is coming in."""
        if self.conn.their_state not in _STILL_COMING:
            self._stop_watching()
        elif self._deadline is None:
            seconds = self._guard.settings.request_seconds
            self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _stop_watching(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _leave(self) -> None:
        self._stop_watching()
        caller, self._caller = self._caller, None
        if caller is not None:
            self._guard.door.leave(caller)


def _bound_unread(transport: asyncio.Transport, seconds: float) -> None:
    """Has the system end the connection when nothing of what was sent is taken for so long; only
    the system knows how much of it still lies in its own buffers."""
    option = getattr(socket, "TCP_USER_TIMEOUT", None)  # Linux
    connection = transport.get_extra_info("socket")
    if option is not None and connection is not None:
        connection.setsockopt(socket.IPPROTO_TCP, option, round(seconds * 1_000))
