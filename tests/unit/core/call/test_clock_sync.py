from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona_core.call.media.clock_sync import DRIFT, STEP_SAMPLES, WINDOW_SAMPLES, ClockSync

untimed = settings(deadline=None)


def exchange(sent_ms, offset_ms, out_ms, back_ms, held_ms=1.0):
    """t0..t3 of a ping to a peer whose clock is ``offset_ms`` ahead."""
    heard = sent_ms + out_ms
    return (
        sent_ms,
        heard + offset_ms,
        heard + held_ms + offset_ms,
        heard + held_ms + back_ms,
    )


def test_offset_and_round_trip_are_exact_when_the_ways_are_equal():
    sync = ClockSync()
    assert sync.add(*exchange(1000.0, 5_000_000.0, 20.0, 20.0))
    assert sync.offset_ms == pytest.approx(5_000_000.0)
    assert sync.rtt_ms == pytest.approx(40.0)


def test_nothing_is_known_before_the_first_sample():
    sync = ClockSync()
    assert (sync.offset_ms, sync.rtt_ms) == (None, None)


@untimed
@given(
    st.floats(-1e9, 1e9),
    st.lists(st.tuples(st.floats(0.0, 400.0), st.floats(0.0, 400.0)), min_size=1, max_size=50),
)
def test_offset_is_off_by_half_the_quickest_round_trip_and_the_drift_at_most(offset, ways):
    sync = ClockSync()
    for index, (out, back) in enumerate(ways):
        assert sync.add(*exchange(2000.0 * index, offset, out, back))
    assert sync.rejected == 0
    quickest_ms = min(out + back for out, back in ways[-WINDOW_SAMPLES:])
    drift_ms = DRIFT * (2000.0 * WINDOW_SAMPLES + 800.0)
    assert abs(sync.offset_ms - offset) <= quickest_ms / 2.0 + drift_ms


def test_offset_comes_from_the_quickest_exchange_when_others_are_slow():
    sync = ClockSync()
    for index, (out, back) in enumerate([(5.0, 300.0), (10.0, 11.0), (250.0, 20.0)]):
        sync.add(*exchange(2000.0 * index, 700.0, out, back))
    assert sync.offset_ms == pytest.approx(699.5)
    assert sync.rtt_ms == pytest.approx(270.0)


@pytest.mark.parametrize("drift", [-80e-6, 80e-6])
def test_offset_follows_when_the_clocks_drift_apart(drift):
    sync, draw = ClockSync(), random.Random(2)
    for index in range(600):
        now = 2000.0 * index
        out, back = (15.0 + draw.expovariate(1.0 / 10.0) for _ in range(2))
        sync.add(*exchange(now, drift * now, out, back))
    assert sync.offset_ms == pytest.approx(drift * 2000.0 * 599, abs=10.0)
    assert sync.rejected == 0


def test_offset_follows_after_a_few_samples_when_the_peer_s_clock_is_set():
    sync = ClockSync()
    for index in range(10):
        sync.add(*exchange(2000.0 * index, 0.0, 20.0, 20.0))
    taken = [sync.add(*exchange(20_000.0 + i, 60_000.0, 20.0, 20.0)) for i in range(STEP_SAMPLES)]
    assert taken == [False] * (STEP_SAMPLES - 1) + [True]
    assert sync.offset_ms == pytest.approx(60_000.0)


def test_one_lie_changes_nothing_when_it_contradicts_the_rest():
    sync = ClockSync()
    for index in range(10):
        sync.add(*exchange(2000.0 * index, 0.0, 20.0, 20.0))
        assert not sync.add(*exchange(2000.0 * index + 1000.0, -9e9, 20.0, 20.0)) or index == 0
    assert sync.offset_ms == pytest.approx(0.0)
    assert sync.rejected == 10


@pytest.mark.parametrize(
    "times",
    [
        (0.0, math.nan, 1.0, 2.0),
        (0.0, 1.0, math.inf, 2.0),
        (0.0, 1e300, 1e300, 2.0),
        (0.0, 5.0, 4.0, 10.0),  # answered before it heard
        (0.0, 0.0, 50.0, 10.0),  # held it longer than we waited
        (10.0, 0.0, 0.0, 0.0),  # heard before we sent
        (0.0, 0.0, 0.0, 60_000.0),
    ],
)
def test_add_refuses_numbers_that_cannot_be_true(times):
    sync = ClockSync()
    assert sync.add(*times) is False
    assert sync.rejected == 1
    assert sync.offset_ms is None


@untimed
@given(st.lists(st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 4), max_size=60))
def test_sync_never_raises_for_any_numbers(samples):
    sync = ClockSync()
    taken = sum(sync.add(*times) for times in samples)
    assert taken + sync.rejected == len(samples)
    assert sync.offset_ms is None or math.isfinite(sync.offset_ms)


def test_old_samples_are_forgotten_when_the_window_is_full():
    sync = ClockSync()
    sync.add(*exchange(0.0, 0.0, 1.0, 1.0))
    for index in range(1, WINDOW_SAMPLES + 1):
        sync.add(*exchange(1000.0 * index, 0.0, 60.0, 20.0))
    assert sync.offset_ms == pytest.approx(20.0)


def test_exchange_counts_when_clocks_of_whole_milliseconds_make_it_shorter_than_nothing():
    sync = ClockSync()
    assert sync.add(100.0, 205.0, 206.0, 100.5)
    assert sync.rtt_ms == 0.0
    assert not sync.add(2100.0, 2205.0, 2206.0 + 5.0, 2100.5)
