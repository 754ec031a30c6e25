"""Rates and latencies out of what two pages report, one of them with another clock."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tools.bench import latency
from tools.bench.watching import Sample, displayed_fps, python_ms, rates

from persona_core.face.params import FaceParams
from persona_core.wire.codec import encode_frame

SENDER_ORIGIN_MS = 1_000_000.0
WATCHER_ORIGIN_MS = 1_000_700.0
TRUE_OFFSET_MS = WATCHER_ORIGIN_MS - SENDER_ORIGIN_MS
"""The sender's clock less the watcher's."""


def sample(now_ms: float, *, latency_ms: float | None = None, error_ms: float = 0.0) -> Sample:
    """The watcher's report; its clock sync is wrong by ``error_ms``, its latency true else."""
    offset_ms = None if latency_ms is None else TRUE_OFFSET_MS + error_ms
    peer = {
        "latency_ms": None if latency_ms is None else latency_ms + error_ms,
        "offset_ms": offset_ms,
        "delay_ms": 50.0,
    }
    report = {
        "fps": 50.0,
        "frames": round(now_ms / 20.0),
        "python_ms": {"median": 1.0, "p95": 3.0},
        "call": {"peers": [peer]},
    }
    return Sample(now_ms, WATCHER_ORIGIN_MS, report)


def test_rates_count_events_a_second_when_counts_come_unevenly() -> None:
    counts = [(0.0, 0.0), (300.0, 9.0), (1000.0, 30.0), (1100.0, 31.0), (2500.0, 60.0)]
    assert rates(counts, 1000.0) == [pytest.approx(30.0), pytest.approx(20.0)]


def test_displayed_fps_is_the_pace_of_ticks_when_a_page_is_watched() -> None:
    fps = displayed_fps([sample(time) for time in range(0, 5000, 250)])
    assert fps.median == pytest.approx(50.0)


def test_displayed_fps_refuses_when_the_watch_was_too_short() -> None:
    with pytest.raises(ValueError, match="nothing came"):
        displayed_fps([sample(0.0), sample(250.0)])


@pytest.mark.parametrize(("frames", "count"), [(5, 5), (5000, 600)])
def test_tick_counts_what_the_page_remembers_when_it_has_run_long(frames: int, count: int) -> None:
    last = sample(frames * 20.0)
    assert python_ms([last]).count == count


@pytest.mark.parametrize("error_ms", [-8.0, 0.0, 3.0])
def test_latency_is_the_true_one_when_the_clock_sync_errs(error_ms: float) -> None:
    samples = [sample(1.0), sample(2.0, latency_ms=40.0, error_ms=error_ms)]
    assert latency.by_clock_sync(samples) == [pytest.approx(40.0 + error_ms)]
    assert latency.clock_errors(samples, SENDER_ORIGIN_MS) == [pytest.approx(error_ms)]
    assert latency.by_one_clock(samples, SENDER_ORIGIN_MS) == [pytest.approx(40.0)]


def test_way_to_the_display_adds_delay_and_half_a_frame_when_summed() -> None:
    samples = [sample(2.0, latency_ms=40.0)]
    stopped = replace(samples[0], report=samples[0].report | {"fps": 0.0})
    assert latency.to_display([*samples, stopped], SENDER_ORIGIN_MS) == [pytest.approx(100.0)]


def test_way_to_the_drawing_is_its_age_when_recorded() -> None:
    captured_ms = 5_000.0
    wire = encode_frame(FaceParams(time_ms=captured_ms), 0).hex()
    drawn_ms = captured_ms - TRUE_OFFSET_MS + 90.0  # on the watcher's clock
    assert latency.to_drawn([(drawn_ms, wire)], TRUE_OFFSET_MS) == [pytest.approx(90.0)]


def test_peer_is_refused_when_it_has_left() -> None:
    alone = replace(sample(1.0), report={"call": {"peers": []}})
    with pytest.raises(RuntimeError, match="0 peers"):
        _ = alone.peer
