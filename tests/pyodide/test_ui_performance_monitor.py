"""The monitor's panel: figures and warnings in words, and nothing while nobody looks."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")


@run_in_pyodide
async def test_monitor_writes_figures_and_draws_when_it_is_open(selenium):
    from testbed.markup import pixels
    from testbed.rooms import by_id

    from persona_core.graphics.monitor import PerformanceMonitor
    from persona_web.bridge.graphics.graph import GraphCanvas
    from persona_web.bridge.page import Page, Strings
    from persona_web.bridge.site import Site
    from persona_web.ui.graphics.performance_monitor import NAMES, MonitorPanel, PerformanceGraph

    page, text, unknown = Page(), Strings().text, "\N{EN DASH}"
    by_id("picture").open = True
    monitor = PerformanceMonitor()
    canvas = await GraphCanvas.load(Site(), page.element("monitor-graph"))
    panel = MonitorPanel(page, Strings(), monitor, PerformanceGraph(canvas))

    def written():
        return {name: by_id(f"monitor-{name}").textContent for name in NAMES}

    def run(start, frames, interval, render_ms):
        for frame in range(frames):
            now_ms = start + frame * interval
            monitor.frame(now_ms, render_ms)
            panel.step(now_ms)

    run(0.0, 60, 20.0, 4.0)
    assert set(written().values()) == {unknown}, "nobody can see it"

    by_id("monitor").open = True
    monitor.network(round_trip_ms=31.0, jitter_ms=4.4, loss=0.021, bytes_per_s=3720.0)
    monitor.gpu_memory(3 * 1024 * 1024)
    run(1_200.0, 60, 20.0, 4.0)
    figures = written()
    assert figures["fps"] == "50"
    assert figures["render"] == text("figure.milliseconds", value="4.0")
    assert figures["round-trip"] == text("figure.milliseconds", value="31")
    assert figures["loss"] == text("figure.percent", value="2.1")
    assert figures["bytes"] == text("monitor.bytes-per-second", value="3720")
    assert figures["memory"] == text("monitor.megabytes", value="3.0")
    assert figures["tracking"] == figures["inference"] == unknown
    assert pixels(by_id("monitor-graph"))[..., 3].any()
    assert by_id("monitor-warnings").childElementCount == 0


@run_in_pyodide
async def test_monitor_says_what_to_do_when_something_is_wrong(selenium):
    from testbed.rooms import by_id

    from persona_core.graphics.monitor import PerformanceMonitor
    from persona_web.bridge.graphics.graph import GraphCanvas
    from persona_web.bridge.page import Page, Strings
    from persona_web.bridge.site import Site
    from persona_web.ui.graphics.performance_monitor import MonitorPanel, PerformanceGraph

    page, text = Page(), Strings().text
    by_id("picture").open = by_id("monitor").open = True
    monitor = PerformanceMonitor()
    canvas = await GraphCanvas.load(Site(), page.element("monitor-graph"))
    panel = MonitorPanel(page, Strings(), monitor, PerformanceGraph(canvas))
    monitor.network(loss=0.2)

    def warnings(now_ms):
        monitor.frame(now_ms, 1.0)
        panel.step(now_ms)
        return [item.textContent for item in by_id("monitor-warnings").children]

    for frame in range(40):
        said = warnings(frame * 20.0)
    assert said == [text("gpu.warning.loss")]
    first = by_id("monitor-warnings").firstElementChild
    for frame in range(40, 80):
        said = warnings(frame * 20.0)
    assert by_id("monitor-warnings").firstElementChild == first, "said again to screen readers"
    monitor.network(loss=0.0)
    for frame in range(80, 120):
        said = warnings(frame * 20.0)
    assert said == []
