"""The One-Euro filter over a vector: smooth at rest, quick in motion.

G. Casiez, N. Roussel, D. Vogel: "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy
Input in Interactive Systems", CHI 2012, https://doi.org/10.1145/2207676.2208639. Per element:

    speed  <- speed + a(dcutoff) ((x - y) / dt - speed)
    cutoff =  min_cutoff + beta |speed|
    y      <- y + a(cutoff) (x - y),     a(f) = 2 pi f dt / (2 pi f dt + 1)

``min_cutoff`` (Hz) sets the smoothness at rest, ``beta`` (Hz per unit a second) how fast the
cutoff opens with speed, ``dcutoff`` (Hz) the smoothness of the speed itself.
"""

from __future__ import annotations

import math

import numpy as np

from persona_core.base.arrays import Floats

DERIVATIVE_CUTOFF_HZ = 1.0
"""The value of the paper, which it found to serve throughout."""

MIN_ELAPSED_MS = 0.1
"""Frames nearer than this are one frame: the speed between them would be noise over nothing."""

RESET_AFTER_MS = 500.0
"""After a longer gap the past says nothing of the present: the filter starts anew."""


class OneEuroFilter:
    """A One-Euro filter for each element of a vector, all at the same times.

    Args:
        min_cutoff_hz: (n,), > 0.
        beta: (n,), >= 0.
    """

    def __init__(self, min_cutoff_hz: Floats, beta: Floats) -> None:
        # Angular frequency throughout saves a multiplication a frame.
        self._min_cutoff = (min_cutoff_hz * math.tau).astype(np.float32)
        self._beta = (beta * math.tau).astype(np.float32)
        self._value: Floats | None = None
        self._speed: Floats = np.zeros_like(self._min_cutoff)
        self._time_ms = -math.inf

    @property
    def value(self) -> Floats | None:
        """The last output; None before the first."""
        return self._value

    def step(self, values: Floats, time_ms: float) -> Floats:
        """The filtered ``values`` (n,) float32, finite, of ``time_ms``.

        A time not later than the last (a repeated or reordered frame) changes nothing and
        gives the last output again. The array given out is never written to afterwards.
        """
        elapsed_ms = time_ms - self._time_ms
        if self._value is None or elapsed_ms > RESET_AFTER_MS:
            self._value = values.astype(np.float32)
            self._speed = np.zeros_like(self._value)
            self._time_ms = time_ms
            return self._value
        if elapsed_ms < MIN_ELAPSED_MS:
            return self._value
        # In place where it can be: half the time goes on making arrays of this size.
        dt = elapsed_ms / 1000.0
        turn = math.tau * DERIVATIVE_CUTOFF_HZ * dt
        step = values - self._value
        change = step / dt
        change -= self._speed
        change *= turn / (turn + 1.0)
        self._speed += change
        gain = np.abs(self._speed)
        gain *= self._beta
        gain += self._min_cutoff
        gain *= dt
        gain /= gain + 1.0
        step *= gain
        step += self._value
        self._value = step
        self._time_ms = time_ms
        return step
