from __future__ import annotations

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import faces

from persona_core.call.media.jitter_buffer import CAPACITY, JitterBuffer
from persona_core.call.media.playout_clock import MAX_DELAY_MS
from persona_core.call.media.prediction import PREDICTION_MS
from persona_core.call.media.transit_window import WINDOW_FRAMES
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams

untimed = settings(deadline=None)

INTERVAL_MS = 1000.0 / 30.0
TICK_MS = 1000.0 / 60.0
WAY_MS = 50.0
CLOCK_GAP_MS = 123_456.0  # the sender's clock is behind ours by so much


def jaw_at(time_ms):
    return 0.5 + 0.4 * math.sin(math.tau * time_ms / 1500.0)


def face_at(time_ms):
    return faces.face(JAW_OPEN=jaw_at(time_ms), time_ms=time_ms)


def trace(seconds, extra_ms=lambda draw: 0.0, loss=0.0, interval_ms=INTERVAL_MS, drift=0.0):
    """(arrival on our clock, capture time on the sender's) in order of arrival."""
    draw, packets = random.Random(11), []
    for index in range(int(seconds * 1000.0 / interval_ms)):
        sent = index * interval_ms
        if draw.random() >= loss:
            arrival = sent + CLOCK_GAP_MS + WAY_MS + extra_ms(draw)
            packets.append((arrival, sent * (1.0 + drift)))
    return sorted(packets)


def play(packets, buffer=None, until_ms=None):
    """Samples at 60 Hz: a list of (now, face)."""
    buffer = buffer or JitterBuffer()
    waiting = list(reversed(packets))
    now, end = CLOCK_GAP_MS, until_ms or packets[-1][0]
    shown = []
    while now < end:
        while waiting and waiting[-1][0] <= now:
            arrival, time = waiting.pop()
            buffer.push(face_at(time), arrival)
        face = buffer.sample(now)
        if face is not None:
            shown.append((now, face))
        now += TICK_MS
    return buffer, shown


def added_delays(shown, skip_ms=2000.0):
    start = shown[0][0] + skip_ms
    return [now - CLOCK_GAP_MS - WAY_MS - face.time_ms for now, face in shown if now > start]


def longest_freeze(shown, skip_ms=2000.0):
    longest = current = 0.0
    for (before_ms, before), (now, face) in pairwise(shown):
        current = current + now - before_ms if face.time_ms == before.time_ms else 0.0
        if now > shown[0][0] + skip_ms:
            longest = max(longest, current)
    return longest


def assert_rises(shown):
    times = [face.time_ms for _, face in shown]
    assert all(later >= earlier for earlier, later in pairwise(times))


def test_sample_gives_none_when_nothing_has_come():
    assert JitterBuffer().sample(5.0) is None


def test_delay_is_about_a_frame_when_the_network_is_even():
    buffer, shown = play(trace(10.0))
    assert max(added_delays(shown)) <= 1.5 * INTERVAL_MS
    assert longest_freeze(shown) == 0.0
    assert buffer.statistics.late == 0
    assert buffer.statistics.jitter_ms == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("interval_ms", [INTERVAL_MS, 1000.0 / 15.0])
def test_shown_face_is_the_captured_one_between_frames(interval_ms):
    # Late enough now and then for a delay in which there is always a later frame to go to.
    packets = trace(6.0, lambda draw: draw.choice([0.0, 3.0 * interval_ms]), 0.0, interval_ms)
    buffer, shown = play(packets)
    assert buffer.delay_ms > 1.5 * interval_ms
    in_between = [
        abs(face.blendshapes[Blendshape.JAW_OPEN] - jaw_at(face.time_ms))
        for now, face in shown
        if now > shown[0][0] + 2000.0
    ]
    assert np.median(in_between) < 0.01


@pytest.mark.parametrize("interval_ms", [INTERVAL_MS, 1000.0 / 15.0])
def test_shown_face_is_nearer_to_now_than_an_interpolated_one_when_it_is_predicted(interval_ms):
    _, shown = play(trace(6.0, interval_ms=interval_ms))
    shown = [(now - CLOCK_GAP_MS - WAY_MS, face) for now, face in shown if now > shown[60][0]]
    ours, theirs = (
        np.std([jaw_at(now) - jaw for now, jaw in jaws])
        for jaws in (
            [(now, face.blendshapes[Blendshape.JAW_OPEN]) for now, face in shown],
            [(now, jaw_at(now - interval_ms)) for now, _ in shown],
        )
    )
    assert ours < 0.6 * theirs
    assert all(now - face.time_ms < 0.1 for now, face in shown)


@pytest.mark.parametrize("slowest_ms", [100.0, 200.0])
def test_delay_is_none_when_only_the_sending_is_uneven(slowest_ms):
    draw, sent, packets = random.Random(5), 0.0, []
    while sent < 20_000.0:
        packets.append((sent + CLOCK_GAP_MS + WAY_MS, sent))
        sent += draw.uniform(33.0, slowest_ms)
    buffer, shown = play(packets)
    assert buffer.delay_ms < 0.01
    assert_rises(shown)
    beyond = max(0.0, slowest_ms - PREDICTION_MS)
    assert max(added_delays(shown)) <= beyond + 0.1


@pytest.mark.parametrize("seconds_mean", [0.005, 0.015, 0.04])
def test_face_keeps_moving_when_the_network_jitters(seconds_mean):
    packets = trace(30.0, lambda draw: draw.expovariate(1.0 / (1000.0 * seconds_mean)), loss=0.05)
    buffer, shown = play(packets)
    assert_rises(shown)
    assert longest_freeze(shown) <= 4 * TICK_MS
    assert max(added_delays(shown)) <= MAX_DELAY_MS + 100.0
    newest = np.maximum.accumulate([time for _, time in packets])
    overtaken = sum(time < before for (_, time), before in zip(packets[1:], newest, strict=False))
    assert buffer.statistics.late <= overtaken
    assert buffer.statistics.leaps == 0


def test_delay_follows_when_jitter_comes_and_goes():
    calm = trace(10.0)
    rough = [
        (arrival + 10_000.0, time + 10_000.0)
        for arrival, time in trace(10.0, lambda draw: draw.uniform(0.0, 80.0))
    ]
    calm_again = [(arrival + 20_000.0, time + 20_000.0) for arrival, time in trace(10.0)]
    _, shown = play(sorted(calm + rough + calm_again))
    by_second = {}
    for now, face in shown:
        second = int((now - CLOCK_GAP_MS) // 1000)
        by_second.setdefault(second, []).append(now - CLOCK_GAP_MS - WAY_MS - face.time_ms)
    assert np.median(by_second[8]) < 1.5 * INTERVAL_MS
    assert 30.0 < np.median(by_second[18]) < 80.0
    assert np.median(by_second[28]) < 1.5 * INTERVAL_MS


def test_motion_stays_smooth_when_the_delay_changes():
    packets = trace(20.0, lambda draw: draw.uniform(0.0, 120.0) if draw.random() < 0.3 else 0.0)
    _, shown = play(packets)
    jaws = np.array([face.blendshapes[Blendshape.JAW_OPEN] for _, face in shown])
    fastest = math.tau * 0.4 / 1500.0 * TICK_MS
    assert np.abs(np.diff(jaws)).max() <= 2.5 * fastest  # 120 ms at once were 7 times


def test_delay_stays_bounded_when_packets_are_hopelessly_late():
    buffer, shown = play(trace(20.0, lambda draw: draw.choice([0.0, 900.0])))
    assert buffer.delay_ms == MAX_DELAY_MS
    assert buffer.statistics.late > 100
    assert_rises(shown)


def test_order_and_copies_do_not_matter_when_frames_come_in_time():
    packets = trace(5.0)
    swapped = [
        (arrival + (40.0 if index % 7 == 3 else 0.0), time)
        for index, (arrival, time) in enumerate(packets)
    ]
    doubled = sorted(swapped + [(arrival + 1.0, time) for arrival, time in swapped])
    buffer, shown = play(doubled)
    assert_rises(shown)
    assert longest_freeze(shown) <= 2 * TICK_MS
    assert buffer.statistics.depth <= CAPACITY


@pytest.mark.parametrize("drift", [-200e-6, 200e-6])
def test_delay_stays_small_when_the_clocks_drift_apart(drift):
    _, shown = play(trace(120.0, drift=drift))
    drifted_ms = drift * 120_000.0
    last = added_delays(shown)[-100:]
    assert np.median(last) + drifted_ms <= 1.6 * INTERVAL_MS
    assert longest_freeze(shown) == 0.0


def test_face_is_held_then_glides_on_when_the_sender_pauses():
    before = trace(3.0)
    after = [(arrival + 63_000.0, time + 63_000.0) for arrival, time in trace(3.0)]
    buffer, shown = play(before + after)
    assert_rises(shown)
    assert added_delays(shown)[-1] <= 1.5 * INTERVAL_MS
    assert buffer.statistics.leaps == 1
    jaws = np.array([face.blendshapes[Blendshape.JAW_OPEN] for _, face in shown])
    assert np.abs(np.diff(jaws)).max() < 0.16  # a change of up to 0.8 over nine ticks


def test_playing_goes_on_when_the_sender_restarts_its_clock():
    before = [(arrival, time + 500_000.0) for arrival, time in trace(3.0)]
    after = [(arrival + 3000.0, time) for arrival, time in trace(3.0)]
    _, shown = play(before + after)
    times = [face.time_ms for _, face in shown]
    assert times[-1] == pytest.approx(3000.0, abs=4 * INTERVAL_MS)
    assert sum(later < earlier for earlier, later in pairwise(times)) == 1
    jaws = np.array([face.blendshapes[Blendshape.JAW_OPEN] for _, face in shown])
    assert np.abs(np.diff(jaws)).max() < 0.16


def test_playing_recovers_when_one_frame_lies_about_its_time():
    buffer, shown = play([*trace(3.0), (CLOCK_GAP_MS + 3100.0, 4e9)])
    again = [(arrival + 3200.0, time + 3200.0) for arrival, time in trace(3.0)]
    for arrival, time in again:
        buffer.push(face_at(time), arrival)
        face = buffer.sample(arrival)
    assert face is not None
    assert face.time_ms == pytest.approx(6200.0, abs=4 * INTERVAL_MS)
    assert shown


def test_backlog_is_skipped_when_our_own_tab_slept():
    buffer, _ = play(trace(3.0))
    for arrival, time in [(arrival + 3000.0, time + 3000.0) for arrival, time in trace(20.0)]:
        buffer.push(face_at(time), arrival)
    assert buffer.statistics.depth == CAPACITY
    assert buffer.statistics.overflowed > 400
    now = CLOCK_GAP_MS + 23_000.0
    face = buffer.sample(now)
    assert face is not None
    assert now - CLOCK_GAP_MS - WAY_MS - face.time_ms <= 4 * INTERVAL_MS


@pytest.mark.parametrize(
    ("time_ms", "arrival_ms"), [(math.nan, 0.0), (math.inf, 0.0), (1e300, 0.0), (0.0, math.nan)]
)
def test_push_ignores_a_frame_when_its_times_are_junk(time_ms, arrival_ms):
    buffer = JitterBuffer()
    buffer.push(FaceParams(time_ms), arrival_ms)
    assert buffer.sample(0.0) is None


@untimed
@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 500.0),
            st.floats(-300.0, 300.0) | st.floats(allow_nan=True, allow_infinity=True),
            st.booleans(),
        ),
        max_size=200,
    )
)
def test_memory_stays_bounded_and_output_sound_for_any_frames(steps):
    buffer, now = JitterBuffer(), 1000.0
    for pause, shift, shown in steps:
        now += pause
        buffer.push(FaceParams(now + shift), now)
        assert buffer.statistics.depth <= CAPACITY
        assert 0.0 <= buffer.delay_ms <= MAX_DELAY_MS
        face = buffer.sample(now) if shown else None
        assert face is None or math.isfinite(face.time_ms)


@untimed
@given(
    st.lists(st.tuples(st.floats(0.0, 60.0), st.floats(-400.0, 400.0), st.booleans()), max_size=300)
)
def test_output_time_never_steps_back_while_the_sender_s_clock_does_not(steps):
    buffer, now, last = JitterBuffer(), 1000.0, -math.inf
    for pause, shift, pushed in steps:
        now += pause
        if pushed:
            buffer.push(FaceParams(now + shift), now)
        face = buffer.sample(now)
        if face is not None:
            assert face.time_ms >= last
            last = face.time_ms


def test_transits_are_forgotten_when_frames_come_densely():
    buffer = JitterBuffer()
    for index in range(4 * WINDOW_FRAMES):
        # Each transit is longer than the one before: the window's fastest is its oldest.
        buffer.push(FaceParams(0.5 * index), float(index))
    assert buffer.delay_ms <= MAX_DELAY_MS
    face = buffer.sample(4.0 * WINDOW_FRAMES)
    assert face is not None
    assert face.time_ms > 0.5 * 4 * WINDOW_FRAMES - MAX_DELAY_MS - WINDOW_FRAMES
