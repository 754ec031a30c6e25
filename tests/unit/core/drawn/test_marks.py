"""Marks: hands come and go one at a time, hearts follow the emotion, and all of it is drawable."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.drawn.figure_reader import HEADER, OPERANDS

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.marks.hand_shapes import SHAPES
from persona_core.drawn.marks.layer import Marks
from persona_core.drawn.program import Op
from persona_core.drawn.rig import VIEW
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import Gesture

NONE = (Gesture.NONE, Gesture.NONE)
GESTURES = [gesture for gesture in Gesture if gesture is not Gesture.NONE]
STEP_MS = 16.0
gestures = st.sampled_from(Gesture)


def settled(marks: Marks, pair: tuple[Gesture, Gesture], love: float = 0.0) -> np.ndarray:
    """The marks' values a second after they were asked for."""
    start = getattr(marks, "_time_ms", None) or 0.0
    for step in range(64):
        values = marks.pose(pair, love, start + STEP_MS * step)
    return values.copy()


def points(marks: Marks, values: np.ndarray) -> np.ndarray:
    count = int(marks.drawing.program[1])
    return values[: 2 * count].reshape(-1, 2)


def opacities(marks: Marks, values: np.ndarray) -> np.ndarray:
    return values[2 * int(marks.drawing.program[1]) :]


def assert_program_fits(marks: Marks, values: np.ndarray) -> None:
    """Every operand names a point, colour or scalar that there is."""
    program = marks.drawing.program.tolist()
    count, scalars = int(program[1]), int(program[2])
    assert len(values) == marks.drawing.value_count == 2 * count + scalars
    at = HEADER
    while at < len(program):
        op = Op(int(program[at]))
        size = 2 + 2 * int(program[at + 2]) if op in (Op.LINEAR, Op.RADIAL) else OPERANDS[op]
        operands = [int(value) for value in program[at + 1 : at + 1 + size]]
        if op in (Op.CURVE, Op.LOOP, Op.LINES):
            assert operands[0] + operands[1] <= count
        if op in (Op.FILL, Op.FILL_GRADIENT, Op.STROKE):
            assert -1 <= operands[-1] < scalars
        at += 1 + size
    assert at == len(program)


@given(st.lists(st.tuples(gestures, gestures, st.floats(0, 1), st.floats(-50, 900)), max_size=12))
def test_values_fit_the_drawing_whatever_is_shown(
    frames: list[tuple[Gesture, Gesture, float, float]],
) -> None:
    marks, now = Marks(AvatarStyle()), 5000.0
    for left, right, love, gap in frames:
        now += gap
        values = marks.pose((left, right), love, now)
        assert_program_fits(marks, values)
        assert np.isfinite(values).all()
        assert ((opacities(marks, values) >= 0) & (opacities(marks, values) <= 1)).all()
        assert np.abs(points(marks, values)).max(initial=0.0) < 300.0


def test_drawing_is_empty_when_there_is_nothing_to_show() -> None:
    marks = Marks(AvatarStyle())
    settled(marks, NONE)
    assert marks.drawing.is_empty


@pytest.mark.parametrize("gesture", GESTURES)
@pytest.mark.parametrize("side", [0, 1])
def test_hand_stands_beside_the_head_on_its_own_side_when_up(gesture: Gesture, side: int) -> None:
    marks = Marks(AvatarStyle())
    pair = (gesture, Gesture.NONE) if side == 0 else (Gesture.NONE, gesture)
    values = settled(marks, pair)
    xy = points(marks, values)
    sign = 1 - 2 * side
    assert (xy[:, 0] * sign > 30.0).all()
    # Gradients' frames reach farther than what they paint.
    assert np.percentile(np.abs(xy[:, 0]), 95) < VIEW[2] + 6.0
    assert xy[:, 1].max() < VIEW[3]
    assert opacities(marks, values)[1:].min() == 1.0


@pytest.mark.parametrize("gesture", GESTURES)
def test_right_hand_is_the_mirror_image_when_it_shows_the_same(gesture: Gesture) -> None:
    marks = Marks(AvatarStyle())
    left, right = np.split(points(marks, settled(marks, (gesture, gesture))), 2)
    np.testing.assert_allclose(left * (-1.0, 1.0), right, atol=1e-3)


def test_gestures_are_seven_different_drawings_when_compared() -> None:
    seen = [
        points(marks := Marks(AvatarStyle()), settled(marks, (one, Gesture.NONE)))
        for one in GESTURES
    ]
    assert set(SHAPES) == set(GESTURES)
    for first, second in itertools.combinations(seen, 2):
        assert first.shape != second.shape or np.abs(first - second).max() > 10.0


def test_old_hand_goes_before_the_new_one_comes_when_the_gesture_changes() -> None:
    marks = Marks(AvatarStyle())
    settled(marks, (Gesture.VICTORY, Gesture.NONE))
    victory = marks.drawing
    now, sizes = 64 * STEP_MS, []
    while marks.drawing is victory:
        xy = points(marks, marks.pose((Gesture.THUMB_UP, Gesture.NONE), 0.0, now))
        sizes.append(float(np.ptp(xy[:, 1])))
        now += STEP_MS
    assert len(sizes) > 5
    assert sizes[-2] < 0.6 * sizes[0]
    settled(marks, (Gesture.THUMB_UP, Gesture.NONE))
    assert not marks.drawing.is_empty


def test_marks_leave_an_empty_drawing_when_all_is_over() -> None:
    marks = Marks(AvatarStyle())
    settled(marks, (Gesture.VICTORY, Gesture.OPEN_PALM), love=1.0)
    assert not marks.drawing.is_empty
    settled(marks, NONE)
    assert marks.drawing.is_empty


def test_hearts_grow_fainter_when_the_love_fades() -> None:
    strong, faint = (
        float(opacities(marks := Marks(AvatarStyle()), settled(marks, NONE, love)).sum())
        for love in (1.0, 0.25)
    )
    assert strong > 2.0
    assert faint == pytest.approx(0.25 * strong, rel=1e-3)


def test_hearts_rise_without_jumps_when_time_passes() -> None:
    marks = Marks(AvatarStyle())
    before = marks.pose(NONE, 1.0, 0.0).copy()
    rises = 0
    for step in range(1, 400):
        values = marks.pose(NONE, 1.0, STEP_MS * step).copy()
        moved = points(marks, values) - points(marks, before)
        hearts = moved.reshape(len(opacities(marks, values)) - 1, -1, 2).mean(axis=1)
        seen = opacities(marks, before)[1:] > 0.1
        assert np.abs(hearts[seen]).max(initial=0.0) < 6.0
        rises += int((hearts[seen, 1] < 0.0).all())
        before = values
    assert rises > 380


def test_hand_wears_the_character_when_the_style_changes() -> None:
    marks = Marks(CHARACTERS[0].style)
    settled(marks, (Gesture.OPEN_PALM, Gesture.NONE))
    before = marks.drawing
    marks.wear(CHARACTERS[2].style)
    assert marks.drawing is not before
    assert marks.drawing.colours != before.colours
    assert not marks.drawing.is_empty


def test_hand_grows_as_it_should_when_there_was_nothing_to_be_seen_for_long() -> None:
    marks, resting = Marks(CHARACTERS[0].style), Marks(CHARACTERS[0].style)
    for marked in (marks, resting):
        marked.pose(NONE, 0.0, 0.0)
    marks.pose(NONE, 0.0, 5_000.0)
    assert resting.rests(NONE, 0.0, 5_000.0)
    up = (Gesture.OPEN_PALM, Gesture.NONE)
    assert not resting.rests(up, 0.0, 5_016.0)
    assert not resting.rests(NONE, 0.5, 5_016.0)
    np.testing.assert_array_equal(
        resting.pose(up, 0.0, 5_016.0).copy(), marks.pose(up, 0.0, 5_016.0)
    )
    assert not resting.rests(NONE, 0.0, 5_032.0), "it has to be taken down"
