"""``WakeWatch``: notices that the device has slept, by its clocks.

A timer that is due every couple of seconds comes much later than it should, by the wall clock,
when the device slept in between; the monotonic clock may have stood still meanwhile. Hidden tabs
delay timers by up to a second, and so does a busy page; the threshold is well above both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from persona_core.base.countdown import Countdown
from persona_core.base.ports import Scheduler

BEAT_MS: Final = 2_000.0
SLEEP_MS: Final = 6_000.0
"""A beat so much late: connections will have suffered."""


class WakeWatch:
    """Calls ``on_wake`` after each sleep, once started.

    Args:
        wall_ms: the wall clock, in ms.
    """

    def __init__(
        self, scheduler: Scheduler, wall_ms: Callable[[], float], on_wake: Callable[[], None]
    ) -> None:
        self._wall_ms = wall_ms
        self._on_wake = on_wake
        self._due_ms = 0.0
        self._timer = Countdown(scheduler, self._beat)

    def start(self) -> None:
        self._due_ms = self._wall_ms() + BEAT_MS
        self._timer.start(BEAT_MS)

    def _beat(self) -> None:
        late_ms = self._wall_ms() - self._due_ms
        self.start()
        if late_ms >= SLEEP_MS:
            self._on_wake()
