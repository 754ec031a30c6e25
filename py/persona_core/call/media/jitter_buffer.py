"""``JitterBuffer``: a peer's face now, from frames that come late, unevenly or not at all.

Rules:

* Frames carry the time of their capture, so how evenly they are *sent* does not matter: only the
  spread of their transits delays the playout, and only by a part
  (:mod:`persona_core.call.media.playout_clock`).
* Between two frames the face is interpolated; beyond the newest it is predicted
  (:mod:`persona_core.call.media.prediction`) for at most
  :data:`~persona_core.call.media.prediction.PREDICTION_MS`, and holds still then.
* A frame that says something else than was predicted is come to smoothly
  (:mod:`persona_core.call.media.steering`).
* A frame whose time has been played, and that is not the newest, is of no use any more.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.call.media.face_vector import RESIDUAL, to_face, to_vector
from persona_core.call.media.playout_clock import PlayoutClock
from persona_core.call.media.prediction import LONGEST_SPAN_MS, SPAN_MS, STANDSTILL, velocity
from persona_core.call.media.steering import Steering, smoothing_after
from persona_core.face.params import FaceParams

CAPACITY: Final = 64
"""Frames held: one second at 60 a second, four times what the longest delay needs."""
PLAYED_KEPT: Final = 4
"""Frames kept behind the playout: what velocities are taken from."""
LONGEST_INTERVAL_MS: Final = 200.0
"""A sender slower than this is not smoothed over any longer."""

MAX_TIME_MS: Final = 1e15
"""Thirty thousand years: beyond, or not a number, a time is junk."""
RESTART_GAP_MS: Final = 1000.0
RESTART_FRAMES: Final = 3
"""So many frames in a row, so far behind the newest, are not late: the clock restarted."""
FADED: Final = 0.05
"""A residual smaller than this, in standard deviations, cannot be seen."""


@dataclass(frozen=True, slots=True)
class JitterStatistics:
    """How the stream of one peer fares.

    Attributes:
        delay_ms: the playout delay aimed at, over the fastest transit.
        jitter_ms: interarrival jitter as in RFC 3550, section 6.4.1.
        late: frames that came when a newer one had been shown.
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


class JitterBuffer:
    """The frames of one peer, given back evenly. ``now_ms`` and ``arrival_ms`` are one clock."""

    def __init__(self) -> None:
        self._frames: list[FaceParams] = []
        self._vectors: list[Floats] = []
        self._times: list[float] = []
        self._clock = PlayoutClock()
        self._steering = Steering()
        self._interval_ms = 1000.0 / 30.0
        self._has_news = False
        self._until_ms = self._half_ms = math.inf
        self._near = self._next = FaceParams(0.0)
        self._shown: FaceParams | None = None
        self._shows_residual = False
        self._behind = 0
        self._late = self._overflowed = 0

    @property
    def delay_ms(self) -> float:
        """The playout delay aimed at, over the fastest transit."""
        return self._clock.delay_ms

    @property
    def statistics(self) -> JitterStatistics:
        """How the stream fares."""
        return JitterStatistics(
            delay_ms=self.delay_ms,
            jitter_ms=self._clock.transits.jitter_ms,
            late=self._late,
            overflowed=self._overflowed,
            leaps=self._clock.leaps,
            depth=len(self._times),
        )

    def push(self, params: FaceParams, arrival_ms: float) -> None:
        """Takes a frame, in any order; ``params.time_ms`` is the sender's clock.

        A frame older than one that has been shown, a second one of the same time and one with a
        junk time are dropped.
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
        self._clock.transits.add(arrival_ms - time_ms, arrival_ms)
        place = bisect_right(self._times, time_ms)
        is_newest = place == len(self._times)
        if place > 0 and self._times[place - 1] == time_ms:
            return
        played_ms = self._clock.playout_ms
        if played_ms is not None and time_ms < played_ms and not is_newest:
            self._late += 1
            return
        if is_newest and place > 0:
            interval = min(LONGEST_INTERVAL_MS, time_ms - self._times[-1])
            self._interval_ms += (interval - self._interval_ms) / 8.0
        near = self._vectors[max(0, place - 1)] if self._vectors else None
        self._times.insert(place, time_ms)
        self._frames.insert(place, params)
        self._vectors.insert(place, to_vector(params, near))
        # What lies behind the way that the face is on changes nothing yet.
        self._has_news = self._has_news or time_ms < self._until_ms
        if len(self._times) > CAPACITY:
            self._overflowed += 1
            self._forget(1)
            self._has_news = True

    def sample(self, now_ms: float) -> FaceParams | None:
        """The peer's face at ``now_ms``; None before the first frame.

        ``time_ms`` is the instant of the sender's clock that is shown. From call to call it
        never steps back, unless the sender's clock did. While nothing moves, the same object
        is given again, of the instant at which it came to rest.
        """
        if not self._times:
            return None
        last_ms, elapsed_ms = self._clock.playout_ms, self._clock.elapsed_ms(now_ms)
        playout_ms = self._clock.advance(now_ms, self._times[0], self._times[-1])
        if self._has_news or self._clock.has_leapt:
            self._take_news(None if last_ms is None else last_ms + elapsed_ms, playout_ms, now_ms)
        elif playout_ms >= self._until_ms:
            self._go(playout_ms)
        elif (
            self._shown is not None
            and last_ms is not None
            and (last_ms < self._half_ms) is (playout_ms < self._half_ms)
            and self._steering.is_still(now_ms, waits=playout_ms == last_ms)
        ):
            return self._shown
        face = to_face(
            self._steering.at(playout_ms, now_ms),
            playout_ms,
            self._near if playout_ms < self._half_ms else self._next,
            has_residual=self._shows_residual,
        )
        self._shown = face
        return face

    def _take_news(self, expected_ms: float | None, playout_ms: float, now_ms: float) -> None:
        """Goes another way than was thought, from what would have been shown at ``expected_ms``."""
        self._has_news = False
        clock, shown = self._clock, None
        if expected_ms is not None:
            shown = self._steering.moving(expected_ms, now_ms)
        elif self._shown is not None:
            shown = np.stack([to_vector(self._shown), STANDSTILL])
        self._go(playout_ms)
        if shown is None:
            return
        if not self._shows_residual:
            self._shows_residual = bool(np.abs(shown[0, RESIDUAL]).max() > FADED)
        smoothing = smoothing_after(self._interval_ms, clock.skipped_ms, leapt=clock.has_leapt)
        self._steering.meet(shown, playout_ms, now_ms, smoothing)

    def _go(self, playout_ms: float) -> None:
        after = bisect_right(self._times, playout_ms)
        at = after - 1
        start, from_ms = self._vectors[at], self._times[at]
        self._near = self._next = self._frames[at]
        if after < len(self._times):
            self._until_ms, self._next = self._times[after], self._frames[after]
            change, span_ms = self._vectors[after] - start, self._until_ms - from_ms
            self._steering.go(start, change, from_ms, span_ms)
        else:
            self._until_ms = math.inf
            self._steering.go(start, self._velocity(), from_ms, None)
        self._half_ms = 0.5 * (from_ms + self._until_ms)
        self._shows_residual = not (self._near.residual is None is self._next.residual)
        if at > PLAYED_KEPT:
            self._forget(at - PLAYED_KEPT)

    def _velocity(self) -> Floats:
        newest_ms = self._times[-1]
        for time_ms, vector in zip(reversed(self._times), reversed(self._vectors), strict=True):
            span_ms = newest_ms - time_ms
            if span_ms > LONGEST_SPAN_MS:
                break
            if span_ms >= SPAN_MS:
                return velocity(self._vectors[-1], vector, span_ms)
        return STANDSTILL

    def _restart(self) -> None:
        self._forget(len(self._times))
        self._until_ms = math.inf
        self._clock.restart()

    def _forget(self, count: int) -> None:
        del self._times[:count], self._frames[:count], self._vectors[:count]
