"""``ClockSync``: how far the peer's clock is from ours, from pings on the control channel.

The exchange is NTP's (RFC 5905, section 8): we send at t0 and hear the answer at t3, on our
clock; the peer heard us at t1 and answered at t2, on theirs.

    offset = ((t1 - t0) + (t2 - t3)) / 2        theirs less ours
    rtt    = (t3 - t0) - (t2 - t1)

The offset is off by at most rtt / 2, however unequal the two ways are; so the sample with the
shortest round trip is the best (RFC 5905's clock filter), and as two clocks drift apart, an old
one slowly loses its worth. A step of the peer's clock shows as samples that contradict the
best one beyond what both may be off; after a few of them the past is dropped.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

WINDOW_SAMPLES = 32
DRIFT = 100e-6
"""Two quartz clocks, each within 50 parts in a million."""
CLOCK_STEP_MS = 1.0
"""Browsers' clocks move in steps of up to this: a quick exchange may seem to take less than no
time, and so may one whose times were rounded."""
MAX_RTT_MS = 10_000.0
MAX_TIME_MS = 1e15
STEP_SAMPLES = 3
"""So many contradicting samples in a row mean that the peer's clock was set."""


@dataclass(frozen=True, slots=True)
class _Sample:
    offset_ms: float
    rtt_ms: float
    taken_ms: float

    def error_ms(self, now_ms: float) -> float:
        """How much the offset may be off at ``now_ms``."""
        return self.rtt_ms / 2.0 + DRIFT * max(0.0, now_ms - self.taken_ms)


class ClockSync:
    """The clock of one peer."""

    def __init__(self) -> None:
        self.rejected = 0
        """Samples ignored because no honest exchange gives such numbers."""
        self._samples: deque[_Sample] = deque(maxlen=WINDOW_SAMPLES)
        self._best: _Sample | None = None
        self._contradictions = 0

    @property
    def offset_ms(self) -> float | None:
        """The peer's clock less ours; None before the first sample."""
        return None if self._best is None else self._best.offset_ms

    @property
    def rtt_ms(self) -> float | None:
        """The round trip of the newest sample; None before the first."""
        return self._samples[-1].rtt_ms if self._samples else None

    def add(self, t0: float, t1: float, t2: float, t3: float) -> bool:
        """Takes one exchange, in ms; False, and counted, if the numbers cannot be true.

        ``t1`` and ``t2`` are the peer's word: whatever they are, nothing raises.
        """
        if not all(abs(time) < MAX_TIME_MS for time in (t0, t1, t2, t3)):
            return self._reject()
        held_ms = t2 - t1
        rtt_ms = t3 - t0 - held_ms
        if held_ms < 0.0 or not -CLOCK_STEP_MS <= rtt_ms <= MAX_RTT_MS:
            return self._reject()
        sample = _Sample(((t1 - t0) + (t2 - t3)) / 2.0, max(rtt_ms, 0.0), t3)
        if self._contradicts_best(sample):
            self._contradictions += 1
            if self._contradictions < STEP_SAMPLES:
                return self._reject()
            self._samples.clear()
        self._contradictions = 0
        self._samples.append(sample)
        self._best = min(self._samples, key=lambda known: known.error_ms(t3))
        return True

    def _contradicts_best(self, sample: _Sample) -> bool:
        if self._best is None:
            return False
        gap_ms = abs(sample.offset_ms - self._best.offset_ms)
        errors_ms = sample.error_ms(sample.taken_ms) + self._best.error_ms(sample.taken_ms)
        return gap_ms > errors_ms + 2.0 * CLOCK_STEP_MS

    def _reject(self) -> bool:
        self.rejected += 1
        return False
