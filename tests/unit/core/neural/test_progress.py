"""What people are told of a download."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.neural.progress import SETTLED_MS, WINDOW_MS, ProgressMeter

MB = 1_000_000


def test_progress_tells_rate_and_time_left_once_they_have_settled() -> None:
    meter = ProgressMeter(100 * MB)
    first = meter.update(0, 0.0)
    assert (first.share, first.bytes_per_s, first.left_s) == (0.0, None, None)
    early = meter.update(MB, SETTLED_MS / 2)
    assert (early.bytes_per_s, early.left_s) == (None, None)
    later = meter.update(10 * MB, 2_000.0)
    assert later.share == pytest.approx(0.1)
    assert later.bytes_per_s == pytest.approx(5 * MB)
    assert later.left_s == pytest.approx(18.0)


def test_progress_follows_the_present_rate_when_the_network_changes() -> None:
    meter = ProgressMeter(1000 * MB)
    for second in range(20):
        meter.update(20 * MB * second, 1000.0 * second)
    base = 20 * MB * 19
    for second in range(1, 10):
        told = meter.update(base + MB * second, 19_000.0 + 1000.0 * second)
    assert told.bytes_per_s == pytest.approx(MB, rel=0.01)


def test_progress_names_no_time_left_when_nothing_comes() -> None:
    meter = ProgressMeter(10 * MB)
    meter.update(MB, 0.0)
    told = meter.update(MB, 2 * WINDOW_MS)
    assert (told.bytes_per_s, told.left_s) == (0.0, None)


def test_progress_is_complete_when_there_is_nothing_to_load() -> None:
    assert ProgressMeter(0).update(0, 0.0).share == 1.0


def test_progress_counts_what_was_here_as_received_and_not_as_fast() -> None:
    meter = ProgressMeter(100 * MB)
    assert meter.update(90 * MB, 0.0).share == pytest.approx(0.9)
    told = meter.update(92 * MB, 2_000.0)
    assert told.bytes_per_s == pytest.approx(MB)
    assert told.left_s == pytest.approx(8.0)


@given(st.lists(st.tuples(st.integers(-MB, 3 * MB), st.floats(0.0, 1e6)), max_size=30))
def test_progress_never_falls_nor_passes_its_end_whatever_is_told(
    told: list[tuple[int, float]],
) -> None:
    meter = ProgressMeter(2 * MB)
    now_ms, before = 0.0, 0
    for received, passed_ms in told:
        now_ms += passed_ms
        progress = meter.update(received, now_ms)
        assert before <= progress.received <= progress.total
        assert 0.0 <= progress.share <= 1.0
        assert progress.left_s is None or progress.left_s >= 0.0
        before = progress.received
