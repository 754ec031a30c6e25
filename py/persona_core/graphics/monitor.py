"""``PerformanceMonitor``: measures all the while at next to no cost, and sums up when asked.

What happens every frame is an entry or two (:meth:`PerformanceMonitor.frame`); whatever needs
sorting is done once a second or so, in :meth:`PerformanceMonitor.snapshot`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import pairwise, takewhile
from statistics import median
from typing import Final

from persona_core.graphics.metrics import PerformanceMetrics, warnings_of

WINDOW_MS: Final = 5_000.0
"""How far back a snapshot looks."""
CAPACITY: Final = 1024
"""Frames kept: five seconds of a display of 200 Hz."""
HISTORY: Final = 120
"""Snapshots kept for a graph."""


class Ring:
    """The newest values with their times (ms, never falling)."""

    def __init__(self, capacity: int) -> None:
        self._kept: deque[tuple[float, float]] = deque(maxlen=capacity)

    def add(self, time_ms: float, value: float) -> None:
        self._kept.append((time_ms, value))

    @property
    def newest(self) -> float:
        """The value added last; 0 before the first."""
        return self._kept[-1][1] if self._kept else 0.0

    def since(self, time_ms: float) -> tuple[list[float], list[float]]:
        """Times and values from ``time_ms`` on, the oldest first."""
        found = list(takewhile(lambda kept: kept[0] >= time_ms, reversed(self._kept)))
        found.reverse()
        return [time for time, _ in found], [value for _, value in found]


class PerformanceMonitor:
    """The measurements of one page. Times are ms of one monotonic clock."""

    def __init__(self) -> None:
        self._frames = Ring(CAPACITY)
        self._tracked = Ring(CAPACITY // 2)
        self._inferred = Ring(CAPACITY // 2)
        self._long_tasks = Ring(CAPACITY // 4)
        self._tracking = self._inferring = False
        self._network: tuple[float | None, float | None, float | None, float | None] = (None,) * 4
        self._gpu_memory: int | None = None
        self._history: deque[PerformanceMetrics] = deque(maxlen=HISTORY)

    def frame(self, now_ms: float, render_ms: float) -> None:
        """A frame was displayed, and drawing it took the page's thread so long."""
        self._frames.add(now_ms, render_ms)

    @property
    def render_ms(self) -> float:
        """How long drawing the newest frame took; 0 before the first."""
        return self._frames.newest

    def tracked(self, now_ms: float) -> None:
        """A face was read, or looked for, in a camera frame."""
        self._tracking = True
        self._tracked.add(now_ms, 0.0)

    def tracking_stopped(self) -> None:
        """Nobody reads faces any more."""
        self._tracking = False

    def inferred(self, now_ms: float, inference_ms: float) -> None:
        """A neural frame was made."""
        self._inferring = True
        self._inferred.add(now_ms, inference_ms)

    def inference_stopped(self) -> None:
        self._inferring = False

    def long_task(self, now_ms: float, task_ms: float) -> None:
        """The page's thread was blocked."""
        self._long_tasks.add(now_ms, task_ms)

    def network(
        self,
        round_trip_ms: float | None = None,
        jitter_ms: float | None = None,
        loss: float | None = None,
        bytes_per_s: float | None = None,
    ) -> None:
        """The newest figures of the line to the peer; nothing, when there is no peer."""
        self._network = (round_trip_ms, jitter_ms, loss, bytes_per_s)

    def gpu_memory(self, allocated_bytes: int | None) -> None:
        """What our own buffers and textures take."""
        self._gpu_memory = allocated_bytes

    def snapshot(self, now_ms: float) -> PerformanceMetrics:
        """What was measured in the last :data:`WINDOW_MS`."""
        since_ms = now_ms - WINDOW_MS
        times, renders = self._frames.since(since_ms)
        _, inferences = self._inferred.since(since_ms)
        tasks = self._long_tasks.since(since_ms)[1]
        network_ms, jitter_ms, loss, bytes_per_s = self._network
        plain = PerformanceMetrics(
            fps=_rate(times),
            render_ms=median(renders) if renders else 0.0,
            tracking_fps=_rate(self._tracked.since(since_ms)[0]) if self._tracking else None,
            inference_ms=median(inferences) if self._inferring and inferences else None,
            network_ms=network_ms,
            jitter_ms=jitter_ms,
            loss=loss,
            bytes_per_s=bytes_per_s,
            gpu_memory_bytes=self._gpu_memory,
            dropped=_dropped(times),
            long_tasks=len(tasks),
            long_task_ms=sum(tasks),
        )
        return replace(plain, warnings=warnings_of(plain, len(times)))

    def remember(self, now_ms: float) -> PerformanceMetrics:
        """A snapshot that the history keeps; to be called once a second or so."""
        newest = self.snapshot(now_ms)
        self._history.append(newest)
        return newest

    @property
    def history(self) -> tuple[PerformanceMetrics, ...]:
        """The newest :data:`HISTORY` snapshots remembered, the oldest first."""
        return tuple(self._history)


def _rate(times: list[float]) -> float:
    """Events a second over the time from the first to the last."""
    if len(times) < 2 or times[-1] <= times[0]:
        return 0.0
    return (len(times) - 1) * 1000.0 / (times[-1] - times[0])


def _dropped(times: list[float]) -> int:
    """Frames that the display could have shown between those it did.

    The display's own interval is taken to be the lower quartile of the intervals.
    """
    intervals = [after - before for before, after in pairwise(times)]
    if len(intervals) < 4:
        return 0
    usual = sorted(intervals)[len(intervals) // 4]
    if usual <= 0.0:
        return 0
    return sum(round(interval / usual) - 1 for interval in intervals if interval > 1.5 * usual)
