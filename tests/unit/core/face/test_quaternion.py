from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.face import quaternion
from persona_core.face.params import IDENTITY_ROTATION

component = st.floats(-1.0, 1.0)
rotations = (
    st.tuples(component, component, component, component)
    .filter(lambda q: sum(c * c for c in q) > 0.01)
    .map(lambda q: quaternion.from_components(*q))
)


def rotate(rotation, vector):
    w, *axis = rotation.astype(np.float64)
    inner = np.cross(axis, vector) + w * np.asarray(vector)
    return np.asarray(vector) + 2.0 * np.cross(axis, inner)


def matrix_of(rotation):
    return np.column_stack([rotate(rotation, axis) for axis in np.eye(3)])


@given(rotations)
def test_from_matrix_gives_the_rotation_back_for_any_rotation(rotation):
    again = quaternion.from_matrix(matrix_of(rotation))
    assert quaternion.angle_between(rotation, again) < 0.01


@given(rotations, rotations)
def test_multiply_rotates_by_the_second_first_for_any_pair(first, second):
    both = quaternion.multiply(first, second)
    vector = [0.3, -1.2, 0.7]
    assert rotate(both, vector) == pytest.approx(rotate(first, rotate(second, vector)), abs=1e-5)


@given(rotations)
def test_conjugate_undoes_the_rotation_for_any_rotation(rotation):
    undone = quaternion.multiply(quaternion.conjugate(rotation), rotation)
    assert quaternion.angle_between(undone, IDENTITY_ROTATION) < 0.01


@given(st.floats(-179.0, 179.0), st.floats(-89.0, 89.0), st.floats(-179.0, 179.0))
def test_yaw_pitch_roll_come_back_for_any_angles_short_of_the_poles(yaw, pitch, roll):
    rotation = quaternion.from_yaw_pitch_roll(yaw, pitch, roll)
    again = quaternion.from_yaw_pitch_roll(*quaternion.to_yaw_pitch_roll(rotation))
    assert quaternion.angle_between(rotation, again) < 0.1


@pytest.mark.parametrize(
    ("angles", "vector", "becomes"),
    [
        ((90.0, 0.0, 0.0), [0, 0, 1], [1, 0, 0]),  # the face turns to the person's left
        ((0.0, 90.0, 0.0), [0, 0, 1], [0, -1, 0]),  # the face looks down
        ((0.0, 0.0, 90.0), [0, 1, 0], [-1, 0, 0]),  # the crown tips to the person's right
    ],
)
def test_angles_turn_the_documented_way_when_positive(angles, vector, becomes):
    rotation = quaternion.from_yaw_pitch_roll(*angles)
    assert rotate(rotation, vector) == pytest.approx(becomes, abs=1e-6)


@given(rotations, rotations, st.floats(0.0, 1.0))
def test_nlerp_divides_the_shorter_arc_for_any_pair(start, end, t):
    between = quaternion.nlerp(start, end, t)
    arc = quaternion.angle_between(start, end)
    assert np.linalg.norm(between) == pytest.approx(1.0, abs=1e-6)
    parts = quaternion.angle_between(start, between) + quaternion.angle_between(between, end)
    assert parts == pytest.approx(arc, abs=0.05)


def test_nlerp_stays_a_rotation_when_the_ends_are_half_a_turn_apart():
    half_turn = quaternion.from_yaw_pitch_roll(180.0, 0.0, 0.0)
    between = quaternion.nlerp(IDENTITY_ROTATION, half_turn, 0.5)
    assert np.linalg.norm(between) == pytest.approx(1.0)


def test_angle_between_ignores_the_sign_of_one_rotation_written_twice():
    rotation = quaternion.from_yaw_pitch_roll(40.0, 0.0, 0.0)
    assert quaternion.angle_between(rotation, -rotation) == pytest.approx(0.0, abs=1e-4)
    assert quaternion.angle_between(IDENTITY_ROTATION, rotation) == pytest.approx(40.0, abs=1e-4)


@pytest.mark.parametrize("bad", [0.0, math.nan, math.inf])
def test_from_components_refuses_numbers_that_have_no_direction(bad):
    with pytest.raises(ValueError, match="no rotation"):
        quaternion.from_components(bad, bad, bad, bad)
