"""The adaptive jitter buffer against one of a fixed 100 ms, on the same generated networks."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from tests.support.traces import NETWORKS, Network, Trace, make_trace
from tools.bench.figures import Figure, Summary
from tools.bench.setting import Setting

from persona_core.call.media.jitter_buffer import JitterBuffer
from persona_core.face.blend import interpolate
from persona_core.face.params import FaceParams

TITLE = "Jitter buffer, adaptive against fixed, on generated networks"
SECONDS = 120.0
WARM_UP_MS = 3_000.0
TICK_MS = 1000.0 / 60.0
FIXED_MS = 100.0
FREEZE_MS = 50.0
"""A face that stands still for longer is seen to: three displayed frames."""
MOVES = 0.25
"""Of the display's pace: slower, it counts as standing."""


class Buffer(Protocol):
    def push(self, params: FaceParams, arrival_ms: float) -> None: ...

    def sample(self, now_ms: float) -> FaceParams | None: ...


class FixedBuffer:
    """Shows each instant 100 ms after the fastest frame of the beginning could have."""

    def __init__(self, delay_ms: float = FIXED_MS) -> None:
        self._delay_ms = delay_ms
        self._transit_ms: float | None = None
        self._times: list[float] = []
        self._frames: list[FaceParams] = []

    def push(self, params: FaceParams, arrival_ms: float) -> None:
        transit = arrival_ms - params.time_ms
        self._transit_ms = transit if self._transit_ms is None else min(self._transit_ms, transit)
        place = bisect_right(self._times, params.time_ms)
        self._times.insert(place, params.time_ms)
        self._frames.insert(place, params)

    def sample(self, now_ms: float) -> FaceParams | None:
        if self._transit_ms is None:
            return None
        playout_ms = now_ms - self._transit_ms - self._delay_ms
        after = bisect_right(self._times, playout_ms)
        if after in (0, len(self._times)):
            return self._frames[0 if after == 0 else -1]
        start, end = self._times[after - 1], self._times[after]
        share = (playout_ms - start) / (end - start)
        return interpolate(self._frames[after - 1], self._frames[after], share)


@dataclass(frozen=True)
class Played:
    """How a trace was shown.

    Attributes:
        added_ms: how old each shown instant was, beyond the network's fastest way.
        freezes_ms: how long the face stood still, each time.
        seconds: that were watched.
    """

    added_ms: Trace
    freezes_ms: Trace
    seconds: float

    @property
    def frozen_share(self) -> float:
        """Of the time, in percent."""
        return float(self.freezes_ms.sum()) / (10.0 * self.seconds)


def play(buffer: Buffer, trace: Trace, way_ms: float) -> Played:
    """Plays a trace at 60 pictures a second; the first seconds are not counted."""
    arrivals = iter(trace.tolist())
    waiting = next(arrivals, None)
    added, freezes = [], []
    shown_ms = still_ms = 0.0
    ticks = np.arange(0.0, trace[-1, 0], TICK_MS).tolist()
    for now_ms in ticks:
        while waiting is not None and waiting[0] <= now_ms:
            buffer.push(FaceParams(waiting[1]), waiting[0])
            waiting = next(arrivals, None)
        face = buffer.sample(now_ms)
        if face is None or now_ms < WARM_UP_MS:
            shown_ms = 0.0 if face is None else face.time_ms
            continue
        added.append(now_ms - face.time_ms - way_ms)
        if face.time_ms - shown_ms < MOVES * TICK_MS:
            still_ms += TICK_MS
        else:
            freezes.append(still_ms)
            still_ms = 0.0
        shown_ms = face.time_ms
    freezes.append(still_ms)
    long = np.array([freeze for freeze in freezes if freeze > FREEZE_MS])
    return Played(np.array(added), long, (ticks[-1] - WARM_UP_MS) / 1000.0)


def compare(network: Network, seconds: float = SECONDS) -> tuple[Played, Played]:
    """Adaptive and fixed, on one trace."""
    trace = make_trace(network, seconds)
    return (
        play(JitterBuffer(), trace, network.way_ms),
        play(FixedBuffer(), trace, network.way_ms),
    )


def measure(_setting: Setting) -> list[Figure]:
    """Added delay and freezes on each network; needs no browser."""
    figures = []
    for network in NETWORKS:
        for kind, played in zip(("adaptive", "fixed 100 ms"), compare(network), strict=True):
            added = Summary.of(played.added_ms)
            freezes = len(played.freezes_ms) / (played.seconds / 60.0)
            figures += [
                Figure(f"{network.name}: added delay", "ms", added, column=kind),
                Figure(f"{network.name}: stands still", "% of the time", played.frozen_share,
                       column=kind),
                Figure(f"{network.name}: freezes", "a minute", freezes, column=kind),
            ]  # fmt: skip
    return figures
