"""A portrait does what its face is told, within what one photo can bear."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.support.faces import shapes
from tests.unit.core.portrait.portrait_faces import (
    face_points,
    make_rig,
    opening,
    params,
    portrait,
    rims,
    rotation,
    shown,
)

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.face.blendshapes import Blendshape
from persona_core.face.face_frame import FacePlacement
from persona_core.face.params import RESIDUAL_COUNT, FaceParams
from persona_core.face.pose import FACE_WIDTH_CM
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.portrait import layout
from persona_core.portrait.moves import MAX_RESIDUAL, bounded
from persona_core.portrait.placing import MAX_TURN, placed
from persona_core.portrait.rest import own_shapes
from persona_core.portrait.rig import PortraitRig

NOSE, CHIN = 4, 152
RIG = make_rig()
SLANTED = params(
    JAW_FORWARD=0.7,
    MOUTH_PRESS_LEFT=0.4,
    MOUTH_ROLL_LOWER=0.95,
    MOUTH_SHRUG_LOWER=0.7,
    MOUTH_UPPER_UP_RIGHT=1.0,
).blendshapes.tolist()
"""A mouth whose lips slide along one another where its line is slanted."""


def heights(**shapes: float) -> list[float]:
    """How far the right eye, the left eye and the mouth are open."""
    return [opening(rim) for rim in rims(make_rig().pose(params(**shapes), 0.0))]


def test_eyes_close_wholly_when_the_blink_is_full() -> None:
    rest, half, full = heights(), heights(EYE_BLINK=0.5), heights(EYE_BLINK=1.0)
    for eye in (0, 1):
        assert rest[eye] > 4.0
        assert 0.2 * rest[eye] < half[eye] < 0.8 * rest[eye]
        assert full[eye] == pytest.approx(0.0, abs=0.05)


def test_one_eye_closes_alone_when_it_winks() -> None:
    right, left, _ = heights(EYE_BLINK_LEFT=1.0)
    assert left == pytest.approx(0.0, abs=0.05)
    assert right > 0.6 * heights()[0]


def test_mouth_opens_with_the_jaw_and_the_chin_comes_along_when_it_speaks() -> None:
    rig = make_rig()
    before = shown(rig, rig.pose(params(), 0.0)).copy()
    after = shown(rig, rig.pose(params(JAW_OPEN=0.8), 0.0))
    assert heights(JAW_OPEN=0.8)[2] > heights()[2] + 8.0
    assert after[CHIN, 1] > before[CHIN, 1] + 6.0
    assert after[NOSE] == pytest.approx(before[NOSE], abs=2.0)


def test_iris_follows_the_gaze_when_it_looks_aside() -> None:
    rig = make_rig()
    looks = rig.pose(params(EYE_LOOK_OUT_LEFT=0.9, EYE_LOOK_IN_RIGHT=0.9), 0.0).reshape(-1, 4)
    for iris in looks[layout.IRISES : layout.IRISES + 2, :2]:
        assert iris[0] > 1.5  # to the person's left, the picture's right
    down = rig.pose(params(EYE_LOOK_DOWN=0.9), 0.0).reshape(-1, 4)
    assert down[layout.IRISES, 1] > 1.0


@example(SLANTED)
@given(st.lists(st.floats(0.0, 1.0), min_size=52, max_size=52))
@settings(max_examples=60, deadline=None)
def test_rims_never_cross_when_any_blendshapes_come_together(values: list[float]) -> None:
    rig = RIG
    face = FaceParams(0.0, blendshapes=np.array(values, dtype=np.float32))
    frame = rig.pose(face, 0.0)
    assert np.isfinite(frame).all()
    for rim in rims(frame):
        coarse = rim[::2]
        half, count = len(coarse) // 2, len(coarse)
        for place in range(1, half):
            assert coarse[place, 1] >= coarse[count - place, 1] - 0.5


@given(
    st.lists(st.floats(-1.0, 1.0), min_size=4, max_size=4),
    st.floats(-50.0, 50.0),
    st.floats(0.0, 100.0),
)
@settings(max_examples=60, deadline=None)
def test_head_stays_in_bounds_when_any_pose_comes(
    turn: list[float], shift: float, scale: float
) -> None:
    rig = RIG
    face = FaceParams(
        0.0,
        rotation=np.array(turn, dtype=np.float32),
        translation=np.array([shift, -shift], dtype=np.float32),
        scale=scale,
    )
    frame = rig.pose(face, 0.0)
    assert np.isfinite(frame).all()
    moved = shown(rig, frame) - rig.mesh.pixels[:, :2]
    assert np.abs(moved).max() < 0.75 * portrait().width


def test_turn_is_limited_without_a_corner_when_it_grows() -> None:
    own = make_rig().placement
    looks = [placed(own, params(yaw=yaw)).rotation[0, 2] for yaw in range(0, 90, 5)]
    assert np.all(np.diff(looks) > -1e-9)
    assert looks[-1] < np.sin(MAX_TURN) + 1e-6
    assert looks[2] == pytest.approx(np.sin(np.radians(12.0)), rel=0.02)


def test_reenactment_lands_on_the_landmarks_when_it_is_told_all() -> None:
    basis = LandmarkBasis.load()
    rig = PortraitRig(portrait(), basis)
    smiling = shapes(MOUTH_SMILE_LEFT=0.6, BROW_INNER_UP=0.6)
    residual = np.zeros(basis.residual_count, dtype=np.float32)
    residual[:3] = 1.0, -0.5, 0.8
    placement = FacePlacement(
        13.0, rotation(20.0, -8.0, 10.0), rig.placement.translation + np.array([6.0, -4.0, 0.0])
    )
    at = shown(rig, rig.reenact(smiling, placement, residual))
    neutral = basis.neutral(
        rig.placement.to_face(portrait().landmarks),
        portrait().blendshapes,
        rig.placement.rotation,
    )
    face = neutral + basis.displacement(smiling, placement.rotation)
    face = face + np.tensordot(residual, basis.residual, axes=1)
    wanted = placement.to_image(face)[:468, :2]
    assert np.linalg.norm(at[:468] - wanted, axis=1).max() < 0.35


def test_eyes_and_mouth_lie_where_the_photo_has_them_when_nothing_moves() -> None:
    rig = make_rig()
    frame = rig.reenact(portrait().blendshapes, rig.placement).reshape(-1, 4)
    for row in (layout.EYES, layout.EYES + 2, layout.MOUTH + 4):
        np.testing.assert_allclose(frame[row, :3], [1.0, 0.0, 0.0], atol=1e-3)
        np.testing.assert_allclose(frame[row + 1, :3], [0.0, 1.0, 0.0], atol=1e-3)
    assert frame[layout.EYES + 1, 3] == 0.0  # the photo's own eye is shown
    lip = portrait().landmarks[13, :2]
    upper = frame[layout.MOUTH : layout.MOUTH + 2, :3] @ (*lip, 1.0)
    np.testing.assert_allclose(upper, 0.0, atol=0.15)


def test_lower_teeth_go_down_with_the_jaw_when_it_opens() -> None:
    frame = make_rig().pose(params(JAW_OPEN=0.8), 0.0).reshape(-1, 4)
    point = (200.0, 260.0, 1.0)
    upper = frame[layout.MOUTH + 1, :3] @ point
    lower = frame[layout.MOUTH + 3, :3] @ point
    assert upper - lower == pytest.approx(frame[layout.MOUTH, 3], abs=0.02)
    assert frame[layout.MOUTH, 3] > 0.5


def test_shoulders_breathe_and_the_face_does_not_when_time_goes_on() -> None:
    rig = make_rig()
    out = shown(rig, rig.pose(params(), 0.0)).copy()
    inhaled = shown(rig, rig.pose(params(), 1050.0))
    rise = out[:, 1] - inhaled[:, 1]
    assert 0.3 < rise.max() < 4.0
    assert np.abs(rise[:468]).max() < 0.05


def test_photo_keeps_half_its_smile_and_gives_up_its_gaze_when_the_sender_rests() -> None:
    own = own_shapes(shapes(MOUTH_SMILE_LEFT=0.8, EYE_LOOK_UP_LEFT=0.8, EYE_SQUINT_LEFT=0.3))
    assert 0.3 < own[Blendshape.MOUTH_SMILE_LEFT] < 0.6
    assert own[Blendshape.EYE_LOOK_UP_LEFT] == 0.0
    assert 0.0 < own[Blendshape.EYE_SQUINT_LEFT] <= 0.3


def test_full_smile_is_the_photos_own_and_no_more_when_the_photo_smiles() -> None:
    rig = PortraitRig(replace(portrait(), blendshapes=shapes(MOUTH_SMILE=1.0)))
    values = rig.pose(params(MOUTH_SMILE=1.0), 0.0)
    np.testing.assert_allclose(shown(rig, values)[:468], portrait().landmarks[:468, :2], atol=0.2)


@pytest.mark.parametrize("name", ["EYE_LOOK_OUT", "EYE_BLINK", "BROW_DOWN", "BROW_OUTER_UP"])
def test_mouth_stays_still_when_eyes_or_brows_move(name: str) -> None:
    rig = make_rig()
    before = rims(rig.pose(params(), 0.0))[2].copy()
    after = rims(rig.pose(params(**{name: 1.0}), 0.0))[2]
    np.testing.assert_allclose(after, before, atol=0.2)


def test_brows_stay_still_when_the_mouth_moves() -> None:
    rig = make_rig()
    before = shown(rig, rig.pose(params(), 0.0)).copy()
    after = shown(rig, rig.pose(params(JAW_OPEN=1.0, MOUTH_SMILE=1.0), 0.0))
    brows = np.concatenate([landmarks.BROW_LEFT, landmarks.BROW_RIGHT])
    assert np.abs(after[brows] - before[brows]).max() < 0.8


def residual(**values: float) -> Floats:
    """A residual with some coefficients, by number: ``c0=2.0``."""
    coefficients = np.zeros(RESIDUAL_COUNT, dtype=np.float32)
    for name, value in values.items():
        coefficients[int(name[1:])] = value
    return coefficients


def test_portrait_moves_by_the_residual_in_the_size_of_its_own_face() -> None:
    basis, moved = LandmarkBasis.load(), []
    for scale in (8.0, 16.0):
        rig = PortraitRig(replace(portrait(), landmarks=face_points(scale=scale)))
        before = shown(rig, rig.pose(params(), 0.0))[:468].copy()
        told = replace(params(), residual=residual(c0=1.0, c3=-1.0))
        moved.append((shown(rig, rig.pose(told, 0.0))[:468] - before) / scale)
    wanted = (basis.residual[0] - basis.residual[3])[:468, :2] * (1.0, -1.0)
    off = np.linalg.norm(moved[0] - wanted, axis=1)
    assert np.median(off) < 0.01  # cm
    np.testing.assert_allclose(moved[0], moved[1], atol=0.02)


def test_nothing_of_the_residual_stays_when_the_next_face_has_none() -> None:
    rig = make_rig()
    before = rig.pose(params(JAW_OPEN=0.4), 0.0).copy()
    assert (rig.pose(replace(params(JAW_OPEN=0.4), residual=residual(c0=3.0)), 0.0) != before).any()
    assert (rig.pose(params(JAW_OPEN=0.4), 0.0) == before).all()


def test_small_residual_is_followed_and_a_large_one_held_back() -> None:
    small, large = residual(c0=2.0, c5=-3.0), np.full(RESIDUAL_COUNT, 10.0, dtype=np.float32)
    np.testing.assert_allclose(bounded(small), small, rtol=0.01)
    assert np.linalg.norm(bounded(large)) == pytest.approx(MAX_RESIDUAL, rel=0.05)
    assert not bounded(residual()).any()


@given(
    st.lists(st.floats(-10.0, 10.0), min_size=24, max_size=24),
    st.lists(st.floats(0.0, 1.0), min_size=52, max_size=52),
)
@settings(max_examples=60, deadline=None)
def test_rims_never_cross_and_no_point_flies_off_when_any_residual_comes(
    coefficients: list[float], values: list[float]
) -> None:
    face = FaceParams(
        0.0,
        blendshapes=np.array(values, dtype=np.float32),
        residual=np.array(coefficients, dtype=np.float32),
    )
    rest = shown(RIG, RIG.pose(replace(face, residual=None), 0.0)).copy()
    frame = RIG.pose(face, 0.0)
    assert np.isfinite(frame).all()
    assert np.abs(shown(RIG, frame) - rest).max() < 0.25 * FACE_WIDTH_CM * RIG.placement.scale
    for rim in rims(frame):
        coarse = rim[::2]
        half, count = len(coarse) // 2, len(coarse)
        for place in range(1, half):
            assert coarse[place, 1] >= coarse[count - place, 1] - 0.5


def test_mirrored_face_moves_the_other_side_of_the_portrait() -> None:
    """The mean face of the photo is nearly symmetric, and the rims' limits hardly come in."""
    rig, order = make_rig(), landmarks.mirror_order()[:468]
    face = replace(params(), residual=residual(c2=2.0, c6=-2.0, c8=2.0))
    rest = shown(rig, rig.pose(params(), 0.0))[:468].copy()
    straight = shown(rig, rig.pose(face, 0.0))[:468].copy() - rest
    reflected = shown(rig, rig.pose(face.mirrored(), 0.0))[:468] - rest
    wanted = straight[order] * (-1.0, 1.0)
    span = np.linalg.norm(straight)
    assert np.linalg.norm(reflected - wanted) < 0.25 * span
    assert np.linalg.norm(straight - wanted) > 0.8 * span
