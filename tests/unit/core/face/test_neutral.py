from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.support.faces import shapes

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.neutral import (
    LIDS_CLOSED,
    MAX_REST_TURN_DEGREES,
    REST_CAPS,
    Neutral,
    NeutralFormatError,
)
from persona_core.face.params import IDENTITY_ROTATION
from persona_core.face.pose import HeadPose

shapes_of_any_face = hnp.arrays(np.float32, 52, elements=st.floats(0.0, 1.0, width=32))


def pose(yaw=0.0, pitch=0.0, place=(0.0, 0.0), distance_cm=50.0):
    return HeadPose(
        quaternion.from_yaw_pitch_roll(yaw, pitch, 0.0),
        np.array(place, dtype=np.float32),
        distance_cm,
    )


def test_relative_gives_nothing_when_the_face_is_at_rest():
    rest = shapes(BROW_INNER_UP=0.3, EYE_BLINK_LEFT=0.2)
    where = pose(12.0, -20.0, (0.4, -0.1), 40.0)
    face = Neutral(rest, where).relative(0.0, rest, where)
    assert face.blendshapes.max() == 0.0
    assert quaternion.angle_between(face.rotation, IDENTITY_ROTATION) < 0.01
    assert face.translation == pytest.approx([0.0, 0.0])
    assert face.scale == pytest.approx(1.0)


def test_relative_keeps_the_full_expression_when_rest_is_not_zero():
    neutral = Neutral(shapes(BROW_INNER_UP=0.3, EYE_BLINK_LEFT=0.2))
    face = neutral.relative(0.0, shapes(BROW_INNER_UP=1.0, EYE_BLINK_LEFT=LIDS_CLOSED), pose())
    assert face.blendshapes[B.BROW_INNER_UP] == pytest.approx(1.0)
    assert face.blendshapes[B.EYE_BLINK_LEFT] == pytest.approx(1.0)


def test_relative_gives_a_pure_yaw_when_the_camera_looks_up_from_below():
    rest = pose(pitch=25.0)
    turned = quaternion.multiply(rest.rotation, quaternion.from_yaw_pitch_roll(30.0, 0.0, 0.0))
    face = Neutral(pose=rest).relative(
        0.0, shapes(), HeadPose(turned, rest.translation, rest.distance_cm)
    )
    assert quaternion.to_yaw_pitch_roll(face.rotation) == pytest.approx((30.0, 0.0, 0.0), abs=1e-3)


def test_relative_tells_nearness_when_the_face_comes_closer():
    face = Neutral(pose=pose(distance_cm=60.0)).relative(0.0, shapes(), pose(distance_cm=30.0))
    assert face.scale == pytest.approx(2.0)


@given(shapes_of_any_face, shapes_of_any_face)
def test_relative_stays_in_range_for_any_rest_and_any_face(rest, now):
    face = Neutral(rest).relative(0.0, now, pose()).blendshapes
    assert face.dtype == np.float32
    assert face.min() >= 0.0
    assert face.max() <= 1.0


def test_neutral_holds_a_grimace_to_the_caps():
    neutral = Neutral(np.ones(52, dtype=np.float32))
    assert (neutral.shapes == REST_CAPS).all()
    face = neutral.relative(0.0, np.ones(52, dtype=np.float32), pose()).blendshapes
    assert face[1:] == pytest.approx(np.ones(51))


def test_neutral_holds_a_turned_away_head_to_the_largest_rest_turn():
    neutral = Neutral(pose=pose(yaw=80.0))
    turn = quaternion.angle_between(neutral.pose.rotation, IDENTITY_ROTATION)
    assert turn == pytest.approx(MAX_REST_TURN_DEGREES, rel=0.1)


def test_softened_keeps_most_of_a_smile_and_all_of_the_lids():
    rest = shapes(MOUTH_SMILE_LEFT=0.4, EYE_BLINK_LEFT=0.2)
    soft = Neutral(rest).softened()
    assert soft.shapes[B.EYE_BLINK_LEFT] == pytest.approx(0.2)
    smile = soft.relative(0.0, rest, pose()).blendshapes[B.MOUTH_SMILE_LEFT]
    assert smile > 0.25


@given(shapes_of_any_face, st.floats(-29.0, 29.0), st.floats(10.0, 200.0))
def test_json_gives_the_same_neutral_back_for_any_neutral(rest, yaw, distance_cm):
    neutral = Neutral(rest, pose(yaw=yaw, place=(0.3, -0.2), distance_cm=distance_cm))
    text = neutral.to_json()
    again = Neutral.from_json(text)
    assert len(text) < 700
    assert again.shapes == pytest.approx(neutral.shapes, abs=1e-4)
    assert quaternion.angle_between(again.pose.rotation, neutral.pose.rotation) < 0.05
    assert again.pose.translation == pytest.approx(neutral.pose.translation, abs=1e-4)
    assert again.pose.distance_cm == pytest.approx(distance_cm, abs=0.01)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"shapes": [0.0] * 51},
        {"shapes": [2.0] * 52},
        {"shapes": [True] * 52},
        {"shapes": "x" * 52},
        {"rotation": [0, 0, 0, 0]},
        {"translation": [None, 0]},
        {"distance_cm": -3},
        {"distance_cm": "near"},
        {"distance_cm": 10**400},
    ],
)
def test_from_json_refuses_when_a_field_is_wrong(change):
    document = json.loads(Neutral().to_json()) | change
    with pytest.raises(NeutralFormatError):
        Neutral.from_json(json.dumps(document))


@given(st.text() | st.recursive(st.none() | st.floats(), st.lists).map(json.dumps))
def test_from_json_raises_nothing_else_for_any_text(text):
    with pytest.raises(NeutralFormatError):
        Neutral.from_json(text)
