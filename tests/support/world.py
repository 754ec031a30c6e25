"""Time and chance for tests: a clock that moves only when told to, and real time beside it."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from persona_core.base.ports import Clock, Scheduler, Timer

SETTLE_ROUNDS = 30
"""Turns of the event loop after which tasks that wait for nothing have come to rest."""


class World(Clock, Scheduler, Protocol):
    """Clock and scheduler in one."""


@dataclass(order=True)
class ManualTimer:
    due_ms: float
    number: int
    callback: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        self.callback = None


class ManualTime:
    """Clock and scheduler in one; :meth:`run` lets time pass."""

    def __init__(self) -> None:
        self._now_ms = 1_000.0
        self._timers: list[ManualTimer] = []
        self._numbers = itertools.count()

    def now_ms(self) -> float:
        return self._now_ms

    def call_later(self, delay_ms: float, callback: Callable[[], None]) -> ManualTimer:
        assert delay_ms >= 0
        timer = ManualTimer(self._now_ms + delay_ms, next(self._numbers), callback)
        heapq.heappush(self._timers, timer)
        return timer

    @property
    def pending(self) -> int:
        """Timers that will run out."""
        return sum(timer.callback is not None for timer in self._timers)

    async def run(self, duration_ms: float) -> None:
        """Lets ``duration_ms`` pass, doing everything that falls due, in order."""
        end_ms = self._now_ms + duration_ms
        await self._settle()
        while self._timers and self._timers[0].due_ms <= end_ms:
            timer = heapq.heappop(self._timers)
            self._now_ms = timer.due_ms
            if timer.callback is not None:
                timer.callback()
                await self._settle()
        self._now_ms = end_ms

    async def run_until(self, holds: Callable[[], bool], patience_ms: float = 60_000.0) -> None:
        """Lets time pass until ``holds()``."""
        end_ms = self._now_ms + patience_ms
        while not holds():
            assert self._now_ms < end_ms, "it never came true"
            await self.run(10.0)

    @staticmethod
    async def _settle() -> None:
        for _ in range(SETTLE_ROUNDS):
            await asyncio.sleep(0)


class RealTime:
    """Clock and scheduler of the running event loop."""

    def now_ms(self) -> float:
        return asyncio.get_running_loop().time() * 1000.0

    def call_later(self, delay_ms: float, callback: Callable[[], None]) -> Timer:
        return asyncio.get_running_loop().call_later(delay_ms / 1000.0, callback)


@dataclass(frozen=True)
class SkewedClock:
    """Another device's clock: same pace, another zero."""

    time: Clock
    skew_ms: float

    def now_ms(self) -> float:
        return self.time.now_ms() + self.skew_ms
