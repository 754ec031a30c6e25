"""``TransitWindow``: what the frames of one peer took on their way, of late.

A frame's *transit* is its arrival less its capture time: the way plus the unknown distance of the
two clocks. Only differences of transits mean anything, so no clock needs to be synchronised; and
when a frame was captured does not matter, so neither does how evenly a sender sends.
"""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from collections import deque
from typing import Final

WINDOW_MS: Final = 5000.0
WINDOW_FRAMES: Final = 256
"""The transits that are remembered: so long back, and so many."""
COVERED_SHARE: Final = 0.90
"""Of the frames, whose jitter counts. The slowest tenth is not waited for."""
CLOCK_SET_MS: Final = 1000.0
"""A transit that changes by more is a clock that was set, not jitter."""


class TransitWindow:
    """The transits of the recent frames, in order of size and in order of arrival.

    Attributes:
        jitter_ms: interarrival jitter as in RFC 3550, section 6.4.1: the mean change of the
            transit from one frame to the next.
    """

    def __init__(self) -> None:
        self._by_arrival: deque[tuple[float, float]] = deque()
        self._by_size: list[float] = []
        self._last: float | None = None
        self.jitter_ms = 0.0

    def __len__(self) -> int:
        return len(self._by_size)

    @property
    def fastest_ms(self) -> float:
        """The smallest transit; only after :meth:`add`."""
        return self._by_size[0]

    @property
    def spread_ms(self) -> float:
        """How much longer than the fastest all but the slowest 10 % took."""
        rank = math.ceil(COVERED_SHARE * len(self._by_size)) - 1
        return self._by_size[rank] - self._by_size[0]

    def add(self, transit_ms: float, arrival_ms: float) -> None:
        """Takes in a frame's transit and forgets what is too old or too much."""
        change_ms = abs(transit_ms - self._last) if self._last is not None else 0.0
        if change_ms < CLOCK_SET_MS:
            self.jitter_ms += (change_ms - self.jitter_ms) / 16.0
        self._last = transit_ms
        self._by_arrival.append((arrival_ms, transit_ms))
        insort(self._by_size, transit_ms)
        while (
            self._by_arrival[0][0] < arrival_ms - WINDOW_MS or len(self._by_arrival) > WINDOW_FRAMES
        ):
            _, old = self._by_arrival.popleft()
            self._by_size.pop(bisect_right(self._by_size, old) - 1)

    def clear(self) -> None:
        """Forgets all transits: the sender's clock is another one."""
        self._by_arrival.clear()
        self._by_size.clear()
        self._last = None
