"""A device that sleeps is noticed by its clocks."""

from __future__ import annotations

from tests.support.world import ManualTime

from persona_core.call.wake import WakeWatch


async def test_watch_tells_of_each_sleep_once_and_of_no_busy_moment() -> None:
    time, slept_ms, woken = ManualTime(), [0.0], []
    watch = WakeWatch(time, lambda: time.now_ms() + slept_ms[0], lambda: woken.append(1))
    watch.start()
    await time.run(10_000.0)
    slept_ms[0] += 1_500.0
    await time.run(10_000.0)
    assert woken == []
    slept_ms[0] += 600_000.0
    await time.run(10_000.0)
    assert woken == [1]
