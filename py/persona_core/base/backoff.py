"""How long to wait before trying again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

DELAYS_MS: Final = (0.0, 300.0, 1200.0, 2700.0, 4800.0, 7000.0)
"""Waits before the first, second, ... attempt; the last one repeats. They grow as 300 n**2, so
that a short hiccup costs nothing and a long outage little traffic."""

JITTER: Final = 0.25
"""Each wait is changed by up to this fraction, so that clients cut off together do not come
back together."""


class Backoff:
    """A row of growing waits.

    Args:
        random: gives uniform numbers in [0, 1).
    """

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._attempts = 0

    @property
    def attempts(self) -> int:
        """Waits handed out since the last reset."""
        return self._attempts

    def next_ms(self, at_least_ms: float = 0.0) -> float:
        """The next wait, jittered; never under ``at_least_ms``, which is only lengthened."""
        base = DELAYS_MS[min(self._attempts, len(DELAYS_MS) - 1)]
        self._attempts += 1
        shift = self._random()
        return max(
            base * (1.0 + JITTER * (2.0 * shift - 1.0)), at_least_ms * (1.0 + JITTER * shift)
        )

    def reset(self) -> None:
        """Starts over: things went well."""
        self._attempts = 0
