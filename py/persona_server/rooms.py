"""Who is in which room. A pure registry: no sockets, no clock."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Generic, TypeVar

from persona_core.call.signaling import ErrorCode, Join
from persona_core.errors import SignalingError

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True, eq=False)
class Seat(Generic[Line]):
    """One peer's place in a room.

    Attributes:
        order: grows with every arrival; kept when the peer's socket is replaced.
        line: how the peer is reached; the registry only keeps it.
    """

    room: str
    peer: str
    token: str
    order: int
    line: Line


@dataclass(frozen=True, slots=True)
class Joined(Generic[Line]):
    """What came of a join.

    Attributes:
        seat: the place taken.
        others: the seats of those already there, in the order of their arrival.
        replaced: the same page's older seat, which this one took over; None for an arrival.
    """

    seat: Seat[Line]
    others: tuple[Seat[Line], ...]
    replaced: Seat[Line] | None


class Registry(Generic[Line]):
    """All rooms of one server. A room exists while somebody is in it."""

    def __init__(self, *, room_size: int, max_rooms: int, max_peers: int) -> None:
        self._room_size = room_size
        self._max_rooms = max_rooms
        self._max_peers = max_peers
        self._rooms: dict[str, dict[str, Seat[Line]]] = {}
        self._peers = 0
        self._arrivals = 0

    @property
    def room_count(self) -> int:
        return len(self._rooms)

    @property
    def peer_count(self) -> int:
        return self._peers

    def join(self, join: Join, line: Line) -> Joined[Line]:
        """Takes a seat, or takes over the seat of an older socket of the same page.

        Raises:
            SignalingError: ``peer-taken``, ``room-full`` or ``server-full``; nothing changed.
        """
        room = self._rooms.get(join.room, {})
        old = room.get(join.peer)
        if old is not None and not hmac.compare_digest(old.token, join.token):
            raise SignalingError("the token does not match", code=ErrorCode.PEER_TAKEN)
        if old is None:
            self._check_space(room)
            self._arrivals += 1
            self._peers += 1
        order = old.order if old is not None else self._arrivals
        seat = Seat(join.room, join.peer, join.token, order, line)
        others = tuple(other for other in room.values() if other.peer != join.peer)
        self._rooms.setdefault(join.room, {})[join.peer] = seat
        return Joined(seat, others, replaced=old)

    def leave(self, seat: Seat[Line]) -> tuple[Seat[Line], ...] | None:
        """Gives the seat up. Returns those who stay; None when the seat was taken over before."""
        room = self._rooms.get(seat.room, {})
        if room.get(seat.peer) is not seat:
            return None
        del room[seat.peer]
        self._peers -= 1
        if not room:
            del self._rooms[seat.room]
        return tuple(room.values())

    def find(self, room: str, peer: str) -> Seat[Line] | None:
        """Who sits in ``room`` under the id ``peer``."""
        return self._rooms.get(room, {}).get(peer)

    def _check_space(self, room: dict[str, Seat[Line]]) -> None:
        if len(room) >= self._room_size:
            raise SignalingError(f"{len(room)} are in the room", code=ErrorCode.ROOM_FULL)
        if self._peers >= self._max_peers or (not room and len(self._rooms) >= self._max_rooms):
            raise SignalingError(f"{self._peers} peers", code=ErrorCode.SERVER_FULL)
