"""``LostWatch``: notices that a peer on no direct path is not heard of by any other way either."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from persona_core.base.countdown import Countdown
from persona_core.base.ports import Scheduler

LOST_MS: Final = 3_000.0
"""Silence of a peer that was heard before: over any path it says something every two seconds."""
STRANGER_MS: Final = 8_000.0
"""Silence of one that was not: it may be slow to begin."""
LONGEST_MS: Final = 12_000.0
"""Pause between two times that a peer is asked after, in the long run."""


class LostWatch:
    """Calls ``on_lost`` again and again while nothing is heard, with growing pauses."""

    def __init__(self, scheduler: Scheduler, on_lost: Callable[[], None]) -> None:
        self._on_lost = on_lost
        self._timer = Countdown(scheduler, self._due)
        self._pause_ms = LONGEST_MS
        self._heard = False

    def start(self, *, known: bool) -> None:
        """The direct path is gone, or to be found; ``known``: whether there was one before."""
        self._pause_ms = LOST_MS if known else STRANGER_MS
        self._heard = False
        self._timer.start(self._pause_ms)

    def stop(self) -> None:
        self._timer.stop()

    def hear(self) -> None:
        """Something came from the peer, by whatever way."""
        self._heard = True

    def _due(self) -> None:
        if self._heard:
            self._pause_ms = LOST_MS
        else:
            self._pause_ms = min(LONGEST_MS, 2.0 * self._pause_ms)
            self._on_lost()
        self._heard = False
        self._timer.start(self._pause_ms)
