"""What a face does is what the drawing does."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.support.faces import face
from tests.unit.core.drawn.figure_reader import outline_points

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.rig import VIEW, Rig
from persona_core.face import blendshapes
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.params import FaceParams

CAST = {character.key: Rig(character.style) for character in CHARACTERS}
RIG = CAST["robin"]
CENTRAL = ("face", "lip_outer_upper", "lip_inner_upper", "lip_inner_lower", "lip_outer_lower")
SIDED = ("lid_upper", "lid_lower", "iris", "brow", "nostril", "ear")
UNIT = st.floats(0.0, 1.0, width=32)


def turned(pitch: float = 0.0, yaw: float = 0.0, roll: float = 0.0) -> np.ndarray:
    """A unit quaternion from small degrees about x, y, z."""
    q = np.array([1.0, *(math.tan(math.radians(a) / 2) for a in (pitch, yaw, roll))])
    return (q / np.linalg.norm(q)).astype(np.float32)


def drawn(rig: Rig, params: FaceParams, name: str, now_ms: float = 0.0) -> np.ndarray:
    """(n, 2) points of a named run, y down."""
    run = rig.names[name]
    values = rig.pose(params, now_ms)
    return values[2 * run.start : 2 * (run.start + run.count)].reshape(-1, 2).copy()


def everything(rig: Rig, params: FaceParams) -> np.ndarray:
    count = int(rig.program[1])
    return rig.pose(params, 0.0)[: 2 * count].reshape(-1, 2).copy()


@st.composite
def any_params(draw: st.DrawFn) -> FaceParams:
    q = np.array(draw(st.tuples(*[st.floats(-1.0, 1.0)] * 4)), dtype=np.float32)
    norm = float(np.linalg.norm(q))
    return FaceParams(
        time_ms=0.0,
        blendshapes=draw(hnp.arrays(np.float32, blendshapes.COUNT, elements=UNIT)),
        rotation=q / norm if norm > 1e-3 else turned(),
        translation=np.array(draw(st.tuples(*[st.floats(-8.0, 8.0)] * 2)), dtype=np.float32),
        scale=draw(st.floats(0.05, 20.0)),
    )


@given(st.lists(st.tuples(any_params(), st.floats(0.0, 500.0)), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("key", CAST)
def test_pose_is_finite_and_bounded_when_params_are_anything_in_range(
    key: str, frames: list[tuple[FaceParams, float]]
) -> None:
    rig, now = CAST[key], 0.0
    for params, gap in frames:
        now += gap
        values = rig.pose(params, now)
        assert np.isfinite(values).all()
        count = int(rig.program[1])
        xy = values[: 2 * count].reshape(-1, 2)
        # Garments reach 820 below the head; nothing else is farther from it than a body.
        assert np.abs(xy).max() < 1_200.0
        assert xy[:, 1].min() > -700.0
        scalars = values[2 * count :]
        assert ((scalars >= 0.0) & (scalars <= 1.0)).all()


@pytest.mark.parametrize("key", CAST)
def test_rig_shows_every_blendshape_when_it_is_fully_on(key: str) -> None:
    rig = CAST[key]
    rest = everything(rig, face())
    for shape in set(B) - {B.NEUTRAL}:
        moved = everything(rig, face({shape: 1.0})) - rest
        assert np.linalg.norm(moved, axis=1).max() > 2.0, shape.name


@given(any_params())
@settings(max_examples=80, deadline=None)
def test_rig_draws_the_mirror_image_when_params_are_mirrored(params: FaceParams) -> None:
    rig = Rig(CHARACTERS[3].style)
    mirrored = params.mirrored()
    flip = np.array([-1.0, 1.0])
    for name in SIDED:
        left, right = drawn(rig, params, f"{name}_left"), drawn(rig, mirrored, f"{name}_right")
        np.testing.assert_allclose(left, right * flip, atol=0.02, err_msg=name)
    for name in CENTRAL:
        straight, back = drawn(rig, params, name), drawn(rig, mirrored, name) * flip
        order = np.arange(len(back))[::-1]
        if name == "face":  # A closed outline: point 0 is the crown and its own image.
            order = -np.arange(len(back)) % len(back)
        np.testing.assert_allclose(straight, back[order], atol=0.02, err_msg=name)


@pytest.mark.parametrize("side", ["LEFT", "RIGHT"])
@pytest.mark.parametrize("key", CAST)
@given(params=any_params())
@settings(max_examples=40, deadline=None)
def test_lids_meet_when_an_eye_blinks_whatever_else_the_face_does(
    key: str, side: str, params: FaceParams
) -> None:
    rig = CAST[key]
    shapes = params.blendshapes.copy()
    shapes[B[f"EYE_BLINK_{side}"]] = 1.0
    params = replace(params, blendshapes=shapes)
    upper = drawn(rig, params, f"lid_upper_{side.lower()}")
    lower = drawn(rig, params, f"lid_lower_{side.lower()}")
    np.testing.assert_allclose(upper, lower, atol=0.01)


@pytest.mark.parametrize("side", ["left", "right"])
@given(shapes=hnp.arrays(np.float32, blendshapes.COUNT, elements=UNIT))
@settings(max_examples=150, deadline=None)
def test_lids_never_cross_when_shapes_are_anything(side: str, shapes: np.ndarray) -> None:
    params = FaceParams(time_ms=0.0, blendshapes=shapes)
    upper = drawn(RIG, params, f"lid_upper_{side}")
    lower = drawn(RIG, params, f"lid_lower_{side}")
    assert (lower[:, 1] - upper[:, 1] >= -0.1).all()


def test_lids_close_steadily_when_the_blink_grows() -> None:
    def opening(blink: float) -> float:
        params = face({B.EYE_BLINK_LEFT: blink})
        gap = drawn(RIG, params, "lid_lower_left") - drawn(RIG, params, "lid_upper_left")
        return float(gap[:, 1].max())

    gaps = [opening(k / 10) for k in range(11)]
    assert gaps[0] > 20.0
    assert all(after <= before + 1e-4 for before, after in itertools.pairwise(gaps))
    assert gaps[-1] < 0.01


def mouth_opening(params: FaceParams) -> float:
    gap = drawn(RIG, params, "lip_inner_lower") - drawn(RIG, params, "lip_inner_upper")
    return float(gap[:, 1].max())


def test_mouth_opens_steadily_when_the_jaw_drops() -> None:
    openings = [mouth_opening(face({B.JAW_OPEN: k / 10})) for k in range(11)]
    assert openings[0] == pytest.approx(0.0, abs=0.01)
    assert all(b > a + 1.0 for a, b in itertools.pairwise(openings))


def test_mouth_stays_shut_when_lips_are_closed_over_an_open_jaw() -> None:
    sealed = face({B.JAW_OPEN: 0.8, B.MOUTH_CLOSE: 0.8})
    assert mouth_opening(sealed) < 1.5
    chin = drawn(RIG, sealed, "face")[:, 1].max() - drawn(RIG, face(), "face")[:, 1].max()
    assert chin > 12.0


@given(shapes=hnp.arrays(np.float32, blendshapes.COUNT, elements=UNIT))
@settings(max_examples=150, deadline=None)
def test_lips_never_cross_when_shapes_are_anything(shapes: np.ndarray) -> None:
    params = FaceParams(time_ms=0.0, blendshapes=shapes)
    rows = [drawn(RIG, params, f"lip_{row}")[:, 1] for row in
            ("outer_upper", "inner_upper", "inner_lower", "outer_lower")]  # fmt: skip
    for above, below in itertools.pairwise(rows):
        # Rows lie at slightly different depths, so perspective may part them by a hair.
        assert (below - above >= -1.0).all()


@pytest.mark.parametrize(
    ("shapes", "axis", "sign"),
    [
        ({B.EYE_LOOK_OUT_LEFT: 1.0, B.EYE_LOOK_IN_RIGHT: 1.0}, 0, 1),
        ({B.EYE_LOOK_IN_LEFT: 1.0, B.EYE_LOOK_OUT_RIGHT: 1.0}, 0, -1),
        ({B.EYE_LOOK_UP_LEFT: 1.0, B.EYE_LOOK_UP_RIGHT: 1.0}, 1, -1),
        ({B.EYE_LOOK_DOWN_LEFT: 1.0, B.EYE_LOOK_DOWN_RIGHT: 1.0}, 1, 1),
    ],
    ids=["left", "right", "up", "down"],
)
def test_irises_go_where_the_eyes_look_when_both_look_aside(
    shapes: dict[B, float], axis: int, sign: int
) -> None:
    for side in ("left", "right"):
        name = f"iris_{side}"
        moved = (drawn(RIG, face(shapes), name) - drawn(RIG, face(), name)).mean(axis=0)
        assert moved[axis] * sign > 5.0


@pytest.mark.parametrize(
    ("pose", "axis", "sign"),
    [
        ({"rotation": turned(yaw=20)}, 0, 1),
        ({"rotation": turned(yaw=-20)}, 0, -1),
        ({"rotation": turned(pitch=20)}, 1, 1),
        ({"rotation": turned(pitch=-20)}, 1, -1),
        ({"translation": np.array([0.4, 0.0], dtype=np.float32)}, 0, 1),
        ({"translation": np.array([0.0, 0.4], dtype=np.float32)}, 1, -1),
    ],
    ids=["turn-left", "turn-right", "nod", "look-up", "move-left", "move-up"],
)
def test_head_goes_the_right_way_when_posed(pose: dict[str, object], axis: int, sign: int) -> None:
    name = "lip_inner_upper"
    moved = (drawn(RIG, face(**pose), name) - drawn(RIG, face(), name)).mean(axis=0)
    assert moved[axis] * sign > 5.0


def test_head_tilts_to_the_right_side_when_rolled() -> None:
    # Roll about z, right-handed: with y up, the crown goes to negative x.
    crown = drawn(RIG, face(rotation=turned(roll=20)), "face")[0] - drawn(RIG, face(), "face")[0]
    assert crown[0] < -20.0


def test_near_cheek_outgrows_the_far_one_when_the_head_turns() -> None:
    params = face(rotation=turned(yaw=25))
    middle = drawn(RIG, params, "lip_inner_upper")[4, 0]
    outline = drawn(RIG, params, "face")
    assert middle - outline[:, 0].min() > 1.5 * (outline[:, 0].max() - middle)


def test_neck_follows_in_part_when_the_head_moves() -> None:
    params = face(translation=np.array([0.4, 0.0], dtype=np.float32))
    moved = np.linalg.norm(drawn(RIG, params, "neck") - drawn(RIG, face(), "neck"), axis=1)
    top, foot = moved[0], moved[5]
    assert top > 1.6 * foot > 5.0


@pytest.mark.parametrize("key", CAST)
def test_hair_stays_in_the_picture_when_the_head_moves_as_usual(key: str) -> None:
    rig, place = CAST[key], np.array([0.2, 0.25], dtype=np.float32)
    outline = outline_points(rig)
    for pitch, roll in itertools.product([-20.0, 0.0, 20.0], repeat=2):
        rotation = turned(pitch=pitch, roll=roll)
        points = everything(rig, face(rotation=rotation, translation=place, scale=1.3))
        assert points[outline, 1].min() > VIEW[1], (pitch, roll)


def test_pose_reuses_its_buffer_when_called_again() -> None:
    first = RIG.pose(face(), 0.0)
    assert RIG.pose(face({B.JAW_OPEN: 1.0}), 16.0) is first


def test_pose_forgets_the_last_face_when_the_next_is_neutral() -> None:
    rig = Rig(CHARACTERS[0].style)
    before = rig.pose(face(), 0.0).copy()
    rig.pose(face(dict.fromkeys(B, 1.0)), 0.0)
    np.testing.assert_array_equal(rig.pose(face(), 0.0), before)


def test_hair_swings_on_when_the_head_stops() -> None:
    rig = Rig(CHARACTERS[0].style)
    rest = everything(rig, face(rotation=turned(yaw=20)))
    rig.pose(face(), 1000.0)
    values = rig.pose(face(rotation=turned(yaw=20)), 1016.0)
    xy = values[: 2 * len(rest)].reshape(-1, 2)
    assert np.abs(xy - rest)[:, 0].max() > 8.0
    for frame in range(2, 400):
        values = rig.pose(face(rotation=turned(yaw=20)), 1000.0 + 16.0 * frame)
    np.testing.assert_allclose(values[0 : 2 * len(rest)].reshape(-1, 2)[:, 0], rest[:, 0], atol=6.0)


def test_shoulders_breathe_when_time_passes() -> None:
    heights = [drawn(RIG, face(), "neck", 700.0 * k)[5, 1] for k in range(7)]
    assert 1.0 < max(heights) - min(heights) < 8.0
