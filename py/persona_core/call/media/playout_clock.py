"""``PlayoutClock``: which instant of the sender's time is shown now.

It aims at "now less the fastest transit less the delay" and gets there by running a little slower
or faster, never backwards. It may run ahead of the newest frame, as far as is predicted, and waits
there. What it waited it makes up for in one step when there is news, and so it does where no
playing faster could bridge it (the sender paused, the network hung, our tab slept): whoever shows
the face smooths such a step (:mod:`persona_core.call.media.steering`).
"""

from __future__ import annotations

from typing import Final

from persona_core.call.media.prediction import PREDICTION_MS
from persona_core.call.media.transit_window import TransitWindow

DELAY_SHARE: Final = 0.6
"""Of the jitter, that is waited for: the rest is predicted over. Measured (the bench's part
"jitter"): with less, faces are hardly nearer to the truth and heads shake; with more they are
late."""
MAX_DELAY_MS: Final = 250.0
"""Bound of the playout delay: with more, people begin to talk over one another."""

CORRECTION_MS: Final = 300.0
MIN_SPEED: Final = 0.8
MAX_SPEED: Final = 1.5
"""The clock mends an error in about ``CORRECTION_MS``, within these speeds. Faster is bounded more
loosely than slower: catching up ends a delay that the talk suffers from."""
LEAP_MS: Final = 400.0
"""An error from which the clock leaps: mending it would take longer than a second."""


class PlayoutClock:
    """The playout clock of one peer. ``now_ms`` and ``arrival_ms`` are one clock.

    Attributes:
        transits: of the recent frames.
        leaps: times at which it leapt.
        skipped_ms: what the last :meth:`advance` skipped.
        has_leapt: whether that was a leap, or the beginning.
    """

    def __init__(self) -> None:
        self.transits = TransitWindow()
        self.leaps = 0
        self.skipped_ms = 0.0
        self.has_leapt = True
        self._playout_ms: float | None = None
        self._limit_ms = 0.0
        self._sampled_ms = 0.0

    @property
    def delay_ms(self) -> float:
        """The playout delay aimed at, over the fastest transit."""
        if not len(self.transits):
            return 0.0
        return min(MAX_DELAY_MS, DELAY_SHARE * self.transits.spread_ms)

    @property
    def playout_ms(self) -> float | None:
        """The instant that was shown last; None before the first."""
        return self._playout_ms

    def restart(self) -> None:
        """The sender's clock is another one."""
        self.transits.clear()
        self._playout_ms = None

    def elapsed_ms(self, now_ms: float) -> float:
        """How long ago the last :meth:`advance` was."""
        return max(0.0, now_ms - self._sampled_ms)

    def advance(self, now_ms: float, oldest_ms: float, newest_ms: float) -> float:
        """The instant to show at ``now_ms``.

        Args:
            oldest_ms: the oldest frame at hand.
            newest_ms: the newest.
        """
        goal_ms = now_ms - self.transits.fastest_ms - self.delay_ms
        limit_ms = newest_ms + PREDICTION_MS
        elapsed_ms = self.elapsed_ms(now_ms)
        last_ms = self._playout_ms
        self.skipped_ms, self.has_leapt = 0.0, False
        if last_ms is None:
            playout_ms = goal_ms
            self.has_leapt = True
        else:
            expected_ms = last_ms + elapsed_ms
            waited = limit_ms > self._limit_ms <= expected_ms
            if min(goal_ms, limit_ms) - expected_ms > LEAP_MS:
                playout_ms = goal_ms
                self.leaps += 1
                self.has_leapt = True
            elif waited:
                playout_ms = max(last_ms, goal_ms)
                self.skipped_ms = max(0.0, min(goal_ms, limit_ms) - self._limit_ms)
            else:
                speed = 1.0 + (goal_ms - expected_ms) / CORRECTION_MS
                playout_ms = last_ms + elapsed_ms * max(MIN_SPEED, min(MAX_SPEED, speed))
        self._playout_ms = max(oldest_ms, min(playout_ms, limit_ms))
        self._limit_ms = limit_ms
        self._sampled_ms = max(self._sampled_ms, now_ms)
        return self._playout_ms
