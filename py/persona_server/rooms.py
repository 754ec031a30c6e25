"""Who is in which room. A pure registry: no sockets, no clock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from persona_core.call.keys.founding import room_of
from persona_core.errors import SignalingError
from persona_core.wire.signaling import MAX_ROOM_SIZE, ErrorCode, HostOrder, Join
from persona_server.host_desk import HostDesk

Line = TypeVar("Line")

HERE = ""
"""The ``process`` of seats whose sockets this very process holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Seat(Generic[Line]):
    """One peer's place in a room.

    Attributes:
        order: grows with every arrival; kept when the peer's socket is replaced.
        line: how the peer is reached; the registry only keeps it.
        life: of the page that sits here; see :class:`Join`.
        key_package: of that page, likewise.
        size: how many people that page can show.
        process: which process holds the socket; :data:`HERE` for this one.
        stamp: tells which of two claims to the same seat is the newer one, across processes.
        held: the socket broke, and the seat is kept for a while.
        founder: whoever sits here has shown what the room's id was made of.
    """

    room: str
    peer: str
    order: int
    line: Line
    life: str
    key_package: str
    size: int = MAX_ROOM_SIZE
    process: str = HERE
    stamp: int = 0
    held: bool = False
    founder: bool = False

    @property
    def is_here(self) -> bool:
        return self.process == HERE


@dataclass(frozen=True, slots=True)
class Joined(Generic[Line]):
    """What came of a join.

    Attributes:
        seat: the place taken.
        others: the seats of those already there, in the order of their arrival.
        replaced: the same person's older seat, which this one took over; None for an arrival.
    """

    seat: Seat[Line]
    others: tuple[Seat[Line], ...]
    replaced: Seat[Line] | None

    @property
    def is_news(self) -> bool:
        """Whether the others must hear of it: an arrival, or a page that was loaded anew."""
        return self.replaced is None or self.replaced.life != self.seat.life


class Registry(Generic[Line]):
    """The rooms that somebody of this process is in. A room exists while somebody is in it.

    Args:
        room_size: how many peers a room holds at most.
        max_rooms: how many rooms there may be.
        max_peers: how many peers of this process there may be.
        plain_size: the wish of pages that tell none; by default ``room_size``.
    """

    def __init__(
        self, *, room_size: int, max_rooms: int, max_peers: int, plain_size: int | None = None
    ) -> None:
        self._room_size = room_size
        self._plain_size = room_size if plain_size is None else plain_size
        self._max_rooms = max_rooms
        self._max_peers = max_peers
        self._rooms: dict[str, dict[str, Seat[Line]]] = {}
        self._desks: dict[str, HostDesk] = {}
        self._peers = 0
        self._arrivals = 0

    @property
    def room_count(self) -> int:
        return len(self._rooms)

    @property
    def peer_count(self) -> int:
        """Peers of this process, those included whose seats are only held."""
        return self._peers

    @property
    def rooms(self) -> tuple[str, ...]:
        return tuple(self._rooms)

    def join(self, join: Join, line: Line, order: int | None = None) -> Joined[Line]:
        """Takes a seat, or takes over the seat of an older socket of the same person.

        The caller has made sure that the peer id belongs to who joins.

        Args:
            order: of an arrival; by default one more than the last.

        Raises:
            SignalingError: ``room-full``, ``room-held``, ``room-locked``, ``removed`` or
                ``server-full``; nothing changed.
        """
        room = self._rooms.get(join.room, {})
        old = room.get(join.peer)
        if not is_founder(join):
            self.desk(join.room).check(join.peer, is_new=old is None)
        if old is None:
            self._check_space(room.values(), self.size_of(join))
        self.check_capacity(join)
        if old is not None:
            order = old.order
        elif order is None:
            order = self._arrivals + 1
        return self.put(self.seat_for(join, order, line))

    def seat_for(self, join: Join, order: int, line: Line, stamp: int = 0) -> Seat[Line]:
        """The seat that a join asks for, not taken yet."""
        return Seat(
            join.room,
            join.peer,
            order,
            line,
            join.life,
            join.key_package,
            self.size_of(join),
            stamp=stamp,
            founder=is_founder(join),
        )

    def desk(self, room: str) -> HostDesk:
        """What the host of a room wants; an empty one where nothing was said."""
        return self._desks.get(room) or HostDesk()

    def order(self, seat: Seat[Line], order: HostOrder) -> tuple[Seat[Line], ...]:
        """Takes an order, of who sits there. Returns the seats that it removes.

        Raises:
            SignalingError: ``not-host``; nothing changed.
        """
        here = self._rooms.get(seat.room, {})
        founders = self._founders(seat.room)
        if not self.desk(seat.room).may_order(seat.peer, founders=founders, here=here):
            raise SignalingError(code=ErrorCode.NOT_HOST)
        return self.obey(seat.room, seat.peer, order)

    def obey(self, room: str, peer: str, order: HostOrder) -> tuple[Seat[Line], ...]:
        """Takes an order that was judged before."""
        here = self._rooms.get(room, {})
        desk = self._desks.setdefault(room, HostDesk())
        removed = desk.take(peer, order, founders=self._founders(room), here=here)
        return tuple(here[one] for one in removed if one in here)

    def _founders(self, room: str) -> set[str]:
        return {seat.peer for seat in self.members(room) if seat.founder}

    def put(self, seat: Seat[Line]) -> Joined[Line]:
        """Gives a seat without asking, in place of the peer's older one if there is one."""
        room = self._rooms.setdefault(seat.room, {})
        old = room.get(seat.peer)
        self._peers += seat.is_here - (old is not None and old.is_here)
        self._arrivals = max(self._arrivals, seat.order)
        room[seat.peer] = seat
        others = (other for other in room.values() if other.peer != seat.peer)
        return Joined(seat, tuple(sorted(others, key=lambda other: other.order)), old)

    def leave(self, seat: Seat[Line]) -> tuple[Seat[Line], ...] | None:
        """Gives the seat up. Returns those who stay; None when the seat was taken over before."""
        room = self._rooms.get(seat.room, {})
        if room.get(seat.peer) is not seat:
            return None
        del room[seat.peer]
        self._peers -= seat.is_here
        stay = tuple(room.values())
        self.forget_if_foreign(seat.room)
        return stay

    def hold(self, seat: Seat[Line], line: Line) -> Seat[Line] | None:
        """Keeps the seat of a socket that broke; None when it was taken over before.

        Args:
            line: stands in for the socket.
        """
        if self.find(seat.room, seat.peer) is not seat:
            return None
        held = replace(seat, line=line, held=True)
        self._rooms[seat.room][seat.peer] = held
        return held

    def find(self, room: str, peer: str) -> Seat[Line] | None:
        """Who sits in ``room`` under the id ``peer``."""
        return self._rooms.get(room, {}).get(peer)

    def members(self, room: str) -> tuple[Seat[Line], ...]:
        """Everybody in ``room``, held seats included."""
        return tuple(self._rooms.get(room, {}).values())

    def size_of(self, join: Join) -> int:
        """How many people the room may hold for this newcomer's sake."""
        return self._plain_size if join.room_size is None else join.room_size

    def check_capacity(self, join: Join) -> None:
        """Whether this process can take one more.

        Raises:
            SignalingError: ``server-full``.
        """
        room = self._rooms.get(join.room)
        old = (room or {}).get(join.peer)
        more_peers = old is None or not old.is_here
        if (more_peers and self._peers >= self._max_peers) or (
            room is None and len(self._rooms) >= self._max_rooms
        ):
            raise SignalingError(f"{self._peers} peers", code=ErrorCode.SERVER_FULL)

    def _check_space(self, room: Iterable[Seat[Line]], wish: int) -> None:
        seats = tuple(room)
        if len(seats) >= min(self._room_size, wish, *(seat.size for seat in seats)):
            held = any(seat.held for seat in seats)
            code = ErrorCode.ROOM_HELD if held else ErrorCode.ROOM_FULL
            raise SignalingError(f"{len(seats)} are in the room", code=code)

    def forget_if_foreign(self, name: str) -> None:
        """A room that nobody of this process is in is no room of ours."""
        if not any(seat.is_here for seat in self._rooms.get(name, {}).values()):
            self._rooms.pop(name, None)
            self._desks.pop(name, None)


def is_founder(join: Join) -> bool:
    """Whether who joins shows what the room's id was made of."""
    return bool(join.host_token) and room_of(join.host_token) == join.room
