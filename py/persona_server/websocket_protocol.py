"""Uvicorn's WebSocket, with bounds on what happens below the application.

The application never sees pings, pongs and continuation frames, so it cannot count them: a
client could have a pong written for each of a million pings that it sends and never read one.
"""

from __future__ import annotations

import asyncio
from asyncio import BaseTransport
from typing import Any, Final, cast

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from persona_core.base.token_bucket import TokenBucket
from persona_server.guarded_config import GuardedConfig
from persona_server.limits import MESSAGE_RATE

UNSENT_BYTES: Final = 256 * 1024
"""A client that leaves more than this unread is cut off. The application itself waits at 64 KiB."""

CLOSE_SECONDS: Final = 3.0
"""How long a client may take to answer our close frame."""

LINGER_SECONDS: Final = 5.0
"""How long what was written last may wait to be read once the application is done with a socket:
a transport that is closed keeps its buffer until then, for ever where nobody reads."""

OVERRUN: Final[Any] = {"type": "websocket.receive"}
"""Told to the application, with neither text nor bytes, when control frames broke the rate."""


class GuardedWebSocket(WebSocketsSansIOProtocol):
    """Counts control frames into the socket's message rate and bounds what is unsent."""

    _rate: TokenBucket
    _overrun = False
    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.close_timeout = CLOSE_SECONDS
        settings = cast(GuardedConfig, self.config).settings
        self._rate = TokenBucket(
            settings.messages_per_second, settings.message_burst, self.loop.time()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._end is not None:
            self._end.cancel()

    def data_received(self, data: bytes) -> None:
        if self._overrun:
            return
        super().data_received(data)
        if self._overrun:
            self.conn.data_to_send()  # pongs that nobody shall get
        if not self.handshake_initiated:
            # The whole request is here, so it is one that the WebSocket layer does not take.
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["state"][MESSAGE_RATE] = self._rate

    def handle_ping(self) -> None:
        if self._may_go_on():
            super().handle_ping()
            if self.transport.get_write_buffer_size() > UNSENT_BYTES:
                self._overrun = True
                self.transport.abort()

    def handle_pong(self, event: Frame) -> None:
        if self._may_go_on():
            super().handle_pong(event)

    def handle_cont(self, event: Frame) -> None:
        if self._may_go_on():
            super().handle_cont(event)

    async def send(self, message: ASGISendEvent) -> None:
        if not self.handshake_complete and (self.transport.is_closing() or self.conn.eof_sent):
            # Gone, or told of our own end: an answer to its handshake would be a fault to uvicorn.
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True  # by a refusal, which uvicorn calls an error

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        if not self.disconnected:
            self._end = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _may_go_on(self) -> bool:
        """Counts a frame that the application does not see."""
        if not self._overrun and not self._rate.take(self.loop.time()):
            self._overrun = True
            self.queue.put_nowait(OVERRUN)
        return not self._overrun
