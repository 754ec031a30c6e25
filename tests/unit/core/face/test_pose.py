from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from persona_core.face import quaternion
from persona_core.face.pose import FACE_WIDTH_CM, HeadPose


def matrix(flat, **pose):
    return flat(0.0, **pose)[55:]


def test_from_matrix_reads_place_and_distance_of_a_face_off_centre(flat):
    pose = HeadPose.from_matrix(matrix(flat, place_cm=(FACE_WIDTH_CM, -FACE_WIDTH_CM / 2, -40.0)))
    assert pose is not None
    assert pose.translation == pytest.approx([1.0, -0.5], abs=1e-6)
    assert pose.distance_cm == pytest.approx(40.0)


def test_from_matrix_reads_the_turn_of_a_turned_face(flat):
    pose = HeadPose.from_matrix(matrix(flat, angles=(25.0, -10.0, 5.0)))
    assert pose is not None
    angles = quaternion.to_yaw_pitch_roll(pose.rotation)
    assert angles == pytest.approx((25.0, -10.0, 5.0), abs=1e-3)


def test_from_matrix_agrees_with_the_flat_order_when_given_rows_of_columns(flat):
    values = matrix(flat, angles=(25.0, 0.0, 0.0))
    square = HeadPose.from_matrix(values.reshape(4, 4))
    assert square is not None
    assert quaternion.to_yaw_pitch_roll(square.rotation)[0] == pytest.approx(25.0, abs=1e-3)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda m: m.__setitem__(slice(0, 3), 0.0),  # no x axis: determinant 0
        lambda m: m.__setitem__(slice(0, 3), -m[0:3]),  # mirrored
        lambda m: m.__setitem__(slice(0, 11), m[0:11] * 3.0),  # blown up
        lambda m: m.__setitem__(0, np.nan),
        lambda m: m.__setitem__(12, np.inf),
        lambda m: m.__setitem__(14, 30.0),  # behind the camera
        lambda m: m.__setitem__(14, -1e9),
    ],
)
def test_from_matrix_gives_none_for_a_matrix_that_is_no_pose(flat, spoil):
    values = matrix(flat)
    spoil(values)
    assert HeadPose.from_matrix(values) is None


def test_from_matrix_raises_when_not_given_sixteen_numbers():
    with pytest.raises(ValueError, match="16"):
        HeadPose.from_matrix(np.zeros(12))


@given(hnp.arrays(np.float64, 16, elements=st.floats(-60.0, 60.0)))
def test_from_matrix_gives_a_unit_rotation_or_none_for_any_numbers(values):
    pose = HeadPose.from_matrix(values)
    assert pose is None or np.linalg.norm(pose.rotation) == pytest.approx(1.0, abs=1e-5)
