from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.face import landmarks, quaternion
from persona_core.face.face_frame import FacePlacement, LandmarkError

ANGLES = st.floats(-60.0, 60.0)


def turn_matrix(yaw, pitch, roll):
    """The rotation matrix of a head turned by degrees."""
    w, x, y, z = quaternion.from_yaw_pitch_roll(yaw, pitch, roll).astype(float).tolist()
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


@given(ANGLES, ANGLES, ANGLES, st.floats(0.5, 200.0), st.floats(-2000.0, 4000.0))
def test_fit_recovers_any_placement_of_the_canonical_face(yaw, pitch, roll, scale, across):
    placed = FacePlacement(scale, turn_matrix(yaw, pitch, roll), np.array([across, 300.0, -20.0]))
    found = FacePlacement.fit(placed.to_image(landmarks.canonical_points()))
    assert found.scale == pytest.approx(scale, rel=1e-3)
    assert found.rotation == pytest.approx(placed.rotation, abs=2e-3)
    assert found.translation == pytest.approx(placed.translation, abs=0.01 * scale + 0.01)


def test_frontal_face_stands_upright_in_the_image():
    placed = FacePlacement(10.0, np.eye(3), np.array([320.0, 180.0, 0.0]))
    image = placed.to_image(landmarks.canonical_points())
    forehead, chin, left_eye, right_eye, nose = image[[10, 152, 263, 33, 4]]
    assert forehead[1] < chin[1]
    assert left_eye[0] > right_eye[0]
    assert nose[2] < left_eye[2]  # nearer to the viewer


def test_fitted_turn_is_the_turn_of_face_params():
    placed = FacePlacement(10.0, turn_matrix(20.0, -10.0, 5.0), np.zeros(3))
    found = FacePlacement.fit(placed.to_image(landmarks.canonical_points()))
    angles = quaternion.to_yaw_pitch_roll(quaternion.from_matrix(found.rotation))
    assert angles == pytest.approx((20.0, -10.0, 5.0), abs=0.05)


def test_image_and_face_frame_are_inverse_when_a_face_is_no_canonical_one():
    random = np.random.default_rng(1)
    placed = FacePlacement(7.0, turn_matrix(15.0, 5.0, -20.0), np.array([100.0, 90.0, 3.0]))
    face = landmarks.canonical_points() + random.normal(0.0, 0.4, (landmarks.COUNT, 3))
    image = placed.to_image(face)
    found = FacePlacement.fit(image)
    assert found.to_image(found.to_face(image)) == pytest.approx(image, abs=1e-3)


def test_face_frame_does_not_depend_on_the_size_of_the_image():
    random = np.random.default_rng(2)
    image = landmarks.canonical_points() * 10.0 + random.normal(0.0, 1.0, (landmarks.COUNT, 3))
    larger = image * 3.7 + 50.0
    here, there = (FacePlacement.fit(points).to_face(points) for points in (image, larger))
    assert there == pytest.approx(here, abs=1e-3)


def test_expression_does_not_move_the_placement():
    placed = FacePlacement(10.0, turn_matrix(10.0, 0.0, 0.0), np.array([300.0, 200.0, 0.0]))
    face = landmarks.canonical_points().copy()
    moving = np.concatenate([landmarks.LIPS_INNER, landmarks.LIPS_OUTER, landmarks.BROW_LEFT])
    face[moving, 1] -= 2.0
    found = FacePlacement.fit(placed.to_image(face))
    assert found.rotation == pytest.approx(placed.rotation, abs=1e-4)
    assert found.scale == pytest.approx(placed.scale, rel=1e-4)


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((468, 3)),
        np.zeros((478, 2)),
        np.zeros((478, 3)),
        np.full((478, 3), np.nan),
        np.full((478, 3), 7.0),
        np.full((478, 3), np.inf),
    ],
    ids=["no irises", "flat", "zeros", "nan", "one spot", "infinite"],
)
def test_fit_refuses_what_is_no_face(points):
    with pytest.raises(LandmarkError) as caught:
        FacePlacement.fit(points)
    assert caught.value.code == "bad-landmarks"
