from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.face import quaternion
from persona_core.face.blend import Crossfade, interpolate, smoothstep
from persona_core.face.params import FaceParams, Gesture

START = FaceParams(time_ms=100.0)
END = FaceParams(
    time_ms=200.0,
    blendshapes=np.full(52, 0.8, dtype=np.float32),
    rotation=quaternion.from_yaw_pitch_roll(40.0, 0.0, 0.0),
    translation=np.array([1.0, -1.0], dtype=np.float32),
    scale=4.0,
    tracked=False,
    gestures=(Gesture.VICTORY, Gesture.NONE),
)


def test_interpolate_mixes_every_field_at_the_middle():
    middle = interpolate(START, END, 0.5)
    assert middle.time_ms == 150.0
    assert middle.blendshapes == pytest.approx(np.full(52, 0.4), abs=1e-6)
    assert quaternion.to_yaw_pitch_roll(middle.rotation)[0] == pytest.approx(20.0, abs=1e-3)
    assert middle.translation == pytest.approx([0.5, -0.5])
    assert middle.scale == pytest.approx(2.0)  # geometric: between once and four times as near


@pytest.mark.parametrize(("t", "nearer"), [(0.4, START), (0.6, END)])
def test_interpolate_takes_what_cannot_be_mixed_from_the_nearer_end(t, nearer):
    between = interpolate(START, END, t)
    assert between.tracked is nearer.tracked
    assert between.gestures == nearer.gestures


@pytest.mark.parametrize(("t", "end"), [(-3.0, START), (0.0, START), (1.0, END), (7.0, END)])
def test_interpolate_stays_at_the_end_when_outside(t, end):
    assert interpolate(START, END, t) is end


def test_interpolate_leaves_its_inputs_alone_when_mixing():
    before = END.blendshapes.copy()
    interpolate(END, START, 0.3)
    assert (END.blendshapes == before).all()


@given(st.floats(-2.0, 3.0), st.floats(-2.0, 3.0))
def test_smoothstep_rises_within_bounds_for_any_pair(first, second):
    low, high = sorted((first, second))
    assert 0.0 <= smoothstep(low) <= smoothstep(high) <= 1.0


def test_crossfade_leads_from_origin_to_target_over_its_time():
    fade = Crossfade()
    fade.start(START, now_ms=1000.0, duration_ms=100.0)
    assert fade.apply(END, 1000.0) is START
    assert 0.0 < fade.apply(END, 1050.0).blendshapes[3] < 0.8
    assert fade.apply(END, 1100.0) is END


def test_unfinished_time_shrinks_as_the_fade_goes_on():
    fade = Crossfade()
    assert fade.unfinished_ms(0.0) == 0.0
    fade.start(START, now_ms=0.0, duration_ms=100.0)
    assert [fade.unfinished_ms(now) for now in (0.0, 50.0, 100.0)] == [100.0, 50.0, 0.0]


def test_crossfade_gives_the_target_when_never_started():
    assert Crossfade().apply(END, 5.0) is END


def test_interpolate_mixes_residuals_and_counts_a_missing_one_as_zero():
    ones, threes = np.ones(24, dtype=np.float32), np.full(24, 3.0, dtype=np.float32)
    first, second = replace(START, residual=ones), replace(END, residual=threes)
    assert interpolate(first, second, 0.25).residual == pytest.approx(np.full(24, 1.5))
    assert interpolate(START, second, 0.25).residual == pytest.approx(np.full(24, 0.75))
    assert interpolate(first, END, 0.25).residual == pytest.approx(np.full(24, 0.75))
    assert interpolate(START, END, 0.25).residual is None
    assert interpolate(first, END, 1.0).residual is None
    assert (ones == 1.0).all()
