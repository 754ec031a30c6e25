"""Whether a connection that stands is good or poor, slow to change its mind."""

from __future__ import annotations

from typing import Final

POOR_LOSS: Final = 0.10
"""From here on a face visibly holds and glides (the jitter buffer's bench)."""
POOR_RTT_MS: Final = 400.0
"""One way 200 ms: people begin to talk over one another (ITU-T G.114 says 150 is unnoticed)."""
POOR_REPORTS: Final = 2
GOOD_REPORTS: Final = 3


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
