"""Face parameters move the keypoints that the table names, in the right direction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.support.faces import face, shapes

from persona_core.face import quaternion
from persona_core.face.blendshapes import COUNT
from persona_core.neural.families.liveportrait_controls import (
    BASIS,
    RANGES,
    ROWS,
    Calibration,
    Control,
    ExpressionMap,
    controls,
    wink_eye_is_left,
)
from persona_core.neural.families.liveportrait_driver import (
    FACE_WIDTH,
    MAX_SHIFT,
    MAX_TURN_DEGREES,
    SCALES,
    LivePortraitDriver,
    turned,
)
from persona_core.neural.families.liveportrait_motion import (
    KeypointMotion,
    PortraitPose,
    rotation_matrix,
)

Floats = npt.NDArray[np.float32]

X, Y, Z = range(3)
NOSE = 5
SHAPES = hnp.arrays(np.float32, COUNT, elements=st.floats(0.0, 1.0, width=32))


def offsets(calibration: Calibration | None = None, **values: float) -> npt.NDArray[np.float64]:
    return ExpressionMap(calibration).offsets(shapes(**values))


@pytest.fixture
def driver() -> LivePortraitDriver:
    canonical = np.random.default_rng(3).normal(0.0, 0.3, (21, 3))
    canonical[NOSE] = (0.0, 0.0, -0.5)  # z points away from the viewer
    still = KeypointMotion(rotation_matrix(0.0, 0.0, 0.0), np.zeros((21, 3)), 1.2, np.zeros(3))
    return LivePortraitDriver(PortraitPose(canonical, still))


def test_basis_is_the_table() -> None:
    assert BASIS.shape == (len(Control), 63)
    assert np.count_nonzero(BASIS) == sum(len(row) for row in ROWS.values())
    assert BASIS[Control.SMILE].reshape(21, 3)[14, Y] == -0.02
    assert BASIS[Control.BROWS_DOWN].reshape(21, 3)[2, X] == 0.001
    assert not BASIS.flags.writeable


@pytest.mark.parametrize(
    ("values", "control", "expected"),
    [
        ({"mouth_smile_left": 1.0, "mouth_smile_right": 1.0}, Control.SMILE, 1.3),
        ({"mouth_frown_left": 1.0, "mouth_frown_right": 1.0}, Control.SMILE, -0.3),
        ({"jaw_open": 1.0}, Control.AAA, 120.0),
        ({"jaw_open": 0.5, "mouth_close": 0.5}, Control.AAA, 0.0),
        ({"mouth_press_left": 1.0, "mouth_press_right": 1.0}, Control.AAA, -30.0),
        ({"mouth_stretch_left": 1.0, "mouth_stretch_right": 1.0}, Control.EEE, 15.0),
        ({"mouth_pucker": 1.0}, Control.WOO, 15.0),
        ({"mouth_funnel": 1.0}, Control.WOO, 15.0),
        ({"eye_blink_left": 0.9, "eye_blink_right": 0.9}, Control.BLINK, -20.0),
        ({"eye_wide_left": 1.0, "eye_wide_right": 1.0}, Control.BLINK, 5.0),
        ({"eye_look_up_left": 1.0, "eye_look_up_right": 1.0}, Control.GAZE_Y, 15.0),
        ({"eye_look_up_left": 1.0, "eye_look_up_right": 1.0}, Control.BLINK, -7.5),
        ({"eye_look_out_left": 1.0, "eye_look_in_right": 1.0}, Control.GAZE_RIGHT, 15.0),
        ({"eye_look_in_left": 1.0, "eye_look_out_right": 1.0}, Control.GAZE_LEFT, -15.0),
        ({"brow_down_left": 1.0, "brow_down_right": 1.0}, Control.BROWS_DOWN, -10.0),
        (
            {"brow_inner_up": 1.0, "brow_outer_up_left": 1.0, "brow_outer_up_right": 1.0},
            Control.BROWS_UP,
            15.0,
        ),
    ],
)
def test_control_reaches_its_end_when_the_face_does(
    values: dict[str, float], control: Control, expected: float
) -> None:
    found = controls(shapes(**values), wink_eye_is_left=False)
    assert found[control] == pytest.approx(expected, abs=1e-5)


@given(SHAPES, st.booleans())
def test_controls_stay_in_their_ranges_whatever_the_face(values: Floats, left: bool) -> None:
    found = controls(values, wink_eye_is_left=left)
    for control in Control:
        low, high = RANGES[control]
        assert low - 1e-9 <= found[control] <= high + 1e-9


def test_controls_are_refused_when_there_are_not_52_blendshapes() -> None:
    with pytest.raises(ValueError, match="blendshapes"):
        controls(np.zeros(51, dtype=np.float32), wink_eye_is_left=False)


def test_blink_lowers_both_upper_lids_as_the_table_says() -> None:
    moved = offsets(eye_blink_left=1.0, eye_blink_right=1.0)
    assert moved[11, Y] == pytest.approx(0.02)
    assert moved[15, Y] == pytest.approx(0.02)
    assert moved[13, Y] == pytest.approx(-0.006)
    assert moved[2, Y] == pytest.approx(-0.005)


@pytest.mark.parametrize(("left", "lid", "other"), [(True, 11, 15), (False, 15, 11)])
def test_wink_closes_the_one_eye_that_winks(left: bool, lid: int, other: int) -> None:
    moved = offsets(Calibration(wink_eye_is_left=left), eye_blink_left=1.0)
    assert moved[lid, Y] == pytest.approx(0.025)
    assert moved[other, Y] == 0.0


def test_eye_that_winks_is_told_by_where_it_lies() -> None:
    canonical = np.zeros((21, 3))
    canonical[11, X] = 0.2
    assert wink_eye_is_left(canonical)
    assert not wink_eye_is_left(-canonical)


def test_portraits_own_expression_is_not_added_when_the_face_wears_it_too() -> None:
    smiling = shapes(mouth_smile_left=0.8, mouth_smile_right=0.8, jaw_open=0.3)
    calibrated = ExpressionMap(Calibration(portrait_shapes=smiling))
    assert calibrated.offsets(smiling) == pytest.approx(np.zeros((21, 3)), abs=1e-9)
    undone = calibrated.offsets(shapes())
    assert undone[14, Y] == pytest.approx(0.02 * 1.3 * 0.8, abs=1e-6)
    assert undone[19, Y] == pytest.approx(-0.001 * 120 * 0.3, abs=1e-6)


def test_gain_widens_what_a_person_does_less_and_stops_at_the_range() -> None:
    calibration = Calibration(gains={Control.AAA: 2.0})
    assert offsets(calibration, jaw_open=0.25)[19, Y] == pytest.approx(0.06, abs=1e-6)
    assert offsets(calibration, jaw_open=0.9)[19, Y] == pytest.approx(0.12)


def test_neutral_face_leaves_the_portrait_as_it_is(driver: LivePortraitDriver) -> None:
    assert driver.target(face()) == pytest.approx(driver.source, abs=1e-6)
    assert driver.target(face()).shape == (1, 21, 3)


@pytest.mark.parametrize(
    ("angles", "axis", "sign"),
    [((20.0, 0.0, 0.0), X, 1.0), ((0.0, 20.0, 0.0), Y, 1.0)],
    ids=["to the person's left is to the picture's right", "down is down"],
)
def test_nose_goes_where_the_face_turns(
    driver: LivePortraitDriver, angles: tuple[float, float, float], axis: int, sign: float
) -> None:
    turn = quaternion.from_yaw_pitch_roll(*angles)
    target = driver.target(replace(face(), rotation=turn))
    moved = target[0, NOSE, axis] - driver.source[0, NOSE, axis]
    assert sign * moved == pytest.approx(1.2 * 0.5 * np.sin(np.radians(20.0)), abs=1e-4)


def test_top_goes_to_the_persons_right_when_the_head_rolls_there() -> None:
    top = np.array([0.0, -1.0, 0.0])  # y points down
    rolled = top @ turned(quaternion.from_yaw_pitch_roll(0.0, 0.0, 20.0))
    assert rolled[X] == pytest.approx(-np.sin(np.radians(20.0)), abs=1e-6)


@given(st.floats(-180, 180), st.floats(-80, 80), st.floats(-180, 180))
def test_turn_is_a_rotation_and_never_beyond_the_limit(
    yaw: float, pitch: float, roll: float
) -> None:
    matrix = turned(quaternion.from_yaw_pitch_roll(yaw, pitch, roll))
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-6)
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    angle = np.degrees(np.arccos(np.clip((np.trace(matrix) - 1.0) / 2.0, -1.0, 1.0)))
    assert angle <= MAX_TURN_DEGREES + 1e-3


def test_face_moves_and_grows_with_the_person_and_stays_in_the_crop(
    driver: LivePortraitDriver,
) -> None:
    moved = replace(face(), translation=np.array([0.1, 0.2], dtype=np.float32))
    shift = (driver.target(moved) - driver.source)[0]
    assert shift[:, X] == pytest.approx(np.full(21, 0.1 * FACE_WIDTH), abs=1e-5)
    assert shift[:, Y] == pytest.approx(np.full(21, -0.2 * FACE_WIDTH), abs=1e-5)  # up is less y
    gone = replace(face(), translation=np.array([9.0, -9.0], dtype=np.float32), scale=50.0)
    target = driver.target(gone)[0]
    assert target == pytest.approx(
        driver.source[0] * SCALES[1] + np.array([MAX_SHIFT, MAX_SHIFT, 0.0]), abs=1e-5
    )
