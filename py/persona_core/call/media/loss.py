"""How many frames are lost, from counts that only grow; and whether a connection is good or poor,
slow to change its mind."""

from __future__ import annotations

from typing import Final

MIN_FRAMES: Final = 10
"""Fewer say nothing of a share."""

POOR_LOSS: Final = 0.10
"""From here on a face visibly holds and glides (the jitter buffer's bench)."""
POOR_RTT_MS: Final = 400.0
"""One way 200 ms: people begin to talk over one another (ITU-T G.114 says 150 is unnoticed)."""
POOR_REPORTS: Final = 2
GOOD_REPORTS: Final = 3


class LossMeter:
    """The share of frames lost between one pair of counts and the next."""

    def __init__(self) -> None:
        self._frames = 0
        self._lost = 0

    def share(self, frames: int, lost: int) -> float | None:
        """The share lost since the counts before, in [0, 1]; None while there is too little.

        Args:
            frames: that came, since the beginning.
            lost: that did not. May fall a little, when one comes late after all.
        """
        came, gone = frames - self._frames, lost - self._lost
        if came < 0:  # counted from the beginning again
            self._frames, self._lost = frames, lost
            return None
        if came + max(0, gone) < MIN_FRAMES:
            return None
        self._frames, self._lost = frames, lost
        return max(0, gone) / (came + max(0, gone))


class LinkHealth:
    """Hears how each couple of seconds went.

    Attributes:
        is_poor: what it comes to.
    """

    def __init__(self) -> None:
        self.is_poor = False
        self._against = 0

    def note(self, loss: float | None, rtt_ms: float | None) -> None:
        """Takes one report: the worst share of frames lost either way, and the round trip."""
        bad = (loss or 0.0) >= POOR_LOSS or (rtt_ms or 0.0) >= POOR_RTT_MS
        self._against = self._against + 1 if bad != self.is_poor else 0
        if self._against >= (GOOD_REPORTS if self.is_poor else POOR_REPORTS):
            self.is_poor, self._against = bad, 0

    def reset(self) -> None:
        """Another path: nothing is known of it."""
        self.is_poor, self._against = False, 0
