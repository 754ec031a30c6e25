"""Doing something not at every step."""

from __future__ import annotations

import math


class Interval:
    """Tells when it is time again.

    Args:
        interval_ms: from one time to the next, at least.
    """

    def __init__(self, interval_ms: float) -> None:
        self._interval_ms = interval_ms
        self._due_ms = -math.inf

    def is_due(self, now_ms: float) -> bool:
        """Whether it is time at ``now_ms``; then the next time is counted from here."""
        if now_ms < self._due_ms:
            return False
        self._due_ms = now_ms + self._interval_ms
        return True
