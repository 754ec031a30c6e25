"""One signaling socket, from its opening to its end.

    open ─► join (in time) ─► relay, reject ... ─► leave, broken rule, or the socket is gone
         └► a question about a room ─► its answer

Two tasks share a socket: the reader obeys the client, the writer empties the outbox. What one
peer sends is put into another's outbox and never waits for it; an outbox that runs over ends
its own socket only. Whoever ends a connection gives up its seat at once and lets the writer
say the last word.
"""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from persona_core.base.token_bucket import TokenBucket
from persona_core.call.keys.identity import is_proven
from persona_core.errors import SignalingError
from persona_core.wire.relay_frame import encode_relay_frame, parse_relay_frame
from persona_core.wire.signaling import (
    CLOSE_CODES,
    PROTOCOL_VERSION,
    SIGN_OF_LIFE_SECONDS,
    AskIceServers,
    AskRoom,
    ClientMessage,
    CloseCode,
    ErrorCode,
    ErrorMessage,
    HostOrder,
    IceServers,
    Join,
    Leave,
    Member,
    PeerJoined,
    PeerLost,
    Ping,
    PlainMessage,
    Pong,
    Reject,
    Relay,
    RelayFrame,
    ServerMessage,
    Welcome,
)
from persona_core.wire.signaling_json import encode_server_message, parse_client_message
from persona_server.addresses import Caller
from persona_server.limits import MESSAGE_RATE
from persona_server.switchboard import Outgoing

if TYPE_CHECKING:
    from persona_server.hub import Hub
    from persona_server.rooms import Seat
    from persona_server.switchboard import Line

DOUBT_PAUSE_SECONDS: Final = 10.0
"""A peer is asked for a sign of life this often at most, whoever has lost it."""

LAST_WORD_SECONDS: Final = 3.0
"""How long a client may take to receive what was still queued when its socket ended."""

FLOOD_FACTOR: Final = 8
"""A socket that sends relay frames at so many times the allowed rate is ended."""

FRAMES_SHARE: Final = 4
"""Relay frames may fill this part of an outbox (one in so many); the rest is for messages."""

_EXPECTED_BACK: Final = frozenset({CloseCode.TRY_LATER, CloseCode.BROKEN})
"""Ends after which the seat is kept for a while."""


@dataclass(frozen=True, slots=True)
class _End:
    """Stands last in the outbox: close with this code; the reason is an error code or empty."""

    code: CloseCode
    reason: str = ""


class Connection:
    """The server's end of one socket.

    Args:
        caller: the networks it comes from, for the limits of those.
    """

    def __init__(self, hub: Hub, socket: WebSocket, caller: Caller) -> None:
        self._hub = hub
        self._socket = socket
        self._caller = caller
        self._seat: Seat[Line] | None = None
        self._outbox: asyncio.Queue[str | bytes | _End] = asyncio.Queue()
        self._unsent = 0
        self._ended = False
        self._has_company = False
        self._token_due = 0.0
        self._patience: asyncio.Timeout | None = None
        self._doubt: asyncio.TimerHandle | None = None
        self._doubted_at = -math.inf
        config, now = hub.config, self._now()
        # Shared with the control frames, which the protocol class counts.
        self._messages: TokenBucket = getattr(socket.state, MESSAGE_RATE, None) or TokenBucket(
            config.messages_per_second, config.message_burst, now
        )
        rate = config.relay_per_second
        self._frames = TokenBucket(rate, max(1, round(rate)), now)
        self._flood = TokenBucket(rate * FLOOD_FACTOR, max(1, round(rate * FLOOD_FACTOR)), now)

    def post(self, message: Outgoing) -> bool:
        """Queues a message for this client; one that reads too slowly is ended instead."""
        if self._ended:
            return False
        if isinstance(message, PeerJoined) and not self._has_company:
            # Before the newcomer is told of, for the connection to it is made with these.
            self._has_company = True
            if self._hub.turn_awaits_company:
                self.post(self._ice_servers())
        data = message if isinstance(message, str | bytes) else encode_server_message(message)
        config, waiting = self._hub.config, self._outbox.qsize()
        limit = config.outbox_messages
        if isinstance(message, bytes) and waiting * FRAMES_SHARE >= limit:
            self._hub.metrics.frame_dropped()
            return False
        if waiting >= limit or self._unsent + len(data) > config.outbox_bytes:
            self.end(ErrorCode.SLOW_READER)
            return False
        self._queue(data)
        return True

    def end(self, code: ErrorCode, detail: str = "") -> None:
        """Says ``error`` and closes with the code that belongs to it."""
        self.post_last(ErrorMessage(code, detail), CLOSE_CODES[code] or CloseCode.NORMAL, code)

    def doubt(self) -> None:
        """Somebody has lost this peer: it is asked for a sign of life, and has to give one."""
        now = self._now()
        if self._ended or self._doubt is not None or now - self._doubted_at < DOUBT_PAUSE_SECONDS:
            return
        self._doubted_at = now
        self.post(Ping())
        loop = asyncio.get_running_loop()
        self._doubt = loop.call_later(SIGN_OF_LIFE_SECONDS, self._give_up)

    def post_last(self, message: ServerMessage, close: CloseCode, reason: str = "") -> None:
        """Queues a message and the end after it. Harmless when the end has come already."""
        if not self._ended:
            self._queue(encode_server_message(message))
            self._finish(_End(close, reason))

    def _queue(self, data: str | bytes) -> None:
        self._unsent += len(data)
        self._outbox.put_nowait(data)

    async def run(self) -> None:
        """Serves the accepted socket until it ends. Never raises for what a client does."""
        reader = asyncio.create_task(self._read())
        try:
            async with asyncio.timeout(None) as self._patience:
                await self._write()
        except TimeoutError:
            pass  # it would not hear the last word
        finally:
            self._ended = True
            self._believe()
            self._give_up_seat(CloseCode.BROKEN)
            reader.cancel()
            (result,) = await asyncio.gather(reader, return_exceptions=True)
        if isinstance(result, Exception):
            self._hub.journal.note("failure", level=logging.ERROR, error=repr(result))

    async def _write(self) -> None:
        try:
            while not isinstance(item := await self._outbox.get(), _End):
                self._unsent -= len(item)
                if isinstance(item, bytes):
                    await self._socket.send_bytes(item)
                else:
                    await self._socket.send_text(item)
            if item.code is not CloseCode.BROKEN:
                await self._socket.close(item.code, item.reason)
        except WebSocketDisconnect:
            pass

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(self._hub.config.join_seconds):
                first = await self._next()
            if isinstance(first, AskRoom):
                answer = await self._hub.answer(first, self._caller)
                self.post_last(answer, CloseCode.NORMAL)
                return
            await self._join(first)
            while not self._ended:
                message = await self._next()
                if isinstance(message, HostOrder):
                    await self._order(message)
                else:
                    self._obey(message)
        except TimeoutError:
            self.end(ErrorCode.JOIN_TIMEOUT)
        except SignalingError as error:
            self._hub.refused(ErrorCode(error.code))
            self.end(ErrorCode(error.code), error.detail)
        except WebSocketDisconnect:
            self._finish(_End(CloseCode.BROKEN))
        except Exception:
            # A fault of ours must not leave the writer waiting for ever.
            self._finish(_End(CloseCode.TRY_LATER))
            raise

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    async def _next(self) -> ClientMessage:
        """The client's next message; frames and types we do not know are dealt with here."""
        while True:
            event = await self._socket.receive()
            self._believe()
            if self._ended or event["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(event.get("code") or CloseCode.BROKEN)
            text, data = event.get("text"), event.get("bytes")
            if text is None and data is not None:
                self._forward_frame(data)
                continue
            if text is None or not self._messages.take(self._now()):
                raise SignalingError(code=ErrorCode.TOO_MANY_MESSAGES)
            limit = self._hub.config.max_message_bytes
            if len(text) * 4 > limit and len(text.encode("utf-8", "surrogatepass")) > limit:
                raise SignalingError(code=ErrorCode.MESSAGE_TOO_LARGE)
            try:
                return parse_client_message(text)
            except SignalingError as error:
                if CLOSE_CODES[ErrorCode(error.code)] is not None:
                    raise
                self.post(ErrorMessage(error.code, error.detail))

    async def _join(self, message: ClientMessage) -> None:
        if not isinstance(message, Join):
            raise SignalingError(code=ErrorCode.JOIN_FIRST)
        if message.protocol != PROTOCOL_VERSION:
            raise SignalingError(
                f"this server speaks {PROTOCOL_VERSION}", code=ErrorCode.UNSUPPORTED_PROTOCOL
            )
        if not is_proven(message):
            raise SignalingError(code=ErrorCode.PEER_UNPROVEN)
        joined = await self._hub.join(message, self, self._caller)
        if self._ended:  # the server stopped, or a newer socket came, while we asked
            self._hub.switchboard.leave(joined.seat)
            return
        self._seat = joined.seat
        self._has_company = bool(joined.others)
        self.post(
            Welcome(
                peer=message.peer,
                order=joined.seat.order,
                peers=tuple(
                    Member(other.peer, other.order, other.life, other.key_package)
                    for other in joined.others
                ),
                limits=self._hub.limits,
                ice=self._ice_servers(),
                seat_token=self._seat_token(joined.seat),
            )
        )

    async def _order(self, order: HostOrder) -> None:
        assert self._seat is not None
        try:
            await self._hub.switchboard.order(self._seat, order)
        except SignalingError as error:
            self.post(ErrorMessage(error.code, ""))

    def _obey(self, message: PlainMessage) -> None:
        seat = self._seat
        assert seat is not None
        match message:
            case Relay(kind, peer, counter, payload):
                self._forward(seat, peer, Relay(kind, seat.peer, counter, payload))
            case Reject(peer, code):
                self._forward(seat, peer, Reject(seat.peer, code))
            case Ping():
                due = self._now() >= self._token_due
                self.post(Pong(self._seat_token(seat) if due else ""))
            case Pong():
                pass  # to be heard of at all is what was asked for
            case PeerLost(peer):
                other = self._hub.switchboard.find(seat.room, peer)
                if other is not None:
                    other.doubt()
            case AskIceServers():
                self.post(self._ice_servers())
            case Leave():
                self._finish(_End(CloseCode.NORMAL))
            case Join() | AskRoom():
                raise SignalingError(code=ErrorCode.ALREADY_JOINED)

    def _seat_token(self, seat: Seat[Line]) -> str:
        """A new one, which is good for now; the next is due when half of its life is over."""
        self._token_due = self._now() + self._hub.config.seat_seconds / 2
        return self._hub.seat_token_for(seat)

    def _ice_servers(self) -> IceServers:
        return self._hub.ice_servers_for(self._caller, has_company=self._has_company)

    def _forward(self, seat: Seat[Line], peer: str, message: Relay | Reject) -> None:
        other = self._hub.switchboard.find(seat.room, peer)
        if other is None or not other.post(message):
            self.post(ErrorMessage(ErrorCode.NO_SUCH_PEER, ""))
        self._hub.metrics.message_relayed(message)

    def _forward_frame(self, data: bytes) -> None:
        """Hands a relay frame on, or drops it: a late frame is worth nothing."""
        now = self._now()
        if not self._hub.config.relay_per_second:
            raise SignalingError("this server relays no frames", code=ErrorCode.BINARY_MESSAGE)
        if not self._flood.take(now):
            raise SignalingError(code=ErrorCode.TOO_MANY_MESSAGES)
        frame, seat = parse_relay_frame(data), self._seat
        if seat is None:
            raise SignalingError(code=ErrorCode.JOIN_FIRST)
        other = self._hub.switchboard.find(seat.room, frame.peer)
        if other is None or not self._frames.take(now):
            self._hub.metrics.frame_dropped()
        elif other.post(encode_relay_frame(RelayFrame(seat.peer, frame.payload))):
            self._hub.metrics.frame_relayed(len(frame.payload))

    def _believe(self) -> None:
        """Something came: whatever it is, it is a sign of life."""
        doubt, self._doubt = self._doubt, None
        if doubt is not None:
            doubt.cancel()

    def _give_up(self) -> None:
        """No sign of life: the seat is not held, for nobody is likely to come back to it soon."""
        self._doubt = None
        seat, self._seat = self._seat, None
        if seat is not None:
            self._hub.switchboard.leave(seat)
        self.end(ErrorCode.SILENT)

    def _finish(self, end: _End) -> None:
        if not self._ended:
            self._ended = True
            self._believe()
            self._outbox.put_nowait(end)
            if self._patience is not None:
                self._patience.reschedule(self._now() + LAST_WORD_SECONDS)
            self._give_up_seat(end.code)

    def _give_up_seat(self, code: CloseCode) -> None:
        seat, self._seat = self._seat, None
        if seat is None or code is CloseCode.RESTARTING:
            return  # when the server stops, all seats go together, or wait elsewhere
        if code in _EXPECTED_BACK:
            self._hub.switchboard.hold(seat)
        else:
            self._hub.switchboard.leave(seat)
