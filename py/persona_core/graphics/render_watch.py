"""Whether a render server keeps up with one portrait."""

from __future__ import annotations

from typing import Final

SILENT_MS: Final = 800.0
"""So long may a frame be without any picture. Leaving takes the rest of a second."""
LATE_MS: Final = 500.0
"""Pictures that are later than this, in the long run, are worse than a plainer portrait."""
LONG_RUN: Final = 12
"""Pictures that the long run is counted in."""
MOST_STEP_MS: Final = 100.0
"""A page that stands still waits for nobody: so much of a pause counts."""


class RenderWatch:
    """
    Attributes:
        latency_ms: from a frame that was sent to its picture, in the long run; 0 before the first.
    """

    def __init__(self) -> None:
        self.latency_ms = 0.0
        self._count = 0
        self._awaited = False
        self._silent_ms = 0.0
        self._stepped_ms: float | None = None

    def sent(self) -> None:
        """A frame has gone out."""
        self._awaited = True

    def came(self, latency_ms: float) -> None:
        """A picture is here, so long after its frame went out."""
        self._awaited = False
        self._silent_ms = 0.0
        self._count += 1
        share = 1.0 / min(self._count, LONG_RUN)
        self.latency_ms += share * (latency_ms - self.latency_ms)

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        if self._stepped_ms is not None and self._awaited:
            self._silent_ms += min(max(now_ms - self._stepped_ms, 0.0), MOST_STEP_MS)
        self._stepped_ms = now_ms

    @property
    def is_slow(self) -> bool:
        """Whether it is to be left."""
        late = self._count >= LONG_RUN and self.latency_ms > LATE_MS
        return late or self._silent_ms > SILENT_MS
