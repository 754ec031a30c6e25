"""The rooms of several processes, shared through Redis.

Each process mirrors the rooms that its own people are in: their seats are *here*, those of other
processes have a :class:`RemoteLine`. Who sits where is decided in Redis (``redis_scripts``),
which tells every process concerned, in order. Messages travel from process to process.

* A process that died is noticed by its missing signs of life, and its people are told as gone.
* While Redis is away a process goes on by itself with what it knows: nobody is disconnected, and
  whoever joins meets those of the same process.
* When Redis is back, even empty, every process announces its seats anew. Where two processes
  filled a room beyond its size meanwhile, who is announced last has to go.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from persona_core.errors import SignalingError
from persona_core.wire.signaling import MAX_REMOVED, ErrorCode, HostOrder, Join
from persona_core.wire.signaling_json import encode_server_message
from persona_server.config import ServerConfig
from persona_server.journal import Journal
from persona_server.redis_link import RedisDownError, RedisLink, end_tasks
from persona_server.redis_scripts import COUNT, HOLD, JOIN, LEAVE, ORDER, ROOM_SECONDS
from persona_server.rooms import Joined, Seat, is_founder
from persona_server.switchboard import Line, MemorySwitchboard, Outgoing

REFRESH_SECONDS: Final = ROOM_SECONDS / 4
"""How often all seats are announced anew, so that no room in use is forgotten."""

TEXT: Final = b"T"
FRAME: Final = b"B"
DOUBT: Final = b"D"
EVENT: Final = b"{"


class RemoteLine:
    """Reaches a peer whose socket another process holds."""

    def __init__(self, link: RedisLink, process: str, room: str, peer: str) -> None:
        self._link = link
        self._process = process
        self._address = bytes((len(room),)) + room.encode() + bytes((len(peer),)) + peer.encode()

    def post(self, message: Outgoing) -> bool:
        if isinstance(message, bytes):
            data = FRAME + self._address + message
        else:
            text = message if isinstance(message, str) else encode_server_message(message)
            data = TEXT + self._address + text.encode()
        return self._link.send(self._process, data)

    def doubt(self) -> None:
        self._link.send(self._process, DOUBT + self._address)

    def end(self, code: ErrorCode) -> None:
        """Its own process ends it."""


@dataclass(slots=True)
class _Turn:
    """Keeps the questions about one room in order, and what is heard meanwhile for afterwards."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    deferred: list[bytes] = field(default_factory=list)


class RedisSwitchboard(MemorySwitchboard):
    """See the module."""

    def __init__(self, config: ServerConfig, journal: Journal) -> None:
        super().__init__(config, journal)
        self._link = RedisLink(config.redis_url, config.redis_prefix, config.presence_seconds, self)
        self._turns: dict[str, _Turn] = {}
        self._unannounced: set[str] = set()
        self._doubted: dict[str, float] = {}
        self._announced_at = 0.0
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def health(self) -> dict[str, object]:
        return {"redis": "connected" if self._link.is_up else "lost"}

    async def start(self) -> None:
        await self._link.start()

    async def close(self) -> None:
        """Our seats stay in Redis for a while: their people are about to move."""
        self._closing = True
        await super().close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        await end_tasks(tuple(self._tasks))
        await self._link.close()

    async def join(self, join: Join, line: Line) -> Joined[Line]:
        self.registry.check_capacity(join)
        async with self._turn(join.room):
            if self._link.is_up:
                try:
                    if join.room in self._unannounced:
                        await self._announce_room(join.room)
                    reply = await self._ask_to_join(self._entry_of(join), join.room, join.peer)
                except RedisDownError:
                    pass
                else:
                    return self._take(join, line, reply)
            return self._join_alone(join, line)

    async def order(self, seat: Seat[Line], order: HostOrder) -> None:
        async with self._turn(seat.room):
            if self._link.is_up:
                try:
                    reply = await self._ask_to_order(seat, order)
                except RedisDownError:
                    pass
                else:
                    if reply[0] != b"ok":
                        raise SignalingError(code=ErrorCode.NOT_HOST)
                    self.put_out(self.registry.obey(seat.room, seat.peer, order))
                    return
            # Goes by what this process knows; the host says it again when it is asked to join.
            await super().order(seat, order)

    async def _ask_to_order(self, seat: Seat[Line], order: HostOrder) -> list[Any]:
        text = json.dumps(asdict(order))
        asked = (self.config.redis_prefix, seat.room, seat.peer, text, self._link.process)
        reply: list[Any] = await self._link.run(ORDER, seat.room, *asked, MAX_REMOVED, ROOM_SECONDS)
        return reply

    async def count(self, room: str) -> tuple[int, int, bool]:
        if self._link.is_up:
            try:
                config = self.config
                people, size, locked = await self._link.run(
                    COUNT, room, config.redis_prefix, config.room_size
                )
            except RedisDownError:
                pass
            else:
                return int(people), int(size), bool(int(locked))
        return await super().count(room)

    def hold(self, seat: Seat[Line]) -> None:
        super().hold(seat)
        held = self.registry.find(seat.room, seat.peer)
        if held is not None and held.held and held.is_here:
            self._do(self._run_in_turn(held.room, HOLD, held.peer, str(held.stamp)))

    def tell_left(self, seat: Seat[Line], remaining: tuple[Seat[Line], ...]) -> None:
        super().tell_left(seat, remaining)
        if seat.is_here:
            self._free(seat.room, seat.peer, seat.stamp)

    # The link's listener

    def on_up(self) -> None:
        self.journal.note("redis-connected")
        self._doubted.clear()
        self._announce_all()

    def on_down(self, reason: str) -> None:
        self.journal.note("redis-lost", level=logging.WARNING, reason=reason)

    def on_message(self, data: bytes) -> None:
        try:
            room = _room_of(data)
            turn = self._turns.get(room)
            if turn is not None:
                turn.deferred.append(data)
            else:
                self._heed(data)
        except (ValueError, KeyError, IndexError, TypeError):
            self.journal.note("redis-garbage", level=logging.WARNING)

    def others(self) -> set[str]:
        return {
            seat.process
            for room in self.registry.rooms
            for seat in self.registry.members(room)
            if not seat.is_here
        }

    def on_census(self, dead: set[str]) -> None:
        """A process may be dead only for Redis, and about to come back under another name."""
        now = time.monotonic()
        self._doubted = {
            process: self._doubted.get(process, now + self.config.presence_seconds)
            for process in dead
        }
        gone = {process for process, deadline in self._doubted.items() if now >= deadline}
        if gone:
            self._drop(gone)
        if now - self._announced_at > REFRESH_SECONDS:
            self._announce_all()

    # Rooms

    def _take(self, join: Join, line: Line, reply: list[Any]) -> Joined[Line]:
        """Sits down where Redis said, with those whom it named."""
        entry = _checked(reply)
        self._mirror_all(join.room, reply[2])
        seat = self.registry.seat_for(join, int(entry["order"]), line, int(entry["stamp"]))
        joined = self.registry.put(seat)
        self.tell_joined(joined)
        return joined

    def _join_alone(self, join: Join, line: Line) -> Joined[Line]:
        """Goes by what this process knows. Redis' clock is a clock like ours."""
        now = time.time_ns() // 1000
        joined = self.registry.join(join, line, order=now)
        seat = replace(joined.seat, stamp=now)
        self.registry.put(seat)
        joined = replace(joined, seat=seat)
        self.tell_joined(joined)
        if self._link.is_up:  # it came back while we asked
            self._unannounced.add(join.room)
            self._do(self._announce())
        return joined

    def _announce_all(self) -> None:
        self._announced_at = time.monotonic()
        self._unannounced.update(self.registry.rooms)
        self._do(self._announce())

    async def _announce(self) -> None:
        for room in tuple(self._unannounced):
            async with self._turn(room):
                if room in self._unannounced:
                    await self._announce_room(room)

    async def _announce_room(self, room: str) -> None:
        """Claims our seats in a room anew, and learns who else is there."""
        for seat in self.registry.members(room):
            if not seat.is_here or self.registry.find(room, seat.peer) is not seat:
                continue
            reply = await self._ask_to_join(self._entry_of(seat), room, seat.peer)
            try:
                _checked(reply)
            except SignalingError as error:
                if error.code == ErrorCode.REPLACED:
                    # Whoever has the seat now is there; nobody shall hear of a departure.
                    self.registry.leave(seat)
                    self.let_go(seat)
                full = error.code == ErrorCode.ROOM_HELD
                seat.line.end(ErrorCode.ROOM_FULL if full else ErrorCode(error.code))
                self.leave(seat)
            else:
                self._mirror_all(room, reply[2])
        self._unannounced.discard(room)

    async def _ask_to_join(self, entry: dict[str, object], room: str, peer: str) -> list[Any]:
        config = self.config
        text = json.dumps({**entry, "process": self._link.process})
        reply: list[Any] = await self._link.run(
            JOIN, room, config.redis_prefix, room, peer, text, config.room_size, ROOM_SECONDS
        )
        return reply

    def _entry_of(self, claim: Join | Seat[Line]) -> dict[str, object]:
        if isinstance(claim, Join):
            size, order, stamp, held = self.registry.size_of(claim), "", "", False
            founder = is_founder(claim)
        else:
            size, held, founder = claim.size, claim.held, claim.founder
            order, stamp = str(claim.order), str(claim.stamp)
        return {
            "life": claim.life,
            "key_package": claim.key_package,
            "size": size,
            "order": order,
            "stamp": stamp,
            "held": held,
            "founder": founder,
        }

    def _mirror_all(self, room: str, pairs: list[bytes]) -> None:
        for peer, entry in zip(pairs[::2], pairs[1::2], strict=True):
            self._mirror(room, peer.decode(), json.loads(entry))

    def _mirror(self, room: str, peer: str, entry: dict[str, Any]) -> None:
        """Takes note of a seat of another process, and tells our people where it is news."""
        process, stamp = str(entry["process"]), int(entry["stamp"])
        old = self.registry.find(room, peer)
        if process == self._link.process:
            if old is None:  # a join that was broken off; this is the room's turn, so none is on
                self._free(room, peer, stamp)
            return
        if old is not None and old.stamp > stamp:
            return
        seat: Seat[Line] = Seat(
            room,
            peer,
            int(entry["order"]),
            RemoteLine(self._link, process, room, peer),
            str(entry["life"]),
            str(entry["key_package"]),
            int(entry["size"]),
            process,
            stamp,
            bool(entry["held"]),
            bool(entry.get("founder")),
        )
        self.tell_joined(self.registry.put(seat))

    def _heed(self, data: bytes) -> None:
        """Acts on what another process sent."""
        if data[:1] != EVENT:
            self._hand_out(data)
            return
        event = json.loads(data)
        room, peer = event["room"], event["peer"]
        if not self.registry.members(room):
            return
        if event["event"] == "joined":
            self._mirror(room, peer, json.loads(event["entry"]))
            self.registry.forget_if_foreign(room)
        elif event["event"] == "ordered":
            wanted = json.loads(event["order"])
            removed = tuple(map(str, wanted["removed"]))
            order = HostOrder(bool(wanted["locked"]), removed, str(wanted["heir"]))
            self.put_out(self.registry.obey(room, peer, order))
        elif event["event"] == "left":
            seat = self.registry.find(room, peer)
            if seat is not None and not seat.is_here and seat.order == int(event["order"]):
                self.leave(seat)

    def _hand_out(self, data: bytes) -> None:
        room, peer, body = _addressed(data)
        seat = self.registry.find(room, peer)
        if seat is None or not seat.is_here:
            return
        if data[:1] == DOUBT:
            seat.line.doubt()
        else:
            seat.line.post(body if data[:1] == FRAME else body.decode())

    def _drop(self, gone: set[str]) -> None:
        for room in self.registry.rooms:
            for seat in self.registry.members(room):
                if seat.process in gone:
                    self.leave(seat)

    # Order

    @asynccontextmanager
    async def _turn(self, room: str) -> AsyncIterator[None]:
        """One question about a room at a time; what others tell of it waits until afterwards.

        It waits one step longer, so that who has just been let in hears ``welcome`` first.
        """
        turn = self._turns.setdefault(room, _Turn())
        turn.users += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.users -= 1
            asyncio.get_running_loop().call_soon(self._end_turn, room, turn)

    def _end_turn(self, room: str, turn: _Turn) -> None:
        if turn.users or self._turns.get(room) is not turn:
            return
        del self._turns[room]
        for data in turn.deferred:
            self.on_message(data)

    def _free(self, room: str, peer: str, stamp: int) -> None:
        """Frees a seat of ours in Redis."""
        prefix = self.config.redis_prefix
        self._do(self._run_in_turn(room, LEAVE, prefix, room, peer, str(stamp)))

    async def _run_in_turn(self, room: str, script: str, *arguments: str | int) -> None:
        async with self._turn(room):
            await self._link.run(script, room, *arguments)

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs ``work`` by the way. Without Redis it is dropped: its incarnation is over."""
        if self._closing or not self._link.is_up:
            work.close()
            return
        task = asyncio.create_task(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except RedisDownError:
            pass  # noted already; what it was about is settled by the next announcement


def _checked(reply: list[Any]) -> dict[str, Any]:
    """The entry that a join was given.

    Raises:
        SignalingError: it was refused.
    """
    status = reply[0].decode()
    if status != "ok":
        raise SignalingError("by another process", code=ErrorCode(status))
    entry: dict[str, Any] = json.loads(reply[1])
    return entry


def _room_of(data: bytes) -> str:
    if data[:1] == EVENT:
        return str(json.loads(data)["room"])
    return _addressed(data)[0]


def _addressed(data: bytes) -> tuple[str, str, bytes]:
    """Room, peer and body of a message from process to process."""
    start = 2 + data[1]
    end = start + 1 + data[start]
    return data[2:start].decode(), data[start + 1 : end].decode(), data[end:]
