"""Everything the sockets of one server share: the rooms, the limits, the journal, the end."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import suppress

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from persona_core.errors import SignalingError
from persona_core.wire.signaling import (
    CLOSE_CODES,
    MAX_RELAY_BYTES,
    AskRoom,
    CloseCode,
    Closing,
    ErrorCode,
    IceServers,
    Join,
    Limits,
    RoomAnswer,
)
from persona_server.addresses import AddressLimits, Caller, FairPlaces, caller_of
from persona_server.config import ServerConfig
from persona_server.connection import Connection
from persona_server.ice import ice_servers_for
from persona_server.journal import Journal
from persona_server.limits import origin_allowed
from persona_server.metrics import Metrics
from persona_server.room_tokens import check_room_token, is_seat_token, make_seat_token
from persona_server.rooms import Joined, Seat
from persona_server.switchboard import Line, MemorySwitchboard, Switchboard


class Hub:
    """The one place where sockets meet."""

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.journal = Journal(config.log_salt)
        self.limits = Limits(
            message_bytes=config.max_message_bytes,
            messages_per_second=config.messages_per_second,
            burst=config.message_burst,
            room_size=config.room_size,
            relay_bytes=MAX_RELAY_BYTES if config.relay_per_second else 0,
            relay_per_second=config.relay_per_second,
        )
        self.switchboard = self._choose_switchboard()
        self.metrics = Metrics(lambda: len(self._connections), self.switchboard)
        self._addresses = AddressLimits(
            config.address_connections,
            config.address_joins_per_minute,
            config.address_handshakes_per_minute,
        )
        self._pending = FairPlaces(config.max_pending)
        self._waiting: set[Line] = set()
        self._connections: dict[Connection, asyncio.Event] = {}
        self._closing = False

    async def start(self) -> None:
        """To be called once the event loop runs, before the first socket."""
        await self.switchboard.start()

    async def serve(self, socket: WebSocket) -> None:
        """Serves one socket from its handshake on. The endpoint of ``/signal``.

        A refused socket is accepted first: a browser shows a page the close code and reason
        of an open socket only, and the page must know whether to try again. Too many of them
        would be too dear to be told: a page takes their failure for a broken line, and tries again.
        """
        caller = caller_of(socket.client.host if socket.client else None)
        if not self._addresses.may_connect(caller, self._now()):
            self.refused(ErrorCode.TOO_MANY_CONNECTIONS)
            await socket.send_denial_response(PlainTextResponse("Too many.\n", 429))
            return
        await socket.accept()
        if not self._addresses.open(caller, self._now()):
            await self._refuse(socket, ErrorCode.TOO_MANY_CONNECTIONS)
            return
        try:
            refusal = self._refusal(socket, caller)
            if refusal is not None:
                await self._refuse(socket, refusal)
            else:
                await self._serve(Connection(self, socket, caller), caller)
        finally:
            self._addresses.close(caller)

    async def join(self, join: Join, line: Line, caller: Caller) -> Joined[Line]:
        """Seats a connection and tells the others.

        Raises:
            SignalingError: there is no place, no permission, or the peer id is somebody else's.
        """
        if not self._addresses.may_join(caller, self._now()):
            raise SignalingError(code=ErrorCode.TOO_MANY_JOINS)
        self._check_permission(join)
        joined = await self.switchboard.join(join, line)
        self.metrics.joined(joined)
        self._no_longer_waits(line, caller)
        return joined

    async def answer(self, question: AskRoom, caller: Caller) -> RoomAnswer:
        """What somebody is told of a room before they join: what a join would show them, and less.

        Raises:
            SignalingError: there were too many questions, or the person may not enter the room.
        """
        if not self._addresses.may_ask(caller, self._now()):
            raise SignalingError(code=ErrorCode.TOO_MANY_JOINS)
        secrets = self.config.room_secrets
        if not question.room:
            return RoomAnswer(0, self.config.room_size, bool(secrets))
        check_room_token(secrets, question.room, question.room_token, time.time())
        people, size, locked = await self.switchboard.count(question.room)
        return RoomAnswer(people, size, bool(secrets), locked)

    def seat_token_for(self, seat: Seat[Line]) -> str:
        """Lets this peer into this room again; empty where nobody needs a token."""
        if not self.config.room_secrets:
            return ""
        expiry = int(time.time()) + self.config.seat_seconds
        return make_seat_token(self.config.room_secrets[0], seat.room, seat.peer, expiry)

    @property
    def turn_awaits_company(self) -> bool:
        """Whether TURN is only for who has somebody to call: else a made-up room would do.

        Where the operator signs tokens, whoever is in was invited.
        """
        return bool(self.config.turn_urls) and not self.config.room_secrets

    def ice_servers_for(self, caller: Caller, *, has_company: bool) -> IceServers:
        """The ICE servers that a peer may use from now on."""
        if self.turn_awaits_company and not has_company:
            return IceServers(self.config.ice_servers)
        # Of IPv6 the /56, which is what a household has.
        return ice_servers_for(caller[:2][-1], self.config, time.time())

    def refused(self, code: ErrorCode, origin: str | None = None) -> None:
        """Writes down that a rule was broken or a place denied."""
        self.metrics.refused(code)
        if origin is None:
            self.journal.note("refused", code=code)
        else:
            self.journal.note("refused", code=code, origin=origin)

    def health(self) -> dict[str, object]:
        """What ``/healthz`` shows, which anybody may read: no counts."""
        return {"status": "closing" if self._closing else "ok", **self.switchboard.health}

    async def close(self) -> None:
        """Tells every client that the server stops, and waits a little until they know."""
        self._closing = True
        self.journal.note("closing", peers=self.switchboard.peer_count)
        await asyncio.sleep(self.config.drain_seconds)
        for connection in list(self._connections):
            wait = self.config.retry_ms + random.randint(0, self.config.retry_spread_ms)
            connection.post_last(Closing(wait), CloseCode.RESTARTING)
        with suppress(TimeoutError):
            async with asyncio.timeout(self.config.shutdown_seconds):
                for gone in list(self._connections.values()):
                    await gone.wait()
        await self.switchboard.close()

    def _check_permission(self, join: Join) -> None:
        """Who is in stays in: a call outlives its room token over any reconnection.

        Raises:
            SignalingError: this person may not enter the room.
        """
        secrets, now = self.config.room_secrets, time.time()
        try:
            check_room_token(secrets, join.room, join.room_token, now)
        except SignalingError as error:
            if is_seat_token(secrets, join.room, join.peer, join.seat_token, now):
                return
            if error.code != ErrorCode.ROOM_TOKEN_EXPIRED or not self.switchboard.holds(join):
                raise

    def _choose_switchboard(self) -> Switchboard:
        if not self.config.redis_url:
            return MemorySwitchboard(self.config, self.journal)
        # Here, because who runs one process needs no Redis client.
        from persona_server.redis_switchboard import RedisSwitchboard

        return RedisSwitchboard(self.config, self.journal)

    async def _serve(self, connection: Connection, caller: Caller) -> None:
        """Serves a connection that :meth:`_refusal` gave a place to wait in."""
        self._waiting.add(connection)
        gone = self._connections[connection] = asyncio.Event()
        try:
            await connection.run()
        finally:
            self._no_longer_waits(connection, caller)
            del self._connections[connection]
            gone.set()

    def _no_longer_waits(self, line: Line, caller: Caller) -> None:
        if line in self._waiting:
            self._waiting.remove(line)
            self._pending.give_back(caller)

    async def _refuse(self, socket: WebSocket, code: ErrorCode) -> None:
        self.refused(code, origin=socket.headers.get("origin", "")[:200])
        with suppress(WebSocketDisconnect):  # gone already
            await socket.close(CLOSE_CODES[code] or CloseCode.NORMAL, code)

    def _refusal(self, socket: WebSocket, caller: Caller) -> ErrorCode | None:
        origin, host = socket.headers.get("origin"), socket.headers.get("host", "")
        if not origin_allowed(origin, host, self.config.allowed_origins):
            return ErrorCode.ORIGIN_REFUSED
        if self._closing or not self._pending.take(caller):
            return ErrorCode.SERVER_BUSY
        return None

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
