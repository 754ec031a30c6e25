from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.support.faces import face

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.emotions import (
    EMOTION_SHAPES,
    FADE_IN_MS,
    FADE_OUT_MS,
    SPEECH_PULL,
    Emotion,
    EmotionLayer,
)
from persona_core.face.params import IDENTITY_ROTATION, FaceParams
from persona_core.wire.motion_track import load_demo

TICK_MS = 16.0
SETTLED_MS = 1000.0
EMOTIONS = st.sampled_from(list(Emotion))
SHAPES = hnp.arrays(np.float32, 52, elements=st.floats(0.0, 1.0, width=32))
GAZE = [shape for shape in B if shape.name.startswith("EYE_LOOK_")]
SPEECH = ("JAW_", "MOUTH_CLOSE", "MOUTH_FUNNEL", "MOUTH_PUCKER", "MOUTH_LOWER", "MOUTH_UPPER",
          "MOUTH_PRESS", "MOUTH_ROLL", "MOUTH_SHRUG", "MOUTH_LEFT", "MOUTH_RIGHT")  # fmt: skip


def wearing(emotion, intensity=1.0):
    """A layer on which the emotion has been faded in by SETTLED_MS."""
    layer = EmotionLayer()
    layer.start(emotion, 0.0, intensity)
    return layer


def worn(emotion, params, intensity=1.0):
    return wearing(emotion, intensity).apply(params, SETTLED_MS)


@pytest.mark.parametrize(
    ("emotion", "shapes"),
    [
        (Emotion.JOY, [B.MOUTH_SMILE_LEFT, B.MOUTH_SMILE_RIGHT, B.CHEEK_SQUINT_LEFT]),
        (Emotion.SADNESS, [B.MOUTH_FROWN_LEFT, B.MOUTH_FROWN_RIGHT, B.BROW_INNER_UP]),
        (Emotion.SURPRISE, [B.EYE_WIDE_LEFT, B.EYE_WIDE_RIGHT, B.BROW_OUTER_UP_LEFT]),
        (Emotion.ANGER, [B.BROW_DOWN_LEFT, B.BROW_DOWN_RIGHT, B.NOSE_SNEER_LEFT]),
        (Emotion.WINK, [B.EYE_BLINK_LEFT, B.MOUTH_SMILE_LEFT]),
        (Emotion.LOVE, [B.MOUTH_SMILE_LEFT, B.MOUTH_SMILE_RIGHT]),
    ],
)
def test_emotion_shows_its_shapes_when_the_face_is_at_rest(emotion, shapes):
    assert (worn(emotion, face()).blendshapes[shapes] >= 0.6).all()


def test_emotions_differ_plainly_when_worn_by_one_face():
    looks = [worn(emotion, face()).blendshapes for emotion in Emotion]
    for index, look in enumerate(looks):
        for other in looks[:index]:
            assert np.abs(look - other).sum() > 1.5


@pytest.mark.parametrize("emotion", [Emotion.JOY, Emotion.LOVE])
def test_frown_goes_when_a_happy_emotion_is_worn(emotion):
    sour = face({B.MOUTH_FROWN_LEFT: 0.8, B.MOUTH_FROWN_RIGHT: 0.8, B.BROW_DOWN_LEFT: 0.8})
    shown = worn(emotion, sour).blendshapes
    assert shown[B.MOUTH_FROWN_LEFT] < 0.1
    assert shown[B.BROW_DOWN_LEFT] < 0.2


def test_head_turns_by_a_few_degrees_and_keeps_its_own_turn_when_sad():
    own = quaternion.from_yaw_pitch_roll(20.0, -5.0, 0.0)
    shown = worn(Emotion.SADNESS, face(rotation=own))
    assert 5.0 < quaternion.angle_between(shown.rotation, own) < 15.0
    assert quaternion.to_yaw_pitch_roll(shown.rotation)[0] == pytest.approx(20.0, abs=3.0)


@given(SHAPES, EMOTIONS, st.floats(0.0, 1.0), st.floats(0.0, 1000.0))
def test_shapes_stay_in_range_for_any_face_and_moment(shapes, emotion, intensity, now_ms):
    shown = wearing(emotion, intensity).apply(FaceParams(0.0, shapes), now_ms).blendshapes
    assert shown.dtype == np.float32
    assert shown.min() >= 0.0
    assert shown.max() <= 1.0


@given(SHAPES)
def test_layer_is_the_identity_when_nothing_was_ever_worn(shapes):
    params = FaceParams(0.0, shapes)
    assert EmotionLayer().apply(params, 0.0) is params


@given(EMOTIONS, st.floats(0.0, 2000.0))
def test_layer_is_the_identity_once_it_was_cleared(emotion, cleared_ms):
    layer = wearing(emotion)
    layer.clear(cleared_ms)
    params = face({B.JAW_OPEN: 0.4})
    assert layer.apply(params, cleared_ms + FADE_OUT_MS) is params
    assert layer.active is None


@given(EMOTIONS, st.floats(0.0, 1.0))
def test_layer_is_the_identity_when_the_intensity_is_zero(emotion, now_share):
    layer = EmotionLayer()
    layer.start(emotion, 0.0, 0.0)
    params = face({B.MOUTH_FROWN_LEFT: 0.4})
    assert layer.apply(params, now_share * FADE_IN_MS) is params


@given(EMOTIONS, SHAPES)
def test_gaze_is_the_persons_own_when_any_emotion_is_worn(emotion, shapes):
    assert (worn(emotion, FaceParams(0.0, shapes)).blendshapes[GAZE] == shapes[GAZE]).all()


@given(EMOTIONS, st.floats(0.0, 1.0, width=32))
def test_blink_closes_the_eyes_when_any_emotion_is_worn(emotion, blink):
    rest = worn(emotion, face()).blendshapes
    lids = [B.EYE_BLINK_LEFT, B.EYE_BLINK_RIGHT]
    shown = worn(emotion, face(dict.fromkeys(lids, blink))).blendshapes
    assert (shown[lids] >= np.maximum(rest[lids], np.float32(blink)) - 1e-6).all()
    if blink == 1.0:
        assert shown[lids] == pytest.approx([1.0, 1.0])
        assert shown[[B.EYE_WIDE_LEFT, B.EYE_WIDE_RIGHT]] == pytest.approx([0.0, 0.0])


@given(st.floats(0.0, 1.0, width=32), st.floats(0.0, 1.0, width=32))
def test_other_eye_is_free_when_winking(blink, squint):
    own = face({B.EYE_BLINK_RIGHT: blink, B.EYE_SQUINT_RIGHT: squint})
    shown = worn(Emotion.WINK, own).blendshapes
    assert shown[B.EYE_BLINK_LEFT] == pytest.approx(1.0)
    assert shown[B.EYE_BLINK_RIGHT] == blink
    assert shown[B.EYE_SQUINT_RIGHT] == squint


@pytest.mark.parametrize("emotion", Emotion)
def test_mouth_goes_on_speaking_when_any_emotion_is_worn(emotion):
    layer = wearing(emotion)
    times = np.arange(SETTLED_MS, SETTLED_MS + 2000.0, TICK_MS)
    spoken = 0.3 + 0.3 * np.sin(math.tau * 5.0 * times / 1000.0)  # syllables, five a second
    shapes = [B.JAW_OPEN, B.MOUTH_FUNNEL, B.MOUTH_PUCKER, B.MOUTH_LOWER_DOWN_LEFT]
    shown = np.array(
        [
            layer.apply(face(dict.fromkeys(shapes, value)), time).blendshapes[shapes]
            for time, value in zip(times, spoken, strict=True)
        ]
    )
    kept = shown.var(axis=0) / spoken.var()
    assert (kept >= (1.0 - SPEECH_PULL) ** 2 - 1e-3).all()


def test_presets_keep_the_rules_of_mixing_for_every_shape():
    for shape in EMOTION_SHAPES.values():
        for name, (target, pull) in shape.shapes.items():
            assert 0.0 <= target <= 1.0
            assert 0.0 <= pull <= 1.0
            assert not name.startswith("EYE_LOOK")
            if name.startswith("EYE_BLINK"):
                assert target == 1.0
            if name.startswith(SPEECH):
                assert pull <= SPEECH_PULL


@pytest.mark.parametrize("emotion", Emotion)
def test_weight_rises_holds_and_falls_when_worn_and_cleared(emotion):
    layer = wearing(emotion, 0.8)
    weights = [layer.weight_of(emotion, time) for time in np.arange(0.0, FADE_IN_MS, TICK_MS)]
    assert weights[0] == 0.0
    assert weights == sorted(weights)
    assert layer.weight_of(emotion, FADE_IN_MS) == pytest.approx(0.8)
    assert layer.weight_of(emotion, 3_600_000.0) == pytest.approx(0.8)
    layer.clear(3_600_000.0)
    assert 0.2 < layer.weight_of(emotion, 3_600_000.0 + FADE_OUT_MS / 2) < 0.6
    assert layer.weight_of(emotion, 3_600_000.0 + FADE_OUT_MS) == 0.0


def test_switch_passes_from_one_to_the_other_when_both_smile():
    layer = wearing(Emotion.JOY)
    layer.start(Emotion.LOVE, SETTLED_MS)
    times = np.arange(SETTLED_MS, SETTLED_MS + FADE_IN_MS, TICK_MS)
    smiles = [layer.apply(face(), time).blendshapes[B.MOUTH_SMILE_LEFT] for time in times]
    assert min(smiles) > 0.7  # never through the bare face


@pytest.mark.parametrize("intensity", [-0.1, 1.1, math.nan, math.inf])
def test_start_refuses_and_changes_nothing_when_the_intensity_is_out_of_range(intensity):
    layer = wearing(Emotion.JOY)
    with pytest.raises(ValueError, match="intensity"):
        layer.start(Emotion.ANGER, SETTLED_MS, intensity)
    assert layer.active is Emotion.JOY
    assert layer.weight_of(Emotion.JOY, SETTLED_MS) == 1.0


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), EMOTIONS),
            st.floats(0.0, 1.0),
            st.integers(0, 60),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_face_never_jumps_whatever_is_put_on_and_taken_off(history):
    layer, now_ms, before = EmotionLayer(), 0.0, None
    own = face({B.MOUTH_FROWN_LEFT: 1.0, B.JAW_OPEN: 0.5})
    # A fade over the whole range is at its steepest 1.5 times as fast as evenly.
    step = 1.5 * TICK_MS / FADE_IN_MS + 1e-5
    for emotion, intensity, ticks in history:
        if emotion is None:
            layer.clear(now_ms)
        else:
            layer.start(emotion, now_ms, intensity)
        for _ in range(ticks + 1):
            shown = layer.apply(own, now_ms)
            weights = [layer.weight_of(one, now_ms) for one in Emotion]
            assert -1e-6 <= min(weights)
            assert sum(weights) <= 1.0 + 1e-6
            if before is not None:
                assert np.abs(shown.blendshapes - before.blendshapes).max() <= step
                turn = quaternion.angle_between(shown.rotation, before.rotation)
                assert turn <= 20.0 * step + 0.05
            before = shown
            now_ms += TICK_MS
        now_ms -= TICK_MS  # the next change comes at the instant of the last frame


def test_rest_of_the_face_is_untouched_when_an_emotion_is_worn():
    own = replace(face(), translation=np.ones(2, dtype=np.float32), scale=1.5, tracked=False)
    shown = worn(Emotion.LOVE, own)
    assert (shown.translation == own.translation).all()
    assert (shown.scale, shown.tracked, shown.time_ms) == (1.5, False, own.time_ms)
    assert (own.blendshapes == 0.0).all()
    assert (own.rotation == IDENTITY_ROTATION).all()


@pytest.mark.parametrize("emotion", Emotion)
def test_recorded_face_stays_alive_when_an_emotion_is_worn(emotion):
    layer, demo = wearing(emotion), load_demo()
    faces = [demo.sample(time) for time in np.arange(0.0, demo.period_ms, 33.0)]
    own = np.array([one.blendshapes for one in faces])
    shown = np.array([layer.apply(one, SETTLED_MS).blendshapes for one in faces])
    for shape in (B.JAW_OPEN, B.EYE_BLINK_RIGHT, B.EYE_LOOK_DOWN_LEFT):
        assert shown[:, shape].std() > 0.55 * own[:, shape].std()


def test_residual_fades_with_the_emotion_and_comes_back():
    layer, tracked = EmotionLayer(), face(residual=np.full(24, 2.0, dtype=np.float32))
    layer.start(Emotion.JOY, 0.0)
    sizes = [abs(layer.apply(tracked, t).residual).max() for t in np.arange(0.0, 400.0, TICK_MS)]
    assert np.diff(sizes).max() <= 1e-6
    assert (sizes[0], sizes[-1]) == (pytest.approx(2.0), pytest.approx(0.0, abs=1e-6))
    layer.clear(500.0)
    assert (layer.apply(tracked, 500.0 + FADE_OUT_MS).residual == 2.0).all()
    layer.start(Emotion.ANGER, 2000.0, intensity=0.5)
    assert layer.apply(tracked, 3000.0).residual == pytest.approx(np.full(24, 1.0))
