"""Rolling measurements: how long a step takes, how often a thing happens."""

from __future__ import annotations

from collections import deque

import numpy as np


class Meter:
    """The newest samples of one quantity.

    Attributes:
        count: how many samples were ever added.
    """

    def __init__(self, capacity: int = 240) -> None:
        self.count = 0
        self._kept: deque[float] = deque(maxlen=capacity)

    def add(self, value: float) -> None:
        self._kept.append(value)
        self.count += 1

    def percentile(self, percent: float) -> float:
        """A percentile of the samples kept; 0 when there are none."""
        return float(np.percentile(self._kept, percent)) if self._kept else 0.0

    @property
    def median(self) -> float:
        return self.percentile(50)


class RateMeter:
    """Events a second, over the newest events."""

    def __init__(self, capacity: int = 60, stale_ms: float = 2000.0) -> None:
        """After ``stale_ms`` without an event the rate is 0."""
        self._times: deque[float] = deque(maxlen=capacity)
        self._stale_ms = stale_ms

    def tick(self, now_ms: float) -> None:
        """One event at ``now_ms``."""
        self._times.append(now_ms)

    def rate(self, now_ms: float) -> float:
        """Events a second."""
        if len(self._times) < 2:
            return 0.0
        oldest, newest = self._times[0], self._times[-1]
        if now_ms - newest > self._stale_ms or newest <= oldest:
            return 0.0
        return (len(self._times) - 1) * 1000.0 / (newest - oldest)
