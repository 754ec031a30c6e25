"""Which frames of a clip make a set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.support.faces import shapes
from tests.unit.core.portrait.expression_faces import points

from persona_core.errors import PhotoError
from persona_core.portrait.making.clip_choice import ClipFrame, base_cost, choose_frames


def frame(sharp: float = 1.0, yaw: float = 0.0, **named: float) -> ClipFrame:
    return ClipFrame(points(yaw, **named), shapes(**named), sharp)


def test_base_is_calm_frontal_and_has_its_mouth_closed_and_eyes_open():
    clip = [
        frame(jaw_open=0.4),
        frame(eye_blink=0.9),
        frame(yaw=15.0),
        frame(mouth_smile=0.8),
        frame(),
        frame(mouth_pucker=0.7),
    ]
    assert choose_frames(clip).base == 4


def test_open_mouth_and_closed_eyes_come_first():
    clip = [frame(jaw_open=jaw / 20) for jaw in range(12)]
    clip += [frame(eye_blink=1.0), frame(mouth_smile=0.5), frame(jaw_open=0.9)]
    assert choose_frames(clip, 3).others == (14, 12)


def test_blurred_frames_are_passed_over():
    clip = [frame() for _ in range(5)] + [frame(0.3, jaw_open=1.0), frame(jaw_open=0.8)]
    choice = choose_frames(clip, 4)
    assert 5 not in (choice.base, *choice.others)
    assert 6 in choice.others


def test_frames_with_a_hand_before_the_face_are_passed_over_where_others_are_clear():
    hidden = [replace(frame(), is_spoilt=True), replace(frame(jaw_open=1.0), is_spoilt=True)]
    clear = [frame(mouth_smile=0.4), frame(jaw_open=0.8)]
    choice = choose_frames([*hidden, *clear], 4)
    assert choice.base == 2
    assert choice.others == (3,)
    assert choose_frames(hidden).base == 0


def test_no_frame_is_chosen_twice_and_none_that_adds_nothing():
    clip = [frame()] * 30 + [frame(jaw_open=0.7)] * 30
    choice = choose_frames(clip, 6)
    assert len(choice.others) == 1


def test_long_clip_is_spread_over():
    clip = [frame(jaw_open=0.6 * abs(np.sin(i / 25)), yaw=12 * np.sin(i / 60)) for i in range(400)]
    choice = choose_frames(clip, 6)
    assert len(set(choice.others)) == 5
    yaws = [12 * np.sin(i / 60) for i in choice.others]
    assert max(yaws) > 5
    assert min(yaws) < -5


def test_frames_that_show_no_face_are_passed_over():
    broken = frame()
    lying = [
        replace(broken, landmarks=np.full((478, 3), np.nan, np.float32)),
        replace(broken, landmarks=np.zeros((478, 3), np.float32)),
        replace(broken, landmarks=np.zeros((4, 3), np.float32)),
        replace(broken, blendshapes=np.full(52, np.nan, np.float32)),
        replace(broken, sharpness=float("nan")),
    ]
    assert choose_frames([*lying, frame(), frame(jaw_open=1.0)]).base == 5
    for none in (lying, []):
        with pytest.raises(PhotoError) as refused:
            choose_frames(none)
        assert refused.value.code == "photo-no-face"


def test_only_the_base_is_chosen_when_one_is_asked_for():
    assert choose_frames([frame(), frame(jaw_open=1.0)], 1).others == ()


def test_base_cost_rises_with_every_expression():
    calm = base_cost(points(), shapes())
    for name in ("jaw_open", "eye_blink", "mouth_smile", "brow_down", "mouth_pucker"):
        assert base_cost(points(**{name: 0.8}), shapes(**{name: 0.8})) > calm
    assert base_cost(points(yaw=15.0), shapes()) > calm
