"""Head pose, limits and the hair's spring."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.figure_motion import Spring, head_angles, soft_limit
from persona_core.drawn.rig import BREATH_MS, Rig
from persona_core.face.params import FaceParams
from persona_core.face.quaternion import from_yaw_pitch_roll, multiply


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


def test_rig_shows_a_face_still_when_it_is_the_same_one_and_only_a_breath_has_passed() -> None:
    rig, resting, now_ms = Rig(CHARACTERS[0].style), FaceParams(0.0), 0.0
    assert not rig.shows(resting, now_ms)
    before = rig.pose(resting, now_ms).copy()
    assert rig.shows(resting, now_ms + 0.9 * BREATH_MS)
    assert not rig.shows(FaceParams(0.0), now_ms), "another face has to be drawn"
    assert not rig.shows(resting, now_ms - 1.0), "a clock that is set back tells nothing"
    rig.forget()
    assert not rig.shows(resting, now_ms)
    after = rig.pose(resting, now_ms + BREATH_MS)
    points = 2 * int(rig.program[1])
    assert np.abs(after - before)[:points].max() < 0.5
    assert not rig.shows(resting, now_ms + 2.0 * BREATH_MS)


def test_rig_shows_no_face_still_while_the_hair_swings() -> None:
    rig, now_ms = Rig(CHARACTERS[0].style), 0.0
    rig.pose(FaceParams(0.0), now_ms)
    turned = FaceParams(0.0, rotation=from_yaw_pitch_roll(20.0, 0.0, 0.0))
    swinging = []
    for _ in range(80):
        now_ms += 50.0
        rig.pose(turned, now_ms)
        swinging.append(not rig.shows(turned, now_ms + 1.0))
    assert all(swinging[:6])
    assert not swinging[-1]
