"""How often a neural frame is computed: as often as the machine can hold, never in a queue.

An inference begins when it is due and the one before has ended, with the newest parameters. The
rate moves in steps, so that the motion between two pictures is even, and leaves the machine time
for everything else.
"""

from __future__ import annotations

from typing import Final

RATES_HZ: Final = (30.0, 15.0, 10.0)
"""The rates to choose from. A machine that cannot hold the last computes when it can."""
LOAD: Final = 0.8
"""Share of a period that an inference may take; with more the rate goes down."""
EASE: Final = 0.65
"""Share of the faster period below which the rate goes up again. Lower than :data:`LOAD`, or
the rate would swing."""
PATIENCE: Final = 20
"""Inferences that must be fast one after the other before the rate goes up."""
SMOOTHING: Final = 0.25
"""Weight of the newest inference in the mean that decides."""
SLACK_MS: Final = 4.0
"""How much too early is early enough: a displayed frame comes at 60 Hz or not at all."""


class InferencePacing:
    """The pace of one avatar's inferences. Times are in ms on one monotonic clock.

    Attributes:
        limit_hz: rate that is not to be exceeded, whatever the machine could do.
    """

    def __init__(self, limit_hz: float = RATES_HZ[0]) -> None:
        self.limit_hz = limit_hz
        self._step = 0
        self._mean_ms: float | None = None
        self._fast = 0
        self._began_ms: float | None = None
        self._running = False

    @property
    def rate_hz(self) -> float:
        """Inferences a second that are tried now."""
        return min(RATES_HZ[self._step], self.limit_hz)

    @property
    def mean_ms(self) -> float | None:
        """How long an inference takes, smoothed; None before the first."""
        return self._mean_ms

    def is_due(self, now_ms: float) -> bool:
        """Whether an inference should begin now; never while one runs."""
        if self._running:
            return False
        if self._began_ms is None:
            return True
        return now_ms - self._began_ms >= 1000.0 / self.rate_hz - SLACK_MS

    def began(self, now_ms: float) -> None:
        """An inference begins."""
        self._began_ms, self._running = now_ms, True

    def ended(self, now_ms: float) -> None:
        """It has given its picture."""
        if not self._running or self._began_ms is None:
            return
        self._running = False
        took_ms = max(now_ms - self._began_ms, 0.0)
        before = took_ms if self._mean_ms is None else self._mean_ms
        self._mean_ms = before + SMOOTHING * (took_ms - before)
        self._choose(self._mean_ms)

    def given_up(self) -> None:
        """It gave none; what it took tells nothing."""
        self._running = False

    def _choose(self, mean_ms: float) -> None:
        if mean_ms > LOAD * 1000.0 / RATES_HZ[self._step]:
            self._fast = 0
            self._step = min(self._step + 1, len(RATES_HZ) - 1)
            return
        faster = max(self._step - 1, 0)
        self._fast = self._fast + 1 if mean_ms < EASE * 1000.0 / RATES_HZ[faster] else 0
        if self._fast >= PATIENCE:
            self._fast, self._step = 0, faster
