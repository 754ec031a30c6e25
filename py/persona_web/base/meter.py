"""Rolling measurements: how long a step takes, how often a thing happens."""

from __future__ import annotations

import numpy as np


class Meter:
    """The newest samples of one quantity, in a ring."""

    def __init__(self, capacity: int = 240) -> None:
        self._ring = np.zeros(capacity)
        self._count = 0

    def add(self, value: float) -> None:
        self._ring[self._count % self._ring.size] = value
        self._count += 1

    @property
    def count(self) -> int:
        """How many samples were ever added."""
        return self._count

    def percentile(self, percent: float) -> float:
        """A percentile of the samples kept; 0 when there are none."""
        kept = self._ring[: min(self._count, self._ring.size)]
        return float(np.percentile(kept, percent)) if kept.size else 0.0

    @property
    def median(self) -> float:
        return self.percentile(50)


class RateMeter:
    """Events a second, over the newest events."""

    def __init__(self, capacity: int = 60, stale_ms: float = 2000.0) -> None:
        """After ``stale_ms`` without an event the rate is 0."""
        self._times = np.zeros(capacity)
        self._count = 0
        self._stale_ms = stale_ms

    def tick(self, now_ms: float) -> None:
        """One event at ``now_ms``."""
        self._times[self._count % self._times.size] = now_ms
        self._count += 1

    def rate(self, now_ms: float) -> float:
        """Events a second."""
        kept = min(self._count, self._times.size)
        if kept < 2:
            return 0.0
        newest = self._times[(self._count - 1) % self._times.size]
        oldest = self._times[(self._count - kept) % self._times.size]
        if now_ms - newest > self._stale_ms or newest <= oldest:
            return 0.0
        return float((kept - 1) * 1000.0 / (newest - oldest))
