"""A day of a full room with troubles all day long, judged by what people would see of it.

What :mod:`tests.support.scripted_call` watches face by face is watched here by what each page says
of each other, and by what pages keep for themselves.
"""

from __future__ import annotations

import gc
import itertools
import math
import tracemalloc
from dataclasses import dataclass, field

from tests.support.call_script import Kind
from tests.support.memory_peers import Weather
from tests.support.scripted_call import CONTROL_BYTES_PER_MS, Person, ScriptedCall

from persona_core.call.notices import SERVER_AWAY, NoticeCode
from persona_core.call.signaling.signaling_machine import SignalingState

HOUR_MS = 3_600_000.0
PEOPLE = 8
LOSS = 0.02
PAUSE_MS = (5_000.0, 60_000.0)
"""From one event to the next: some 2600 a day."""
APART_MS = 60_000.0
"""Nobody may be without somebody for longer, once there is a way."""
STALE_MS = 10_000.0
"""What is said of the server may be wrong for so long."""
LOOK_MS = 1_000.0
TRACE_MS = 300_000.0
RATE_HZ = 0.2
TROUBLES = tuple(kind for kind in Kind if kind not in (Kind.WEATHER, Kind.PORTRAIT))


@dataclass(frozen=True, slots=True)
class Census:
    """What there is at one instant, all pages together.

    Attributes:
        timers: that will run out, but for those of the script.
        remembered: entries of the collections in the connections.
        traced: the least bytes since the census before that Python held of what was made while
            it was traced. Troubles that are under way hold more for a while; what piles up is
            there at the calmest moment, too.
    """

    hour: float
    connections: int
    timers: int
    remembered: int
    transports: int
    traced: int


@dataclass
class Stretch:
    """How long something has been so."""

    since_ms: float | None = None
    told: bool = False

    def note(self, holds: bool, now_ms: float) -> float:
        """For how long it has held, in ms."""
        if not holds:
            self.since_ms, self.told = None, False
            return 0.0
        if self.since_ms is None:
            self.since_ms = now_ms
        return now_ms - self.since_ms


@dataclass
class DayVerdict:
    """How the day went.

    Attributes:
        longest_apart_ms: the longest time that somebody was without somebody for no good reason.
        censuses: one an hour, and one at the end.
    """

    faults: list[str] = field(default_factory=list)
    longest_apart_ms: float = 0.0
    events: int = 0
    censuses: list[Census] = field(default_factory=list)


class DayCall(ScriptedCall):
    """See the module.

    Args:
        census_ms: pause from one census to the next.
        pause_ms: from one event to the next.
        traced_ms: at the end, for which Python's memory is traced; that takes its time.
    """

    def __init__(
        self,
        seed: int,
        length_ms: float,
        *,
        census_ms: float = HOUR_MS,
        pause_ms: tuple[float, float] = PAUSE_MS,
        traced_ms: float = 0.0,
    ) -> None:
        super().__init__(
            seed,
            PEOPLE,
            rate=RATE_HZ,
            length_ms=length_ms,
            pause_ms=pause_ms,
            kinds=TROUBLES,
        )
        self.day = DayVerdict(self.verdict.faults, events=len(self.script))
        self._server.processes = 2
        self._census_ms = census_ms
        self._least_traced = math.inf
        self._began_ms = self.time.now_ms()
        self._peers.weather = Weather(loss=LOSS, control_bytes_per_ms=CONTROL_BYTES_PER_MS)
        self._apart = {pair: Stretch() for pair in itertools.permutations(self._people, 2)}
        self._stale = {person: Stretch() for person in self._people}
        self.time.call_later(census_ms, self._count)
        if traced_ms > 0.0:
            self.time.call_later(length_ms - traced_ms, self._begin_tracing)

    async def play_day(self) -> DayVerdict:
        try:
            await self.play()
        finally:
            tracemalloc.stop()
        return self.day

    def _look(self) -> None:
        now_ms = self.time.now_ms()
        for (sender, receiver), stretch in self._apart.items():
            both = self._is_there(sender) and self._is_there(receiver)
            # A way there is through the server, and without it what runs goes on by itself.
            way = both and self._server_up and self._server.connects(sender.peer, receiver.peer)
            apart = way and not self._sees(receiver, sender)
            lasted_ms = stretch.note(apart, now_ms)
            self.day.longest_apart_ms = max(self.day.longest_apart_ms, lasted_ms)
            if lasted_ms > APART_MS and not stretch.told:
                stretch.told = True
                self._blame(f"{receiver.name} without {sender.name} at {now_ms / 1000.0:.0f} s")
        for person, stretch in self._stale.items():
            if stretch.note(self._is_wrong(person), now_ms) > STALE_MS and not stretch.told:
                stretch.told = True
                self._blame(f"{person.name} is told what is not so at {now_ms / 1000.0:.0f} s")
        self.time.call_later(LOOK_MS, self._look)

    def _sees(self, receiver: Person, sender: Person) -> bool:
        remote = receiver.view_of(sender)
        return remote is not None and remote.quality in ("good", "poor")

    def _is_wrong(self, person: Person) -> bool:
        """Whether the page says what is true no more."""
        if person in self._away or person.device.asleep:
            return False
        status = person.engine.status
        if status.notice is None:
            return False
        if status.notice.code in SERVER_AWAY:
            return status.signaling is SignalingState.JOINED
        if status.notice.code is NoticeCode.CONNECTION_FAILED:
            lost = {peer.peer_id for peer in status.peers if peer.quality in ("lost", "connecting")}
            return status.notice.peer not in lost
        return True  # there is nothing else to tell in this room

    def _planned(self) -> int:
        """Timers of events that are still to come."""
        now_ms = self.time.now_ms() - self._began_ms
        return sum(happening.at_ms > now_ms for happening in self.script) + sum(
            happening.until_ms > max(now_ms, happening.at_ms) for happening in self.script
        )

    def _trace(self) -> None:
        """Notes the memory that is held, without what only the stage keeps."""
        self._peers.forget_closed()
        self._server.frames.clear()
        self._server.relayed.clear()
        for person in self._people:
            if person.page is not None:
                person.page.statuses.clear()
        gc.collect()
        self._least_traced = min(self._least_traced, tracemalloc.get_traced_memory()[0])

    def _keep_tracing(self) -> None:
        self._trace()
        self.time.call_later(TRACE_MS, self._keep_tracing)

    def _begin_tracing(self) -> None:
        tracemalloc.start()
        self._keep_tracing()

    def _count(self) -> None:
        self._trace()
        connections = [
            connection
            for person in self._people
            if person.page is not None
            for connection in person.page.connections
        ]
        self.day.censuses.append(
            Census(
                hour=self.time.now_ms() / HOUR_MS,
                connections=len(connections),
                timers=self.time.pending - self._planned(),
                remembered=sum(map(_remembered, connections)),
                transports=len(self._peers.open_transports),
                traced=int(self._least_traced),
            )
        )
        self._least_traced = math.inf
        self.time.call_later(self._census_ms, self._count)


def _remembered(connection: object) -> int:
    """Entries of all dicts, lists, sets and queues that hang directly on a connection's parts."""
    found, seen = 0, set()
    waiting = [connection]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or not type(thing).__module__.startswith("persona_core.call"):
            continue
        seen.add(id(thing))
        names = [*getattr(thing, "__dict__", {}), *getattr(type(thing), "__slots__", ())]
        for value in (getattr(thing, name, None) for name in names):
            if isinstance(value, dict | list | set | frozenset) or hasattr(value, "popleft"):
                found += len(value)
            waiting.append(value)
    return found
