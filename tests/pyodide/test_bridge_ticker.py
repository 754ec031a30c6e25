"""The page's heartbeat."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner


@pytest.fixture(autouse=True)
def clean_slate(selenium: PageRunner) -> Iterator[None]:
    yield
    selenium.run_js("testbed.failures.length = 0")


@pytest.fixture
def visible_again(selenium: PageRunner) -> Iterator[None]:
    yield
    selenium.run_js("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")


@run_in_pyodide
async def test_ticker_beats_with_growing_times_when_the_page_is_visible(selenium):
    from itertools import pairwise

    import js
    from testbed.hearing import Hearing

    from persona_web.bridge.site import Site
    from persona_web.bridge.ticker import Ticker

    hearing = Hearing()
    start = js.performance.now()
    ticker = await Ticker.load(
        Site(), lambda now_ms, visible: hearing.note("tick", now_ms, visible)
    )
    await hearing.hear("tick", times=5)
    ticker.close()
    end = js.performance.now()

    times = [now_ms for now_ms, _ in hearing.all("tick")]
    assert start <= times[0]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert times[-1] <= end
    assert all(visible is True for _, visible in hearing.all("tick"))


@run_in_pyodide
async def test_ticker_beats_on_when_the_page_is_hidden_and_shown_again(selenium, visible_again):
    import js
    from testbed.hearing import Hearing

    from persona_web.bridge.site import Site
    from persona_web.bridge.ticker import Ticker

    hearing = Hearing()
    ticker = await Ticker.load(Site(), lambda _now_ms, visible: hearing.note(visible))
    await hearing.hear(True)
    # A headless page is always visible; what follows of it being hidden is real.
    js.eval("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    js.document.dispatchEvent(js.Event.new("visibilitychange"))
    frames = len(hearing.all(True))
    await hearing.hear(False, times=3)
    assert len(hearing.all(True)) == frames
    js.eval("delete document.hidden")
    js.document.dispatchEvent(js.Event.new("visibilitychange"))
    await hearing.hear(True, times=frames + 3)
    ticker.close()


@run_in_pyodide
async def test_ticker_reports_once_and_beats_on_when_a_tick_raises(selenium):
    import js
    from testbed.hearing import Hearing

    from persona_web.bridge.site import Site
    from persona_web.bridge.ticker import Ticker

    hearing = Hearing()

    def tick(now_ms, visible):
        hearing.note("tick")
        raise ZeroDivisionError("in one avatar out of two")

    ticker = await Ticker.load(Site(), tick)
    await hearing.hear("tick", times=4)
    ticker.close()

    [failure] = js.testbed.failures
    assert failure.code == "internal"
    assert "ZeroDivisionError: in one avatar out of two" in failure.detail


@run_in_pyodide
async def test_ticker_is_silent_when_it_was_closed_from_within_a_tick(selenium):
    import js
    from testbed.hearing import Hearing
    from testbed.ownership import settle

    from persona_web.bridge.site import Site
    from persona_web.bridge.ticker import Ticker

    hearing = Hearing()

    def tick(now_ms, visible):
        ticker.close()
        hearing.note("tick")

    ticker = await Ticker.load(Site(), tick)
    await hearing.hear("tick")
    witness_hearing = Hearing()
    witness = await Ticker.load(Site(), lambda *_: witness_hearing.note("tick"))
    await witness_hearing.hear("tick", times=3)
    witness.close()
    await settle()

    assert hearing.events == [("tick",)]
    assert js.testbed.failures.length == 0


@run_in_pyodide
async def test_ticker_asks_for_no_frame_that_it_leaves_unused_when_it_beats_less_often(selenium):
    from itertools import pairwise

    from pyodide.code import run_js
    from testbed.hearing import Hearing

    from persona_web.bridge.site import Site
    from persona_web.bridge.ticker import Ticker

    run_js("""
      globalThis.asked = 0;
      globalThis.askedBefore = requestAnimationFrame;
      globalThis.requestAnimationFrame = (call) => { asked += 1; return askedBefore(call); };
    """)
    hearing = Hearing()
    try:
        ticker = await Ticker.load(
            Site(), lambda now_ms, _visible: hearing.note("tick", now_ms), 10
        )
        await hearing.hear("tick", times=5)
        ticker.close()
        asked = run_js("asked")
    finally:
        run_js("globalThis.requestAnimationFrame = askedBefore")
    times = hearing.all("tick")
    assert asked in (len(times), len(times) + 1)
    assert min(after - before for before, after in pairwise(times)) > 90.0


@run_in_pyodide
async def test_ticker_beats_at_once_when_the_person_touches_the_page_in_a_long_pause(selenium):
    import js
    from testbed.hearing import Hearing

    from persona_web.bridge.site import Site
    from persona_web.bridge.ticker import Ticker

    hearing = Hearing()
    start = js.performance.now()
    ticker = await Ticker.load(Site(), lambda now_ms, _visible: hearing.note("tick", now_ms))
    assert ticker.touched_ms >= start
    ticker.limit(1e-3)
    await hearing.hear("tick")
    calm = ticker.touched_ms
    while True:  # until the pause has begun
        ticks = len(hearing.all("tick"))
        await js.Promise.new(lambda resolve, _reject: js.setTimeout(resolve, 200))
        if len(hearing.all("tick")) == ticks:
            break
    js.window.dispatchEvent(js.KeyboardEvent.new("keydown"))
    await hearing.hear("tick", times=ticks + 1)
    assert ticker.touched_ms > calm
    ticker.close()
