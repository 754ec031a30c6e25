"""Everything the sockets of one server share: the rooms, the limits, the journal, the end."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.websockets import WebSocket

from persona_core.call.signaling import (
    CLOSE_CODES,
    CloseCode,
    Closing,
    ErrorCode,
    Join,
    Limits,
    PeerJoined,
    PeerLeft,
)
from persona_server.config import ServerConfig
from persona_server.connection import Connection
from persona_server.journal import Journal
from persona_server.limits import origin_allowed
from persona_server.rooms import Joined, Registry, Seat


class Hub:
    """The one place where sockets meet."""

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.journal = Journal()
        self.limits = Limits(
            message_bytes=config.max_message_bytes,
            messages_per_second=config.messages_per_second,
            burst=config.message_burst,
            room_size=config.room_size,
        )
        self._registry: Registry[Connection] = Registry(
            room_size=config.room_size, max_rooms=config.max_rooms, max_peers=config.max_peers
        )
        self._connections: dict[Connection, asyncio.Event] = {}
        self._closing = False

    async def serve(self, socket: WebSocket) -> None:
        """Serves one socket from its handshake on. The endpoint of ``/signal``.

        A refused socket is accepted first: a browser shows a page the close code and reason
        of an open socket only, and the page must know whether to try again.
        """
        await socket.accept()
        refusal = self._refusal(socket)
        if refusal is not None:
            self.journal.note(
                "refused", code=refusal, origin=socket.headers.get("origin", "")[:200]
            )
            await socket.close(CLOSE_CODES[refusal] or CloseCode.NORMAL, refusal)
            return
        connection = Connection(self, socket)
        gone = self._connections[connection] = asyncio.Event()
        try:
            await connection.run()
        finally:
            del self._connections[connection]
            gone.set()

    def join(self, join: Join, connection: Connection) -> Joined[Connection]:
        """Seats a connection and tells the others of an arrival, or the older socket to go.

        Raises:
            SignalingError: there is no place, or the peer id is somebody else's.
        """
        joined = self._registry.join(join, connection)
        if joined.replaced is not None:
            joined.replaced.line.end(ErrorCode.REPLACED)
        else:
            for other in joined.others:
                other.line.post(PeerJoined(join.peer, joined.seat.order))
        event = "joined" if joined.replaced is None else "rejoined"
        self._note(event, join.room, peers=len(joined.others) + 1)
        return joined

    def leave(self, seat: Seat[Connection]) -> None:
        """Frees a seat and tells those who stay; nothing when the seat was taken over."""
        remaining = self._registry.leave(seat)
        if remaining is None:
            return
        for other in remaining:
            other.line.post(PeerLeft(seat.peer))
        self._note("left", seat.room, peers=len(remaining))

    def find(self, room: str, peer: str) -> Connection | None:
        seat = self._registry.find(room, peer)
        return None if seat is None else seat.line

    def health(self) -> dict[str, object]:
        """What ``/healthz`` shows."""
        return {
            "status": "closing" if self._closing else "ok",
            "rooms": self._registry.room_count,
            "peers": self._registry.peer_count,
            "sockets": len(self._connections),
        }

    async def close(self, patience_s: float = 2.0) -> None:
        """Tells every client that the server stops, and waits a little until they know."""
        self._closing = True
        for connection in list(self._connections):
            connection.post_last(Closing(self.config.retry_ms), CloseCode.RESTARTING)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                for gone in list(self._connections.values()):
                    await gone.wait()

    def _refusal(self, socket: WebSocket) -> ErrorCode | None:
        origin, host = socket.headers.get("origin"), socket.headers.get("host", "")
        if not origin_allowed(origin, host, self.config.allowed_origins):
            return ErrorCode.ORIGIN_REFUSED
        pending = len(self._connections) - self._registry.peer_count
        if self._closing or pending >= self.config.max_pending:
            return ErrorCode.SERVER_BUSY
        return None

    def _note(self, event: str, room: str, peers: int) -> None:
        self.journal.note(event, room=self.journal.alias(room), peers=peers)
