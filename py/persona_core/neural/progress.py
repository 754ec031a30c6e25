"""How a download goes on, as people want to hear it: how much, how fast, how long still."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

WINDOW_MS: Final = 5_000.0
"""The rate is that of the last so many ms."""
SETTLED_MS: Final = 1_000.0
"""Before that nothing is said of rate and time left: it would jump about."""


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """One moment of a download.

    Attributes:
        share: of all that is here, 0..1.
        bytes_per_s: None before it can be told.
        left_s: seconds to go at this rate; None before it can be told, or while nothing comes.
    """

    received: int
    total: int
    bytes_per_s: float | None
    left_s: float | None

    @property
    def share(self) -> float:
        return self.received / self.total if self.total else 1.0


class ProgressMeter:
    """Makes :class:`DownloadProgress` of the bytes received so far.

    Args:
        total: bytes of the whole.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._received = 0
        self._marks: deque[tuple[float, int]] = deque()

    def update(self, received: int, now_ms: float) -> DownloadProgress:
        """Takes how much is here by now. What is received never falls and never exceeds the
        whole, whatever is told."""
        self._received = max(self._received, min(received, self._total))
        marks = self._marks
        marks.append((now_ms, self._received))
        while len(marks) > 2 and now_ms - marks[1][0] >= WINDOW_MS:
            marks.popleft()
        then_ms, then = marks[0]
        elapsed_ms = now_ms - then_ms
        if elapsed_ms < SETTLED_MS:
            return DownloadProgress(self._received, self._total, None, None)
        rate = (self._received - then) * 1000.0 / elapsed_ms
        left = self._total - self._received
        left_s = 0.0 if left == 0 else left / rate if rate > 0.0 else None
        return DownloadProgress(self._received, self._total, rate, left_s)
