"""Head pose, limits and the hair's spring."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.drawn.figure_motion import Spring, head_angles, soft_limit
from persona_core.face.quaternion import multiply


def quaternion(axis: tuple[float, float, float], angle: float) -> np.ndarray:
    half = angle / 2
    return np.array([math.cos(half), *(math.sin(half) * v for v in axis)], dtype=np.float32)


@pytest.mark.parametrize(
    ("axis", "place"), [((1.0, 0.0, 0.0), 0), ((0.0, 1.0, 0.0), 1), ((0.0, 0.0, 1.0), 2)]
)
@given(angle=st.floats(-1.2, 1.2))
def test_head_angles_gives_back_the_angle_when_turned_about_one_axis(
    axis: tuple[float, float, float], place: int, angle: float
) -> None:
    expected = [0.0, 0.0, 0.0]
    expected[place] = angle
    assert head_angles(quaternion(axis, angle)) == pytest.approx(expected, abs=2e-3)


@given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_head_angles_are_a_swing_and_then_a_roll_when_the_head_does_both(
    nod: float, turn: float, roll: float
) -> None:
    angle = math.hypot(nod, turn)
    axis = (nod / angle, turn / angle, 0.0) if angle > 1e-6 else (1.0, 0.0, 0.0)
    both = multiply(quaternion((0.0, 0.0, 1.0), roll), quaternion(axis, angle))
    assert head_angles(both) == pytest.approx((nod, turn, roll), abs=2e-3)


def test_head_angles_agrees_when_the_quaternion_is_negated() -> None:
    q = quaternion((0.48, 0.6, 0.64), 0.7)
    assert head_angles(q) == pytest.approx(head_angles(-q))


@pytest.mark.parametrize("q", [[0, 0, 0, 0], [math.nan] * 4, [math.inf, 0, 0, 0]])
def test_head_angles_gives_no_rotation_when_the_quaternion_is_none(q: list[float]) -> None:
    assert head_angles(np.array(q, dtype=np.float32)) == (0.0, 0.0, 0.0)


@given(st.floats(-1e6, 1e6), st.floats(0.01, 100.0))
def test_soft_limit_stays_inside_when_the_value_is_large(value: float, limit: float) -> None:
    limited = soft_limit(value, limit)
    assert abs(limited) <= limit * (1 + 1e-9)
    assert limited * value >= 0.0


def test_soft_limit_keeps_the_value_when_it_is_small() -> None:
    assert soft_limit(0.1, 1.0) == pytest.approx(0.1, rel=1e-3)


def test_spring_lags_then_settles_when_its_target_jumps() -> None:
    spring = Spring(1.5, 0.3)
    spring.follow(0.0, 0.0, 0.0)
    lags = [spring.follow(10.0, -5.0, 16.0 * (k + 1)) for k in range(400)]
    assert lags[0][0] < -9.0
    assert lags[0][1] > 4.5
    assert max(x for x, _ in lags) > 1.0, "an underdamped spring swings past its target"
    assert lags[-1] == pytest.approx((0.0, 0.0), abs=1e-3)


@pytest.mark.parametrize("gap", [-50.0, 10_000.0])
def test_spring_stands_still_when_the_clock_jumps(gap: float) -> None:
    spring = Spring(1.5, 0.3)
    spring.follow(0.0, 0.0, 100.0)
    spring.follow(10.0, 0.0, 116.0)
    assert spring.follow(3.0, 4.0, 116.0 + gap) == (0.0, 0.0)


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(0, 300)), min_size=1, max_size=60))
def test_spring_stays_bounded_when_frames_come_at_any_pace(
    frames: list[tuple[float, float]],
) -> None:
    spring = Spring(1.5, 0.3)
    now = 0.0
    for target, gap in frames:
        now += gap
        lag, _ = spring.follow(target, 0.0, now)
        assert abs(lag) < 2_000.0
