"""The page's clock and timers."""

from __future__ import annotations

from pytest_pyodide import run_in_pyodide


@run_in_pyodide
async def test_clock_goes_forward_when_time_passes(selenium):
    import asyncio

    from persona_web.bridge.clock import BrowserClock

    clock = BrowserClock()
    times = []
    for _ in range(5):
        times.append(clock.now_ms())
        await asyncio.sleep(0.005)

    from js import performance

    before, now, after = performance.now(), clock.now_ms(), performance.now()
    assert before - 0.001 <= now <= after + 0.001, "it is the page's own"
    assert all(isinstance(time, float) for time in times)
    assert times == sorted(set(times))


@run_in_pyodide
async def test_scheduler_calls_in_the_order_of_the_delays_when_several_are_due(selenium):
    from testbed.hearing import Hearing

    from persona_web.bridge.clock import BrowserScheduler

    hearing = Hearing()
    scheduler = BrowserScheduler()
    with hearing.unheard():
        for delay_ms in (120.0, 60.0, 0.0):
            scheduler.call_later(delay_ms, lambda delay_ms=delay_ms: hearing.note("due", delay_ms))
        scheduler.call_later(240.0, lambda: hearing.note("over"))
    await hearing.hear("over")

    assert hearing.all("due") == [0.0, 60.0, 120.0]


@run_in_pyodide
async def test_timer_never_calls_when_it_was_cancelled(selenium):
    from testbed.hearing import Hearing

    from persona_web.bridge.clock import BrowserScheduler

    hearing = Hearing()
    scheduler = BrowserScheduler()
    timer = scheduler.call_later(0.0, lambda: hearing.note("cancelled one"))
    timer.cancel()
    timer.cancel()
    scheduler.call_later(50.0, lambda: hearing.note("over"))
    await hearing.hear("over")

    assert hearing.events == [("over",)]


@run_in_pyodide
async def test_timer_bears_a_cancel_when_it_has_called(selenium):
    from testbed.hearing import Hearing

    from persona_web.bridge.clock import BrowserScheduler

    hearing = Hearing()
    timer = BrowserScheduler().call_later(0.0, lambda: hearing.note("due"))
    await hearing.hear("due")
    timer.cancel()

    assert hearing.events == [("due",)]


@run_in_pyodide
async def test_timer_bears_a_cancel_when_it_is_calling(selenium):
    from testbed.hearing import Hearing

    from persona_web.bridge.clock import BrowserScheduler

    hearing = Hearing()
    timers = []

    def due():
        timers[0].cancel()
        hearing.note("due")

    scheduler = BrowserScheduler()
    timers.append(scheduler.call_later(0.0, due))
    scheduler.call_later(50.0, lambda: hearing.note("over"))
    await hearing.hear("over")

    assert hearing.events == [("due",), ("over",)]
