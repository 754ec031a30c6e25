"""How long a rung that was left is to be let alone: a wait that grows each time."""

from __future__ import annotations

import math
from typing import Final

FIRST_HOLD_MS: Final = 30_000.0
MAX_HOLD_MS: Final = 480_000.0
PARDON_MS: Final = 480_000.0
"""A rung that ran this long is as good as new."""
MAX_FAILURES: Final = 3
"""After so many failures a rung is not tried again, until the person chooses: browsers bar a
page from the GPU that loses it again and again."""
RESTART_RENEWAL_MS: Final = 60_000.0
"""A rung that lost its device may be restarted once in this time."""


class RungHistory:
    """What there is to remember of one rung."""

    def __init__(self) -> None:
        self._hold_ms = FIRST_HOLD_MS
        self._held_until_ms = -math.inf
        self._restarted_ms = -math.inf
        self._started_ms = math.inf
        self._failures = 0

    def started(self, now_ms: float) -> None:
        """It draws."""
        self._started_ms = now_ms

    def left(self, now_ms: float, *, failed: bool) -> None:
        """It was left, because it failed or because it was too slow."""
        if now_ms - self._started_ms >= PARDON_MS:
            self._hold_ms, self._failures = FIRST_HOLD_MS, 0
        self._started_ms = math.inf
        self._held_until_ms = now_ms + self._hold_ms
        self._hold_ms = min(2.0 * self._hold_ms, MAX_HOLD_MS)
        self._failures += failed

    @property
    def is_given_up(self) -> bool:
        """Whether it has failed too often."""
        return self._failures >= MAX_FAILURES

    def may_enter(self, now_ms: float) -> bool:
        """Whether it may be tried without being asked for."""
        return not self.is_given_up and now_ms >= self._held_until_ms

    def take_restart(self, now_ms: float) -> bool:
        """Whether it may be restarted in its place; if so, the restart is spent."""
        if now_ms - self._restarted_ms < RESTART_RENEWAL_MS:
            return False
        self._restarted_ms = now_ms
        return True
