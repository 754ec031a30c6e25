"""``JitterBuffer``: evens out the network, so that a peer's face moves as it was captured.

Rules:

* A frame's *transit* is its arrival less its capture time: the way plus the unknown distance of
  the two clocks. Only differences of transits are used, so no clock needs to be synchronised.
* The playout delay is what 90 % of the recent frames needed beyond the fastest, plus one frame
  interval, because between two frames there must be a later one to move towards. It stays
  within :data:`MAX_DELAY_MS`. Frames later than that are not waited for.
* The window of recent transits slides, so drifting clocks, a new route or a sender whose clock
  stood still while it slept are followed within :data:`WINDOW_MS`.
* A playout clock runs through the sender's time. It aims at "now less the fastest transit less
  the delay" and gets there by running a little slower or faster, never backwards. When the next
  frame is missing it waits on the newest: the face holds still, it does not run on into
  invented motion, and what then arrives is played on from there without a jump.
* Where no playing faster could bridge it (the sender paused, the network hung, our tab slept,
  the sender's clock restarted) the clock leaps and the face is crossfaded.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections import deque
from dataclasses import dataclass, replace

from persona_core.face.blend import Crossfade, interpolate
from persona_core.face.params import FaceParams

MAX_DELAY_MS = 250.0
"""Bound of the playout delay: with more, people begin to talk over one another."""
WINDOW_MS = 5000.0
WINDOW_FRAMES = 256
"""The transits that are remembered: so long back, and so many."""
COVERED_SHARE = 0.90
"""Measured (the bench's part "jitter"): against 0.95 the face is 20 to 35 ms younger on jittery
networks, and stands still little more, because single late frames are interpolated over."""
MAX_INTERVAL_MS = 100.0
"""A sender slower than this is not waited for: its face then moves in holds and glides."""

CAPACITY = 64
"""Frames held: one second at 60 a second, four times what the longest delay needs."""

CORRECTION_MS = 300.0
MIN_SPEED = 0.8
MAX_SPEED = 1.5
"""The playout clock mends an error in about ``CORRECTION_MS``, within these speeds. Faster is
bounded more loosely than slower: catching up ends a delay that the talk suffers from."""
LEAP_MS = 400.0
"""An error from which the clock leaps: mending it would take longer than a second."""
LEAP_FADE_MS = 150.0

MAX_TIME_MS = 1e15
"""Thirty thousand years: beyond, or not a number, a time is junk."""
RESTART_GAP_MS = 1000.0
RESTART_FRAMES = 3
"""So many frames in a row, so far behind the newest, are not late: the clock restarted."""


@dataclass(frozen=True, slots=True)
class JitterStatistics:
    """How the stream of one peer fares.

    Attributes:
        delay_ms: the playout delay aimed at, over the fastest transit.
        jitter_ms: interarrival jitter as in RFC 3550, section 6.4.1.
        late: frames that came after their time had been played.
        overflowed: frames given up because the buffer was full.
        leaps: times at which the playout clock leapt.
        depth: frames held now.
    """

    delay_ms: float
    jitter_ms: float
    late: int
    overflowed: int
    leaps: int
    depth: int


class TransitWindow:
    """The transits of the recent frames, in order of size and in order of arrival."""

    def __init__(self) -> None:
        self._by_arrival: deque[tuple[float, float]] = deque()
        self._by_size: list[float] = []
        self._last: float | None = None
        self.jitter_ms = 0.0

    @property
    def fastest_ms(self) -> float:
        """The smallest transit; only after :meth:`add`."""
        return self._by_size[0]

    @property
    def spread_ms(self) -> float:
        """How much longer than the fastest all but the slowest 10 % took."""
        rank = math.ceil(COVERED_SHARE * len(self._by_size)) - 1
        return self._by_size[rank] - self._by_size[0]

    def add(self, transit_ms: float, arrival_ms: float) -> None:
        """Takes in a frame's transit and forgets what is too old or too much."""
        change_ms = abs(transit_ms - self._last) if self._last is not None else 0.0
        if change_ms < RESTART_GAP_MS:  # more is a clock that was set, not jitter
            self.jitter_ms += (change_ms - self.jitter_ms) / 16.0
        self._last = transit_ms
        self._by_arrival.append((arrival_ms, transit_ms))
        insort(self._by_size, transit_ms)
        while (
            self._by_arrival[0][0] < arrival_ms - WINDOW_MS or len(self._by_arrival) > WINDOW_FRAMES
        ):
            _, old = self._by_arrival.popleft()
            self._by_size.pop(bisect_right(self._by_size, old) - 1)

    def clear(self) -> None:
        """Forgets all transits: the sender's clock is another one."""
        self._by_arrival.clear()
        self._by_size.clear()
        self._last = None


class JitterBuffer:
    """The frames of one peer, given back evenly. ``now_ms`` and ``arrival_ms`` are one clock."""

    def __init__(self) -> None:
        self._frames: list[FaceParams] = []
        self._times: list[float] = []
        self._window = TransitWindow()
        self._interval_ms = 1000.0 / 30.0
        self._playout_ms: float | None = None
        self._sampled_ms = 0.0
        self._crossfade = Crossfade()
        self._shown: FaceParams | None = None
        self._behind = 0
        self._late = self._overflowed = self._leaps = 0

    @property
    def delay_ms(self) -> float:
        """The playout delay aimed at, over the fastest transit."""
        if not self._times:
            return 0.0
        return min(MAX_DELAY_MS, self._interval_ms + self._window.spread_ms)

    @property
    def statistics(self) -> JitterStatistics:
        """How the stream fares."""
        return JitterStatistics(
            delay_ms=self.delay_ms,
            jitter_ms=self._window.jitter_ms,
            late=self._late,
            overflowed=self._overflowed,
            leaps=self._leaps,
            depth=len(self._times),
        )

    def push(self, params: FaceParams, arrival_ms: float) -> None:
        """Takes a frame, in any order; ``params.time_ms`` is the sender's clock.

        A frame whose time has been played, a second one of the same time and one with a junk
        time are dropped.
        """
        time_ms = params.time_ms
        if not (abs(time_ms) < MAX_TIME_MS and abs(arrival_ms) < MAX_TIME_MS):
            return
        if self._times and time_ms < self._times[-1] - RESTART_GAP_MS:
            self._behind += 1
            if self._behind < RESTART_FRAMES:
                self._late += 1
                return
            self._restart()
        self._behind = 0
        self._window.add(arrival_ms - time_ms, arrival_ms)
        place = bisect_right(self._times, time_ms)
        if place > 0 and self._times[place - 1] == time_ms:
            return
        if self._playout_ms is not None and time_ms < self._playout_ms:
            self._late += 1
            return
        if place == len(self._times) and place > 0:
            interval = min(MAX_INTERVAL_MS, time_ms - self._times[-1])
            self._interval_ms += (interval - self._interval_ms) / 16.0
        self._times.insert(place, time_ms)
        self._frames.insert(place, params)
        if len(self._times) > CAPACITY:
            self._overflowed += 1
            del self._times[0], self._frames[0]

    def sample(self, now_ms: float) -> FaceParams | None:
        """The peer's face at ``now_ms``; None before the first frame.

        ``time_ms`` is the instant of the sender's clock that is shown. From call to call it
        never steps back, unless the sender's clock did.
        """
        if not self._times:
            return None
        playout_ms = self._advance(now_ms)
        face = self._crossfade.apply(self._at(playout_ms), now_ms)
        if face.time_ms != playout_ms:
            face = replace(face, time_ms=playout_ms)
        self._shown = face
        self._forget_before(playout_ms)
        return face

    def _restart(self) -> None:
        self._times.clear()
        self._frames.clear()
        self._window.clear()
        self._playout_ms = None

    def _advance(self, now_ms: float) -> float:
        """Moves the playout clock to ``now_ms``; it stays within the frames at hand."""
        goal_ms = now_ms - self._window.fastest_ms - self.delay_ms
        oldest_ms, newest_ms = self._times[0], self._times[-1]
        elapsed_ms = max(0.0, now_ms - self._sampled_ms)
        playout_ms = self._playout_ms
        if playout_ms is None:
            playout_ms = goal_ms
            self._fade_from_shown(now_ms)
        elif min(goal_ms, newest_ms) - playout_ms - elapsed_ms > LEAP_MS:
            playout_ms = goal_ms
            self._leaps += 1
            self._fade_from_shown(now_ms)
        else:
            speed = 1.0 + (goal_ms - playout_ms - elapsed_ms) / CORRECTION_MS
            playout_ms += elapsed_ms * max(MIN_SPEED, min(MAX_SPEED, speed))
        self._playout_ms = max(oldest_ms, min(playout_ms, newest_ms))
        self._sampled_ms = max(self._sampled_ms, now_ms)
        return self._playout_ms

    def _fade_from_shown(self, now_ms: float) -> None:
        if self._shown is not None:
            self._crossfade.start(self._shown, now_ms, LEAP_FADE_MS)

    def _forget_before(self, playout_ms: float) -> None:
        played = bisect_right(self._times, playout_ms) - 1
        if played > 0:
            del self._times[:played], self._frames[:played]

    def _at(self, time_ms: float) -> FaceParams:
        after = bisect_right(self._times, time_ms)
        if after == len(self._times):
            return self._frames[-1]
        start, end = self._times[after - 1], self._times[after]
        return interpolate(
            self._frames[after - 1], self._frames[after], (time_ms - start) / (end - start)
        )
