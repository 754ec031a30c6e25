"""What the monitor makes of what it is told."""

from __future__ import annotations

import json

import pytest

from persona_core.graphics.metrics import PerformanceMetrics, PerformanceWarning
from persona_core.graphics.monitor import CAPACITY, HISTORY, WINDOW_MS, PerformanceMonitor, Ring

W = PerformanceWarning


def frames(monitor: PerformanceMonitor, times: list[float], render_ms: float = 3.0) -> None:
    for time_ms in times:
        monitor.frame(time_ms, render_ms)


def steady(start_ms: float, count: int, interval_ms: float = 1000.0 / 60.0) -> list[float]:
    return [start_ms + number * interval_ms for number in range(count)]


def test_monitor_knows_nothing_when_nothing_was_told() -> None:
    assert PerformanceMonitor().snapshot(1000.0) == PerformanceMetrics()


def test_monitor_sums_up_when_all_goes_well() -> None:
    monitor = PerformanceMonitor()
    frames(monitor, steady(0.0, 60))
    for time_ms in steady(0.0, 30, 1000.0 / 30.0):
        monitor.tracked(time_ms)
        monitor.inferred(time_ms, 21.0)
    monitor.network(round_trip_ms=40.0, jitter_ms=4.0, loss=0.01, bytes_per_s=4000.0)
    monitor.gpu_memory(1_000_000)

    found = monitor.snapshot(1000.0)

    assert found.fps == pytest.approx(60.0)
    assert found.tracking_fps == pytest.approx(30.0)
    assert (found.render_ms, found.inference_ms, found.dropped) == (3.0, 21.0, 0)
    assert (found.network_ms, found.jitter_ms, found.loss) == (40.0, 4.0, 0.01)
    assert (found.bytes_per_s, found.gpu_memory_bytes) == (4000.0, 1_000_000)
    assert found.warnings == ()


def test_monitor_forgets_what_is_older_than_its_window() -> None:
    monitor = PerformanceMonitor()
    frames(monitor, steady(0.0, 60), render_ms=100.0)
    monitor.long_task(10.0, 500.0)
    frames(monitor, steady(WINDOW_MS + 1000.0, 10), render_ms=1.0)

    found = monitor.snapshot(WINDOW_MS + 1200.0)

    assert found.render_ms == 1.0
    assert found.long_tasks == 0


def test_monitor_counts_the_frames_that_the_display_missed() -> None:
    monitor = PerformanceMonitor()
    interval_ms = 1000.0 / 60.0
    times = steady(0.0, 120)
    missed = {20, 21, 22, 70}
    frames(monitor, [time for number, time in enumerate(times) if number not in missed])

    assert monitor.snapshot(120 * interval_ms).dropped == len(missed)


def test_monitor_forgets_the_source_when_it_stops() -> None:
    monitor = PerformanceMonitor()
    monitor.tracked(0.0)
    monitor.inferred(0.0, 30.0)
    monitor.network(round_trip_ms=40.0)
    monitor.tracking_stopped()
    monitor.inference_stopped()
    monitor.network()

    found = monitor.snapshot(10.0)
    assert (found.tracking_fps, found.inference_ms, found.network_ms) == (None, None, None)


def trouble(monitor: PerformanceMonitor) -> None:
    """Everything at once, in a second: ten frames, far between and dear."""
    times = steady(0.0, 5, 1000.0 / 60.0) + steady(400.0, 5, 150.0)
    frames(monitor, times, render_ms=30.0)
    for time_ms in steady(0.0, 5, 200.0):
        monitor.tracked(time_ms)
        monitor.inferred(time_ms, 150.0)
    monitor.network(round_trip_ms=400.0, jitter_ms=90.0, loss=0.2, bytes_per_s=100.0)
    monitor.gpu_memory(10**9)
    monitor.long_task(500.0, 300.0)


def test_monitor_warns_of_everything_when_everything_goes_badly() -> None:
    monitor = PerformanceMonitor()
    trouble(monitor)

    found = monitor.snapshot(1000.0)

    assert set(found.warnings) == set(W)
    assert json.loads(json.dumps(found.to_dict()))["warnings"] == [w.value for w in found.warnings]


def test_monitor_does_not_call_a_page_slow_when_it_is_hidden() -> None:
    assert W.LOW_FPS not in PerformanceMonitor().snapshot(10_000.0).warnings


def test_history_keeps_the_newest_when_it_is_full() -> None:
    monitor = PerformanceMonitor()
    for second in range(HISTORY + 5):
        monitor.gpu_memory(second)
        monitor.remember(1000.0 * second)

    assert [one.gpu_memory_bytes for one in monitor.history] == list(range(5, HISTORY + 5))


def test_ring_gives_the_newest_in_order_when_it_has_gone_round() -> None:
    ring = Ring(4)
    for number in range(7):
        ring.add(float(number), 10.0 * number)

    assert ring.since(0.0) == ([3.0, 4.0, 5.0, 6.0], [30.0, 40.0, 50.0, 60.0])
    assert ring.since(5.0) == ([5.0, 6.0], [50.0, 60.0])
    assert ring.since(9.0) == ([], [])
    assert CAPACITY > 4
