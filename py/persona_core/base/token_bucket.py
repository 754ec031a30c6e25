"""``TokenBucket``: how much may happen at once, and how much in the long run."""

from __future__ import annotations


class TokenBucket:
    """Allows ``burst`` events at once and ``rate`` in a unit of time in the long run.

    Args:
        rate: tokens in a unit of time.
        burst: tokens when full, as it is at first.
        now: the present, in any unit of any monotonic clock.
    """

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._then = now

    def is_full(self, now: float) -> bool:
        """Whether nothing that was taken still matters at ``now``."""
        self._fill(now)
        return self._tokens >= self._burst

    def take(self, now: float, cost: float = 1.0) -> bool:
        """Whether an event that costs so many tokens is allowed at ``now``; if so it is counted."""
        self._fill(now)
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._then) * self._rate)
        self._then = now
