"""One signaling socket, from its opening to its end.

    open ─► join (in time) ─► relay, reject ... ─► leave, broken rule, or the socket is gone

Two tasks share a socket: the reader obeys the client, the writer empties the outbox. What one
peer sends is put into another's outbox and never waits for it; an outbox that runs over ends
its own socket only. Whoever ends a connection gives up its seat at once and lets the writer
say the last word.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.websockets import WebSocket, WebSocketDisconnect

from persona_core.call.signaling import (
    CLOSE_CODES,
    PROTOCOL_VERSION,
    ClientMessage,
    CloseCode,
    ErrorCode,
    ErrorMessage,
    Join,
    Leave,
    Member,
    Ping,
    Pong,
    Reject,
    Relay,
    ServerMessage,
    Welcome,
)
from persona_core.call.signaling_json import encode_server_message, parse_client_message
from persona_core.errors import SignalingError
from persona_server.limits import TokenBucket

if TYPE_CHECKING:
    from persona_server.hub import Hub
    from persona_server.rooms import Seat

LAST_WORD_SECONDS = 3.0
"""How long a client may take to receive what was still queued when its socket ended."""


@dataclass(frozen=True, slots=True)
class _End:
    """Stands last in the outbox: close with this code; the reason is an error code or empty."""

    code: CloseCode
    reason: str = ""


class Connection:
    """The server's end of one socket."""

    def __init__(self, hub: Hub, socket: WebSocket) -> None:
        self._hub = hub
        self._socket = socket
        self._seat: Seat[Connection] | None = None
        self._outbox: asyncio.Queue[ServerMessage | _End] = asyncio.Queue()
        self._ended = asyncio.Event()

    def post(self, message: ServerMessage) -> None:
        """Queues a message for this client; one that reads too slowly is ended instead."""
        if self._ended.is_set():
            return
        if self._outbox.qsize() >= self._hub.config.outbox_messages:
            self.end(ErrorCode.SLOW_READER)
        else:
            self._outbox.put_nowait(message)

    def end(self, code: ErrorCode, detail: str = "") -> None:
        """Says ``error`` and closes with the code that belongs to it."""
        self.post_last(ErrorMessage(code, detail), CLOSE_CODES[code] or CloseCode.NORMAL, code)

    def post_last(self, message: ServerMessage, close: CloseCode, reason: str = "") -> None:
        """Queues a message and the end after it. Harmless when the end has come already."""
        if not self._ended.is_set():
            self._outbox.put_nowait(message)
            self._finish(_End(close, reason))

    async def run(self) -> None:
        """Serves the accepted socket until it ends. Never raises for what a client does."""
        reader = asyncio.create_task(self._read())
        writer = asyncio.create_task(self._write())
        ended = asyncio.create_task(self._ended.wait())
        try:
            await asyncio.wait((reader, writer, ended), return_when=asyncio.FIRST_COMPLETED)
            if self._ended.is_set():
                await asyncio.wait((writer,), timeout=LAST_WORD_SECONDS)
        finally:
            self._give_up_seat()
            for task in (reader, writer, ended):
                task.cancel()
            results = await asyncio.gather(reader, writer, ended, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                self._hub.journal.note("failure", level=logging.ERROR, error=repr(result))

    async def _write(self) -> None:
        try:
            while not isinstance(item := await self._outbox.get(), _End):
                await self._socket.send_text(encode_server_message(item))
            await self._socket.close(item.code, item.reason)
        except WebSocketDisconnect:
            pass

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._hub.config.join_seconds):
                bucket = self._new_bucket()
                self._join(await self._next(bucket))
            while not self._ended.is_set():
                self._obey(await self._next(bucket))
        except TimeoutError:
            self.end(ErrorCode.JOIN_TIMEOUT)
        except SignalingError as error:
            self._hub.journal.note("refused", code=error.code)
            self.end(ErrorCode(error.code), error.detail)
        except WebSocketDisconnect:
            pass

    def _new_bucket(self) -> TokenBucket:
        config = self._hub.config
        return TokenBucket(config.messages_per_second, config.message_burst, self._now())

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    async def _next(self, bucket: TokenBucket) -> ClientMessage:
        """The client's next message; types we do not know are answered and passed over."""
        while True:
            event = await self._socket.receive()
            if event["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(event.get("code") or CloseCode.BROKEN)
            if not bucket.take(self._now()):
                raise SignalingError(code=ErrorCode.TOO_MANY_MESSAGES)
            text = event.get("text")
            if text is None:
                raise SignalingError(code=ErrorCode.BINARY_MESSAGE)
            if len(text.encode()) > self._hub.config.max_message_bytes:
                raise SignalingError(code=ErrorCode.MESSAGE_TOO_LARGE)
            try:
                return parse_client_message(text)
            except SignalingError as error:
                if CLOSE_CODES[ErrorCode(error.code)] is not None:
                    raise
                self.post(ErrorMessage(error.code, error.detail))

    def _join(self, message: ClientMessage) -> None:
        if not isinstance(message, Join):
            raise SignalingError(code=ErrorCode.JOIN_FIRST)
        if message.protocol != PROTOCOL_VERSION:
            raise SignalingError(
                f"this server speaks {PROTOCOL_VERSION}", code=ErrorCode.UNSUPPORTED_PROTOCOL
            )
        joined = self._hub.join(message, self)
        self._seat = joined.seat
        self.post(
            Welcome(
                peer=message.peer,
                order=joined.seat.order,
                peers=tuple(Member(other.peer, other.order) for other in joined.others),
                limits=self._hub.limits,
            )
        )

    def _obey(self, message: ClientMessage) -> None:
        seat = self._seat
        assert seat is not None
        match message:
            case Relay(kind, peer, counter, payload):
                self._forward(peer, Relay(kind, seat.peer, counter, payload))
            case Reject(peer, code):
                self._forward(peer, Reject(seat.peer, code))
            case Ping():
                self.post(Pong())
            case Leave():
                self._finish(_End(CloseCode.NORMAL))
            case Join():
                raise SignalingError(code=ErrorCode.ALREADY_JOINED)

    def _forward(self, peer: str, message: Relay | Reject) -> None:
        assert self._seat is not None
        other = self._hub.find(self._seat.room, peer)
        if other is None:
            self.post(ErrorMessage(ErrorCode.NO_SUCH_PEER, ""))
        else:
            other.post(message)

    def _finish(self, end: _End) -> None:
        if not self._ended.is_set():
            self._ended.set()
            self._outbox.put_nowait(end)
            self._give_up_seat()

    def _give_up_seat(self) -> None:
        if self._seat is not None:
            self._hub.leave(self._seat)
            self._seat = None
