"""Plays a script of troubles to a call in memory, and judges how the call fared."""

from __future__ import annotations

import itertools
import logging
import random

from tests.support.call_script import (
    LENGTH_MS,
    ONE_PROCESS,
    PAUSE_MS,
    FlowWatch,
    Happening,
    Kind,
    Verdict,
    make_script,
    random_pictures,
)
from tests.support.device import Device, SwiftTime
from tests.support.memory_peers import MemoryPeers, Weather
from tests.support.memory_signaling import RELAYING, MemoryServer
from tests.support.pages import INVITATION, Page
from tests.support.stage import face

from persona_core.call.engine import CallEngine
from persona_core.call.remote_peer import RemotePeer
from persona_core.call.signaling.signaling_machine import SignalingState
from persona_core.call.status import Phase

LOOK_MS = 100.0
RESUME_MS = 10_000.0
CONTROL_BYTES_PER_MS = 100.0
PORTRAIT_BYTES = (10_000, 300_000)


class Person:
    """Somebody in the call: the device, the page on it now, and what it should be showing."""

    def __init__(self, number: int, device: Device) -> None:
        self.name = f"person-{number}"
        self.device = device
        self.page: Page | None = None
        self.muted = False
        self.portrait: bytes | None = None
        self.expressions: tuple[bytes, ...] = ()
        self._loads = 0

    def load(self) -> Page:
        """Loads the page, anew from the second time on, as the same peer."""
        identity = None if self.page is None else self.page.engine.identity
        self._loads += 1
        self.page = Page(
            f"{self.name} load {self._loads}",
            time=self.device,
            sockets=self.device,
            peers=self.device,
            skew_ms=-self.device.now_ms(),
            wants_portraits=True,
        )
        engine = self.page.engine
        engine.set_avatar({"who": self.name})
        engine.set_muted(self.muted)
        if self.portrait is not None:
            engine.set_portrait(self.portrait, self.expressions)
        engine.join(INVITATION, identity)
        return self.page

    def mute(self) -> None:
        self.muted = not self.muted
        self.engine.set_muted(self.muted)

    def wear(self, portrait: bytes, expressions: tuple[bytes, ...]) -> None:
        self.portrait, self.expressions = portrait, expressions
        self.engine.set_portrait(portrait, expressions)

    def crash(self) -> None:
        """The page is gone without a word: nothing of it will ever run again."""
        assert self.page is not None
        for connection in self.page.connections:
            connection.sealed.close()  # its tasks would be missed when they are collected
        self.device = self.device.replace()

    @property
    def engine(self) -> CallEngine:
        assert self.page is not None
        return self.page.engine

    @property
    def peer(self) -> str:
        """The peer id of the page."""
        assert self.page is not None
        return self.page.peer_id

    def view_of(self, other: Person) -> RemotePeer | None:
        """What this page has of the other person."""
        for remote in self.engine.remotes:
            if remote.peer_id == other.peer:
                return remote
        return None


class ScriptedCall:
    """A call of people whose networks, devices, pages and server have all kinds of trouble.

    Args:
        rate: faces a second that each page sends.
        pause_ms, kinds: of the script's events.
    """

    def __init__(
        self,
        seed: int,
        people: int = 2,
        *,
        rate: float = 30.0,
        length_ms: float = LENGTH_MS,
        pause_ms: tuple[float, float] = PAUSE_MS,
        kinds: tuple[Kind, ...] = ONE_PROCESS,
    ) -> None:
        self.time = SwiftTime()
        self.verdict = Verdict()
        self.script = make_script(seed, people, length_ms, pause_ms=pause_ms, kinds=kinds)
        self._rate = rate
        self._length_ms = length_ms
        self._server = MemoryServer(self.time, room_size=people)
        self._server.resume_ms = RESUME_MS
        self._server.limits = RELAYING
        self._server_up = True
        self._peers = MemoryPeers(self.time, Weather(control_bytes_per_ms=CONTROL_BYTES_PER_MS))
        self._peers.random = random.Random(seed)
        devices = (Device(self.time, self._server, self._peers) for _ in range(people))
        self._people = [Person(number, device) for number, device in enumerate(devices)]
        self._away: set[Person] = set(self._people)
        self._watches = {pair: FlowWatch() for pair in itertools.permutations(self._people, 2)}

    async def play(self) -> Verdict:
        """Plays it to its end, which is that everybody leaves."""
        log = FaultLog(self.verdict.faults)
        log.attach()
        try:
            self._plan()
            await self.time.run(self._length_ms)
            self._judge_end()
            for person in self._people:
                person.engine.leave()
            await self.time.run(1_000.0)
        finally:
            log.detach()
        for (sender, receiver), watch in self._watches.items():
            self.verdict.faults += [
                f"{sender.name} to {receiver.name}: {fault}" for fault in watch.faults
            ]
            self.verdict.recoveries_ms += watch.recoveries_ms
            self.verdict.longest_ms = max(self.verdict.longest_ms, watch.longest_ms)
        return self.verdict

    def _plan(self) -> None:
        later = self.time.call_later
        for number, person in enumerate(self._people):
            later(300.0 * number, lambda person=person: self._arrive(person))
        for happening in self.script:
            later(happening.at_ms, lambda happening=happening: self._begin(happening))
            if happening.until_ms > happening.at_ms:
                later(happening.until_ms, lambda happening=happening: self._end(happening))
        self._send_faces()
        self._look()

    def _arrive(self, person: Person) -> None:
        person.load()
        self._away.discard(person)

    # Troubles

    def _begin(self, happening: Happening) -> None:
        person = self._people[happening.who]
        draw = random.Random(happening.seed)
        match happening.kind:
            case Kind.WEATHER:
                self._peers.weather = _weather(draw)
            case Kind.MUTE:
                person.mute()
            case Kind.PORTRAIT:
                person.wear(*random_pictures(draw, PORTRAIT_BYTES))
            case Kind.SOCKET:
                self._disturb(person if self._is_relayed(person) else None)
                person.device.break_lines()
            case Kind.BLIP | Kind.CUT | Kind.MOVE:
                person.device.leave_reach()
            case Kind.SLEEP:
                person.device.sleep()
            case Kind.NO_UDP:
                self._disturb(*self._people)
                self._peers.cut()
            case Kind.SERVER:
                self._disturb(*filter(self._is_relayed, self._people))
                self._server_up = False
                self._server.stop(politely=draw.random() < 0.5)
            case Kind.REDIS:
                self._server.lose_redis()
            case Kind.RELOAD:
                self._away.add(person)
                person.engine.leave(returning=True)
            case Kind.CRASH:
                self._away.add(person)
                person.crash()

    def _end(self, happening: Happening) -> None:
        person = self._people[happening.who]
        draw = random.Random(happening.seed)
        match happening.kind:
            case Kind.BLIP | Kind.CUT | Kind.MOVE:
                elsewhere = happening.kind is Kind.MOVE or draw.random() < 0.3
                person.device.come_back(elsewhere=elsewhere)
                if happening.kind is Kind.MOVE or draw.random() < 0.5:
                    person.engine.network_changed()
            case Kind.SLEEP:
                person.device.wake()
                person.engine.network_changed()
            case Kind.NO_UDP:
                self._disturb(*self._people)
                self._peers.blocked = False
                for other in self._people:
                    if other.device.in_reach:
                        other.device.come_back(elsewhere=draw.random() < 0.5)
            case Kind.SERVER:
                self._server_up = True
                self._server.start()
            case Kind.REDIS:
                self._server.find_redis()
            case Kind.RELOAD | Kind.CRASH:
                self._arrive(person)

    def _is_relayed(self, person: Person) -> bool:
        return any(remote.path != "direct" for remote in person.engine.remotes)

    def _disturb(self, *people: Person | None) -> None:
        for pair, watch in self._watches.items():
            if not set(people).isdisjoint(pair):
                watch.disturb()

    def _is_there(self, person: Person) -> bool:
        return person not in self._away and person.device.is_there

    # Faces

    def _send_faces(self) -> None:
        for person in self._people:
            if person not in self._away and not person.device.asleep:
                assert person.page is not None
                person.engine.send_params(face(person.page.clock.now_ms()))
        self.time.call_later(1000.0 / self._rate, self._send_faces)

    def _look(self) -> None:
        now_ms = self.time.now_ms()
        for (sender, receiver), watch in self._watches.items():
            both = self._is_there(sender) and self._is_there(receiver)
            remote = receiver.view_of(sender) if both else None
            watch.look(
                now_ms,
                0 if remote is None else remote.counts.decoded,
                is_open=both and (self._server_up or not self._peers.blocked),
                can_repair=self._server_up,
            )
        self.time.call_later(LOOK_MS, self._look)

    # The end

    def _judge_end(self) -> None:
        for person in self._people:
            status = person.engine.status
            if status.phase is not Phase.INSIDE or status.signaling is not SignalingState.JOINED:
                self._blame(f"{person.name}: {status.phase.value}, {status.signaling.name}")
            if len(status.peers) != len(self._people) - 1:
                self._blame(f"{person.name} sees {len(status.peers)} peers")
        for sender, receiver in self._watches:
            remote = receiver.view_of(sender)
            name = f"{receiver.name} of {sender.name}"
            if remote is None:
                self._blame(f"{name}: not there")
                continue
            if remote.path != "direct":
                self._blame(f"{name}: {remote.path} path, {remote.quality}")
            if remote.muted is not sender.muted:
                self._blame(f"{name}: muted is {remote.muted}")
            if (remote.portrait, remote.expressions) != (sender.portrait, sender.expressions):
                self._blame(f"{name}: portrait at {remote.download.progress}")
            if remote.avatar != {"who": sender.name}:
                self._blame(f"{name}: avatar {remote.avatar}")

    def _blame(self, fault: str) -> None:
        self.verdict.faults.append(fault)


def _weather(draw: random.Random) -> Weather:
    return Weather(
        delay_ms=draw.uniform(5.0, 120.0),
        spread_ms=draw.choice((0.0, draw.uniform(0.0, 120.0))),
        loss=draw.choice((0.0, draw.uniform(0.0, 0.10))),
        control_bytes_per_ms=CONTROL_BYTES_PER_MS,
    )


class FaultLog(logging.Handler):
    """Whatever is logged as an error is a fault of the call: nothing may raise."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(logging.ERROR)
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        self._faults.append(f"logged: {record.getMessage()} {record.exc_info or ''}")

    def attach(self) -> None:
        logging.getLogger().addHandler(self)

    def detach(self) -> None:
        logging.getLogger().removeHandler(self)
