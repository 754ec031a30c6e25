from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.face.one_euro import RESET_AFTER_MS, OneEuroFilter


def one(min_cutoff_hz, beta):
    return OneEuroFilter(
        np.array([min_cutoff_hz], dtype=np.float32), np.array([beta], dtype=np.float32)
    )


def run(filtered, times_ms, values):
    return [
        float(filtered.step(np.array([value], dtype=np.float32), time)[0])
        for time, value in zip(times_ms, values, strict=True)
    ]


def paper_filter(min_cutoff, beta, times_ms, values):
    """Algorithms 1 and 2 of the paper, one number at a time, as an independent reference."""

    def alpha(cutoff, dt):
        tau = 1.0 / (2.0 * math.pi * cutoff)
        return 1.0 / (1.0 + tau / dt)

    smoothed, speed, outputs = values[0], 0.0, [values[0]]
    for (before, now), value in zip(pairwise(times_ms), values[1:], strict=True):
        dt = (now - before) / 1000.0
        a_speed = alpha(1.0, dt)
        speed = a_speed * (value - smoothed) / dt + (1.0 - a_speed) * speed
        a = alpha(min_cutoff + beta * abs(speed), dt)
        smoothed = a * value + (1.0 - a) * smoothed
        outputs.append(smoothed)
    return outputs


@given(
    st.lists(st.tuples(st.floats(5.0, 200.0), st.floats(0.0, 1.0)), min_size=2, max_size=40),
    st.floats(0.5, 5.0),
    st.floats(0.0, 12.0),
)
def test_filter_follows_the_paper_at_irregular_times(steps, min_cutoff, beta):
    times = np.cumsum([step for step, _ in steps]).tolist()
    values = [value for _, value in steps]
    expected = paper_filter(min_cutoff, beta, times, values)
    assert run(one(min_cutoff, beta), times, values) == pytest.approx(expected, abs=2e-4)


@given(st.lists(st.tuples(st.floats(-50.0, 900.0), st.floats(0.0, 1.0)), min_size=1))
def test_output_stays_within_the_inputs_for_any_order_of_times(steps):
    filtered, time = one(1.0, 5.0), 0.0
    for step, value in steps:
        time += step
        output = float(filtered.step(np.array([value], dtype=np.float32), time)[0])
        assert -1e-6 <= output <= 1.0 + 1e-6


@pytest.mark.parametrize("repeated_ms", [100.0, 60.0])
def test_filter_ignores_a_frame_when_its_time_is_not_later(repeated_ms):
    filtered = one(1.0, 0.0)
    run(filtered, [0.0, 100.0], [0.0, 0.2])
    before = filtered.value
    assert filtered.step(np.array([1.0], dtype=np.float32), repeated_ms) is before


def test_filter_starts_anew_when_the_gap_is_long():
    filtered = one(0.1, 0.0)
    assert run(filtered, [0.0, RESET_AFTER_MS + 1.0], [0.0, 1.0]) == [0.0, 1.0]


def test_output_is_not_overwritten_when_the_filter_goes_on():
    filtered = one(1.0, 1.0)
    outputs = [filtered.step(np.array([v], dtype=np.float32), t) for t, v in ((0, 0), (30, 1))]
    kept = [float(output[0]) for output in outputs]
    run(filtered, [60.0, 90.0], [0.5, 0.7])
    assert [float(output[0]) for output in outputs] == kept
