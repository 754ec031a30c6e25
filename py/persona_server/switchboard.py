"""How peers find and reach one another: the port, and its implementation within one process.

:mod:`persona_server.redis_switchboard` is the other implementation, for several processes.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from persona_core.wire.signaling import (
    MAX_ROOM_SIZE,
    ErrorCode,
    HostOrder,
    Join,
    PeerJoined,
    PeerLeft,
    ServerMessage,
)
from persona_server.config import ServerConfig
from persona_server.journal import Journal
from persona_server.rooms import Joined, Registry, Seat

Outgoing = ServerMessage | str | bytes
"""What a line takes: a message, or one that is encoded already (bytes: a relay frame)."""


class Line(Protocol):
    """How one peer is reached."""

    def post(self, message: Outgoing) -> bool:
        """Sends a message; False when it will certainly not arrive."""
        ...

    def doubt(self) -> None:
        """Asks for a sign of life, for somebody has lost this peer."""
        ...

    def end(self, code: ErrorCode) -> None:
        """Says why and closes."""
        ...


class Switchboard(Protocol):
    """All rooms, as one process sees them."""

    @property
    def room_count(self) -> int: ...

    @property
    def peer_count(self) -> int:
        """Peers whose sockets this process holds, or held until a moment ago."""
        ...

    @property
    def held_count(self) -> int:
        """Peers of this process whose sockets broke and whose seats are kept."""
        ...

    @property
    def health(self) -> dict[str, object]:
        """What it adds to ``/healthz``."""
        ...

    async def start(self) -> None: ...

    async def join(self, join: Join, line: Line) -> Joined[Line]:
        """Seats a line and tells the others, or the line that it replaces.

        The caller sends its ``welcome`` before it awaits anything else.

        Raises:
            SignalingError: there is no place.
        """
        ...

    async def count(self, room: str) -> tuple[int, int, bool]:
        """How many people are in a room, held seats included, how many it holds at most, and
        whether it is locked."""
        ...

    def holds(self, join: Join) -> bool:
        """Whether the person who joins has a seat here already."""
        ...

    async def order(self, seat: Seat[Line], order: HostOrder) -> None:
        """Does what the host wants: locks the room, ends the lines of who is removed.

        Raises:
            SignalingError: ``not-host``.
        """
        ...

    def leave(self, seat: Seat[Line]) -> None:
        """Frees a seat and tells those who stay; nothing when it was taken over."""
        ...

    def hold(self, seat: Seat[Line]) -> None:
        """Keeps the seat of a broken socket for a while, then frees it."""
        ...

    def find(self, room: str, peer: str) -> Line | None: ...

    async def close(self) -> None:
        """Lets go of everything; the lines have ended before."""
        ...


class AbsentLine:
    """Stands in for a socket that broke."""

    def post(self, message: Outgoing) -> bool:
        return False

    def doubt(self) -> None:
        pass  # it is given up soon as it is

    def end(self, code: ErrorCode) -> None:
        pass


ABSENT = AbsentLine()

PLAIN_ROOM_SIZE = 2
"""What a page shows that does not tell: one other person."""


class MemorySwitchboard:
    """The rooms of a process that is alone."""

    def __init__(self, config: ServerConfig, journal: Journal) -> None:
        self.config = config
        self.journal = journal
        self.registry: Registry[Line] = Registry(
            room_size=config.room_size,
            max_rooms=config.max_rooms,
            max_peers=config.max_peers,
            plain_size=min(PLAIN_ROOM_SIZE, config.room_size),
        )
        self._held: dict[Seat[Line], asyncio.TimerHandle] = {}

    @property
    def room_count(self) -> int:
        return self.registry.room_count

    @property
    def peer_count(self) -> int:
        return self.registry.peer_count

    @property
    def held_count(self) -> int:
        return len(self._held)

    @property
    def health(self) -> dict[str, object]:
        return {}

    async def start(self) -> None:
        pass

    async def join(self, join: Join, line: Line) -> Joined[Line]:
        joined = self.registry.join(join, line)
        self.tell_joined(joined)
        return joined

    async def count(self, room: str) -> tuple[int, int, bool]:
        seats = self.registry.members(room)
        size = min(self.config.room_size, *(seat.size for seat in seats), MAX_ROOM_SIZE)
        return len(seats), size, self.registry.desk(room).locked

    def holds(self, join: Join) -> bool:
        return self.registry.find(join.room, join.peer) is not None

    async def order(self, seat: Seat[Line], order: HostOrder) -> None:
        self.put_out(self.registry.order(seat, order))

    def put_out(self, seats: tuple[Seat[Line], ...]) -> None:
        """The host removed who sits here."""
        for seat in seats:
            if seat.is_here:
                self._note("removed", seat.room, len(self.registry.members(seat.room)) - 1)
                seat.line.end(ErrorCode.REMOVED)
                self.leave(seat)  # a held one has no socket to do it

    def leave(self, seat: Seat[Line]) -> None:
        remaining = self.registry.leave(seat)
        if remaining is not None:
            self.tell_left(seat, remaining)

    def hold(self, seat: Seat[Line]) -> None:
        if not self.config.resume_seconds:
            self.leave(seat)
            return
        held = self.registry.hold(seat, ABSENT)
        if held is not None:
            self._note("lost", seat.room, len(self.registry.members(seat.room)))
            loop = asyncio.get_running_loop()
            self._held[held] = loop.call_later(self.config.resume_seconds, self._expire, held)

    def find(self, room: str, peer: str) -> Line | None:
        seat = self.registry.find(room, peer)
        return None if seat is None else seat.line

    async def close(self) -> None:
        for timer in self._held.values():
            timer.cancel()
        self._held.clear()

    def tell_joined(self, joined: Joined[Line]) -> None:
        """Tells the people of this process, and ends the line that was replaced."""
        seat, replaced = joined.seat, joined.replaced
        if replaced is not None:
            self.let_go(replaced)
            replaced.line.end(ErrorCode.REPLACED)
        if joined.is_news:
            news = PeerJoined(seat.peer, seat.order, seat.life, seat.key_package)
            for other in joined.others:
                if other.is_here:
                    other.line.post(news)
        if seat.is_here:
            event = "joined" if replaced is None else "rejoined"
            self._note(event, seat.room, len(joined.others) + 1)

    def tell_left(self, seat: Seat[Line], remaining: tuple[Seat[Line], ...]) -> None:
        """Tells the people of this process."""
        self.let_go(seat)
        for other in remaining:
            if other.is_here:
                other.line.post(PeerLeft(seat.peer))
        if seat.is_here:
            self._note("left", seat.room, len(remaining))

    def let_go(self, seat: Seat[Line]) -> None:
        """Forgets the timer of a held seat."""
        timer = self._held.pop(seat, None)
        if timer is not None:
            timer.cancel()

    def _note(self, event: str, room: str, peers: int) -> None:
        self.journal.note(event, room=self.journal.alias(room), peers=peers)

    def _expire(self, held: Seat[Line]) -> None:
        del self._held[held]
        self.leave(held)
