"""What happens to a call in five minutes, drawn at random and the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

MINUTE_MS: Final = 60_000.0
LENGTH_MS: Final = 5.0 * MINUTE_MS
START_MS: Final = 8_000.0
"""Before that everybody arrives."""
QUIET_MS: Final = 45_000.0
QUIET_SHARE: Final = 0.4
"""At the end nothing happens any more, for so long, but not for more of the call than this: a
call that hangs is seen to."""
PAUSE_MS: Final = (500.0, 25_000.0)
"""From the beginning of one event to that of the next, so that long ones overlap."""


class Kind(Enum):
    """What can happen. ``who`` is the person it happens to."""

    WEATHER = "weather"
    """The network is another one: loss, delay, and jitter that lets frames overtake."""
    BLIP = "blip"
    """Nothing gets through to or from ``who``, but not for long."""
    CUT = "cut"
    """The same, until connections have failed."""
    MOVE = "move"
    """Another network: a cut, after which only fresh candidates help, and the page is told."""
    NO_UDP = "no UDP"
    """No direct way between any two; the server can be reached."""
    SERVER = "server"
    """The signaling server dies and returns."""
    REDIS = "redis"
    """Redis is away: the server's processes hear nothing of each other's people."""
    SOCKET = "socket"
    """The socket of ``who`` breaks."""
    RELOAD = "reload"
    CRASH = "crash"
    """The page is gone without a farewell, and loaded anew."""
    SLEEP = "sleep"
    """The device of ``who`` sleeps: no timer runs, and its socket is dead when it wakes."""
    MUTE = "mute"
    PORTRAIT = "portrait"


ONE_PROCESS: Final = tuple(kind for kind in Kind if kind is not Kind.REDIS)
"""What can happen where one process serves everybody."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event.

    Attributes:
        at_ms, until_ms: from the beginning of the call; the same for what has no duration.
        who: index of the person it happens to.
        seed: for whatever more the event needs to know.
    """

    at_ms: float
    until_ms: float
    kind: Kind
    who: int
    seed: int


DURATIONS_MS: Final[dict[Kind, tuple[float, float]]] = {
    Kind.WEATHER: (0.0, 0.0),
    Kind.BLIP: (500.0, 5_000.0),
    Kind.CUT: (6_000.0, 25_000.0),
    Kind.MOVE: (300.0, 4_000.0),
    Kind.NO_UDP: (10_000.0, 60_000.0),
    Kind.SERVER: (1_000.0, 30_000.0),
    Kind.REDIS: (1_000.0, 60_000.0),
    Kind.SOCKET: (0.0, 0.0),
    Kind.RELOAD: (800.0, 6_000.0),
    Kind.CRASH: (800.0, 6_000.0),
    Kind.SLEEP: (8_000.0, 40_000.0),
    Kind.MUTE: (0.0, 0.0),
    Kind.PORTRAIT: (0.0, 0.0),
}


def make_script(
    seed: int,
    people: int,
    length_ms: float = LENGTH_MS,
    *,
    pause_ms: tuple[float, float] = PAUSE_MS,
    kinds: tuple[Kind, ...] = ONE_PROCESS,
) -> list[Happening]:
    """Some twenty events in the order of their beginnings, by default.

    One device has one trouble at a time, and so has the server; troubles of different devices
    and of the server overlap.
    """
    draw = random.Random(seed)
    script: list[Happening] = []
    busy_ms: dict[int | Kind, float] = {}
    now_ms = START_MS
    last_ms = length_ms - min(QUIET_MS, QUIET_SHARE * length_ms)
    while True:
        now_ms += draw.uniform(*pause_ms)
        if now_ms >= last_ms:
            return script
        kind, who = draw.choice(kinds), draw.randrange(people)
        until_ms = min(last_ms, now_ms + draw.uniform(*DURATIONS_MS[kind]))
        place = kind if kind in (Kind.SERVER, Kind.REDIS, Kind.NO_UDP) else who
        if until_ms > now_ms:
            if now_ms < busy_ms.get(place, 0.0):
                continue
            busy_ms[place] = until_ms
        elif kind is not Kind.WEATHER and now_ms < busy_ms.get(who, 0.0):
            continue  # nobody is there to do it
        script.append(Happening(now_ms, until_ms, kind, who, draw.randrange(2**32)))


def random_pictures(
    draw: random.Random, portrait_bytes: tuple[int, int]
) -> tuple[bytes, tuple[bytes, ...]]:
    """A portrait of so many bytes, and none to eight expressions of it."""
    portrait = draw.randbytes(draw.randint(*portrait_bytes))
    sizes = [draw.randint(1_000, 12_000) for _ in range(draw.randint(0, 8))]
    return portrait, tuple(map(draw.randbytes, sizes))


STEADY_MS: Final = 2_000.0
"""A face may stand so long while nothing is wrong but loss and jitter."""
RECOVERY_MS: Final = 12_000.0
"""How long a face may stay away once the way is free again."""


@dataclass
class Verdict:
    """How a call fared.

    Attributes:
        faults: what was not as it should be; empty for a call without a fault.
        recoveries_ms: from the end of each trouble until faces came steadily.
        longest_ms: the longest time without a face that no trouble explains.
    """

    faults: list[str] = field(default_factory=list)
    recoveries_ms: list[float] = field(default_factory=list)
    longest_ms: float = 0.0


class FlowWatch:
    """Watches that one person's faces reach another, but for when they cannot.

    Attributes:
        recoveries_ms: from the end of each trouble until faces came steadily.
        longest_ms: the longest time without a face that no trouble explains.
        faults: what was longer than it may be.
    """

    def __init__(self) -> None:
        self.recoveries_ms: list[float] = []
        self.longest_ms = 0.0
        self.faults: list[str] = []
        self._frames = 0
        self._face_ms = self._steady_ms = self._trouble_ms = 0.0
        self._disturbed = self._just_disturbed = True
        self._told = False

    def disturb(self) -> None:
        """Something has hampered the way, or hampers it no more: recovery begins anew."""
        self._just_disturbed = True

    def look(self, now_ms: float, frames: int, *, is_open: bool, can_repair: bool) -> None:
        """Takes a look.

        Args:
            frames: that have come to the present page; fewer for a fresh one.
            is_open: whether there is a way, be it through the server.
            can_repair: whether the server, without which nothing is repaired, can be reached.
        """
        came, self._frames = frames > self._frames, frames
        is_still = now_ms - self._face_ms > STEADY_MS
        if self._just_disturbed or not is_open or (self._disturbed and is_still and not can_repair):
            self._trouble_ms = now_ms
            self._disturbed, self._just_disturbed, self._told = True, False, False
        if came:
            if is_still or self._steady_ms < self._trouble_ms:
                self._steady_ms = now_ms
            if not self._disturbed:
                self.longest_ms = max(self.longest_ms, now_ms - self._face_ms)
            elif now_ms - self._steady_ms > STEADY_MS:
                self._recover(now_ms)
            self._face_ms, self._told = now_ms, False
        elif self._disturbed:
            self._judge(now_ms - self._trouble_ms, RECOVERY_MS, now_ms)
        else:
            self._judge(now_ms - self._face_ms, STEADY_MS, now_ms)

    def _recover(self, now_ms: float) -> None:
        took_ms = self._steady_ms - self._trouble_ms
        self.recoveries_ms.append(took_ms)
        self._disturbed = False
        if took_ms > RECOVERY_MS:
            self.faults.append(f"steady faces only after {took_ms:.0f} ms at {now_ms:.0f} ms")

    def _judge(self, gap_ms: float, limit_ms: float, now_ms: float) -> None:
        still_ms = now_ms - self._face_ms
        if gap_ms > limit_ms and still_ms > STEADY_MS and not self._told:
            self._told = True
            self.faults.append(f"no face for {still_ms:.0f} ms at {now_ms:.0f} ms")
