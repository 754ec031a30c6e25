"""Calls in real time over the ports at hand, in many rooms at once, with troubles at random.

Runs inside a page (Pyodide) as well as beside it. What no page can do to its own machine, as to
take the network away, is done to its connections instead: they are closed beneath the engine.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from typing import Any

from tests.support.call_script import (
    FlowWatch,
    Happening,
    Kind,
    Verdict,
    make_script,
    random_pictures,
)

from persona_core.call.engine import CallEngine
from persona_core.call.invitation import Invitation
from persona_core.call.keys.identity import Identity
from persona_core.call.ports import CallPorts, SocketListener
from persona_core.face.params import FaceParams

LOOK_S = 0.1
ARRIVAL_S = 90.0
"""A browser that starts twenty people at once needs its time; then the script begins."""
PORTRAIT_BYTES = (5_000, 50_000)
BROKEN = 1006  # RFC 6455, section 7.4.1
NOWHERE = "ws://127.0.0.1:1/"


class RoughPeers:
    """Connections of one page whose frames get lost, and that can be closed beneath it."""

    def __init__(self, peers: Any) -> None:
        self.loss = 0.0
        self.silent = False
        self._peers = peers
        self._open: list[RoughTransport] = []

    def configure(self, servers: Any, *, relay_only: bool) -> None:
        self._peers.configure(servers, relay_only=relay_only)

    def create(self, listener: Any) -> RoughTransport:
        transport = RoughTransport(self, self._peers.create(listener), listener)
        self._open = [one for one in self._open if not one.closed] + [transport]
        return transport

    def fail(self) -> None:
        for transport in self._open:
            transport.fail()


class RoughTransport:
    """One connection."""

    def __init__(self, owner: RoughPeers, inner: Any, listener: Any) -> None:
        self.closed = False
        self._owner = owner
        self._inner = inner
        self._listener = listener

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def send_frame(self, data: bytes) -> bool:
        if self._owner.silent or random.random() < self._owner.loss:
            return True
        return bool(self._inner.send_frame(data))

    def close(self) -> None:
        self.closed = True
        self._inner.close()

    def fail(self) -> None:
        """The connection is gone, and the platform says so."""
        if not self.closed:
            self._inner.close()
            self._listener.on_connection_state("failed")


class RoughSockets:
    """Sockets of one page, which can be broken, and a server that can be out of reach."""

    def __init__(self, sockets: Any) -> None:
        self.is_up = True
        self._sockets = sockets
        self._open: list[RoughSocket] = []

    def open(self, url: str, listener: SocketListener) -> RoughSocket:
        socket = RoughSocket(listener)
        socket.inner = self._sockets.open(url if self.is_up else NOWHERE, socket)
        self._open = [one for one in self._open if not one.closed] + [socket]
        return socket

    def snap(self) -> None:
        """The page finds its socket broken."""
        for socket in self._open:
            socket.snap()


class RoughSocket:
    """One socket, and the listener of the real one."""

    def __init__(self, listener: SocketListener) -> None:
        self.closed = False
        self.inner: Any = None
        self._listener = listener

    def __getattr__(self, name: str) -> Any:
        return getattr(self._listener if name.startswith("on_") else self.inner, name)

    def close(self, code: int = 1000) -> None:
        self.closed = True
        self.inner.close(code)

    def on_socket_closed(self, code: int, reason: str) -> None:
        if not self.closed:
            self.closed = True
            self._listener.on_socket_closed(code, reason)

    def snap(self) -> None:
        if not self.closed:
            self.inner.close()
            self.on_socket_closed(BROKEN, "")


@dataclass
class RealPerson:
    """Somebody in a room: the page there is now, and what it should be showing."""

    ports: CallPorts
    peers: RoughPeers
    sockets: RoughSockets
    engine: CallEngine
    identity: Identity
    away: bool = False
    muted: bool = False
    portrait: bytes | None = None
    expressions: tuple[bytes, ...] = ()


class RoughRoom:
    """Two people and their script."""

    def __init__(self, number: int, ports: CallPorts, url: str, seconds: float) -> None:
        self._invitation = Invitation(f"rough-room-{number}", bytes(range(16)))
        self._url = url
        self._clock = ports.clock
        self._scheduler = ports.scheduler
        self._script = make_script(number, 2, 1000.0 * seconds)
        self.verdict = Verdict()
        self.people = [self._make_person(ports) for _ in range(2)]
        self._watches = FlowWatch(), FlowWatch()
        self._server_up = True

    async def play(self, seconds: float) -> None:
        for person in self.people:
            self._load(person)
        await self._arrive()
        running = [asyncio.create_task(self._send_faces()), asyncio.create_task(self._look())]
        try:
            async with asyncio.TaskGroup() as group:
                for happening in self._script:
                    group.create_task(self._happen(happening))
                group.create_task(self._sleep(seconds))
            self._judge_end()
        except* Exception as errors:
            self.verdict.faults += [f"raised: {error!r}" for error in errors.exceptions]
        finally:
            for task in running:
                task.cancel()
            for person in self.people:
                person.engine.leave()
        for watch in self._watches:
            self.verdict.faults += watch.faults
            self.verdict.recoveries_ms += watch.recoveries_ms
            self.verdict.longest_ms = max(self.verdict.longest_ms, watch.longest_ms)

    async def _arrive(self) -> None:
        for _ in range(round(ARRIVAL_S / LOOK_S)):
            await self._sleep(LOOK_S)
            paths = [remote.path for one in self.people for remote in one.engine.remotes]
            if paths == ["direct", "direct"]:
                return
        self.verdict.faults.append("not connected at the beginning")

    async def _sleep(self, seconds: float) -> None:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._scheduler.call_later(1000.0 * seconds, lambda: over.done() or over.set_result(None))
        await over

    def _make_person(self, ports: CallPorts) -> RealPerson:
        peers, sockets = RoughPeers(ports.peers), RoughSockets(ports.sockets)
        own = replace(ports, peers=peers, sockets=sockets)
        identity = Identity.create(ports.crypto.signer.public, ports.token_bytes)
        return RealPerson(own, peers, sockets, self._make_engine(own), identity)

    def _make_engine(self, ports: CallPorts) -> CallEngine:
        return CallEngine(ports, self._url, lambda *_: None, wants_portraits=True)

    def _load(self, person: RealPerson) -> None:
        person.engine = self._make_engine(person.ports)
        person.engine.set_muted(person.muted)
        person.engine.set_portrait(person.portrait, person.expressions)
        person.engine.join(self._invitation, person.identity)
        person.away = False

    async def _happen(self, happening: Happening) -> None:
        await self._sleep(happening.at_ms / 1000.0)
        person = self.people[happening.who]
        draw = random.Random(happening.seed)
        length_s = (happening.until_ms - happening.at_ms) / 1000.0
        match happening.kind:
            case Kind.MUTE:
                person.muted = not person.muted
                person.engine.set_muted(person.muted)
            case Kind.PORTRAIT:
                person.portrait, person.expressions = random_pictures(draw, PORTRAIT_BYTES)
                person.engine.set_portrait(person.portrait, person.expressions)
            case Kind.WEATHER:
                person.peers.loss = draw.uniform(0.0, 0.10)
            case Kind.SOCKET:
                person.sockets.snap()
            case Kind.MOVE:
                person.engine.network_changed()
            case Kind.BLIP:
                person.peers.silent = True
                await self._sleep(length_s)
                person.peers.silent = False
            case Kind.SERVER:
                await self._take_server_away(length_s)
            case Kind.RELOAD | Kind.CRASH:
                person.away = True
                person.engine.leave(returning=True)
                await self._sleep(length_s)
                self._load(person)
            case Kind.CUT | Kind.NO_UDP | Kind.SLEEP:
                self._disturb()
                person.peers.fail()

    async def _take_server_away(self, seconds: float) -> None:
        self._server_up = False
        for person in self.people:
            person.sockets.is_up = False
            if not person.away:
                person.sockets.snap()
        await self._sleep(seconds)
        self._server_up = True
        for person in self.people:
            person.sockets.is_up = True

    def _disturb(self) -> None:
        for watch in self._watches:
            watch.disturb()

    async def _send_faces(self) -> None:
        while True:
            for person in self.people:
                if not person.away:
                    person.engine.send_params(FaceParams(self._clock.now_ms()))
            await self._sleep(LOOK_S)

    async def _look(self) -> None:
        while True:
            there = not any(person.away or person.peers.silent for person in self.people)
            for person, watch in zip(self.people, self._watches, strict=True):
                frames = [remote.counts.decoded for remote in person.engine.remotes]
                now_ms = self._clock.now_ms()
                watch.look(now_ms, sum(frames), is_open=there, can_repair=self._server_up)
            await self._sleep(LOOK_S)

    def _judge_end(self) -> None:
        for person, other in (self.people, self.people[::-1]):
            remotes = person.engine.remotes
            if len(remotes) != 1:
                self.verdict.faults.append(f"{len(remotes)} peers at the end")
                continue
            [remote] = remotes
            seen = (remote.path, remote.peer_id, remote.muted)
            pictures = (remote.portrait, remote.expressions)
            if seen != ("direct", other.identity.peer, other.muted) or pictures != (
                other.portrait,
                other.expressions,
            ):
                self.verdict.faults.append(f"at the end: {seen}, {remote.download.progress}")


async def play_rooms(ports: CallPorts, url: str, rooms: int, seconds: float) -> list[Verdict]:
    """Plays all rooms at once; ``seconds`` of troubles and quiet after everybody has arrived."""
    played = [RoughRoom(number, ports, url, seconds) for number in range(rooms)]
    await asyncio.gather(*(room.play(seconds) for room in played))
    return [room.verdict for room in played]
