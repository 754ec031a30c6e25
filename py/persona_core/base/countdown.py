"""One timer that is set again and again."""

from __future__ import annotations

from collections.abc import Callable

from persona_core.base.ports import Scheduler, Timer


class Countdown:
    """Calls ``callback`` when it runs out; starting it anew replaces what it was set to."""

    def __init__(self, scheduler: Scheduler, callback: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._callback = callback
        self._timer: Timer | None = None

    def start(self, delay_ms: float) -> None:
        self.stop()
        self._timer = self._scheduler.call_later(delay_ms, self._run_out)

    def stop(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

    def _run_out(self) -> None:
        self._timer = None
        self._callback()
