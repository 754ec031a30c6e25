from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.calibration import PATIENCE_MS, CalibrationPhase, CalibrationProblem
from persona_core.face.neutral import Neutral
from persona_core.face.params import IDENTITY_ROTATION
from persona_core.face.pipeline import START_CALIBRATION_MS, FacePipeline
from persona_core.face.presence import Presence

FRAME_MS = 1000.0 / 30.0
LAG_MS = 30.0


def watch(pipeline, seen, start_ms, stop_ms, **face):
    """Feeds one face from start to stop as 30 frames a second; the last sample."""
    for time in np.arange(start_ms, stop_ms, FRAME_MS):
        pipeline.observe(seen(time, **face), time + LAG_MS)
        shown = pipeline.sample(time + LAG_MS)
    return shown


def test_pipeline_is_idle_when_never_fed():
    pipeline = FacePipeline(seed=3)
    face = pipeline.sample(1000.0)
    assert not face.tracked
    assert pipeline.presence is Presence.IDLE
    assert quaternion.angle_between(face.rotation, IDENTITY_ROTATION) < 5.0


def test_pipeline_shows_expression_and_capture_time_of_a_tracked_face(seen):
    pipeline = FacePipeline(neutral=Neutral())
    face = watch(pipeline, seen, 0.0, 2000.0, shapes={B.JAW_OPEN: 0.6}, angles=(20.0, 0.0, 0.0))
    assert face.tracked
    assert face.blendshapes[B.JAW_OPEN] == pytest.approx(0.6, abs=1e-3)
    assert quaternion.to_yaw_pitch_roll(face.rotation)[0] == pytest.approx(20.0, abs=0.1)
    assert 1960.0 < face.time_ms < 2000.0


def test_pipeline_finds_a_gentle_neutral_by_itself_at_the_start(seen):
    pipeline = FacePipeline()
    rest = {B.EYE_BLINK_LEFT: 0.2, B.EYE_BLINK_RIGHT: 0.2, B.MOUTH_SMILE_LEFT: 0.5}
    face = watch(
        pipeline,
        seen,
        0.0,
        START_CALIBRATION_MS + 1500.0,
        shapes=rest,
        angles=(0.0, 12.0, 0.0),
        place_cm=(8.0, 0.0, -60.0),
    )
    assert pipeline.neutral is not None
    assert pipeline.calibration_state.phase is CalibrationPhase.NONE
    assert face.blendshapes[B.EYE_BLINK_LEFT] == pytest.approx(0.0, abs=0.01)
    assert face.blendshapes[B.MOUTH_SMILE_LEFT] > 0.3
    assert quaternion.angle_between(face.rotation, IDENTITY_ROTATION) < 0.2
    assert face.translation == pytest.approx([0.0, 0.0], abs=0.01)
    assert face.scale == pytest.approx(1.0, abs=0.01)


def test_pipeline_waits_with_its_start_when_the_eyes_are_closed(seen):
    pipeline = FacePipeline()
    shut = {B.EYE_BLINK_LEFT: 0.85, B.EYE_BLINK_RIGHT: 0.85}
    watch(pipeline, seen, 0.0, 4000.0, shapes=shut)
    assert pipeline.neutral is None
    watch(pipeline, seen, 4000.0, 8000.0)
    assert pipeline.neutral is not None


def test_pipeline_keeps_a_stored_neutral_when_given_one(seen):
    stored = Neutral(pose=seen(0.0, angles=(10.0, 0.0, 0.0)).pose)
    pipeline = FacePipeline(neutral=stored)
    face = watch(pipeline, seen, 0.0, 3000.0, angles=(10.0, 0.0, 0.0))
    assert pipeline.neutral is stored
    assert quaternion.angle_between(face.rotation, IDENTITY_ROTATION) < 0.1


def test_calibration_takes_the_whole_rest_when_asked(seen):
    pipeline = FacePipeline()
    rest = {"shapes": {B.MOUTH_SMILE_LEFT: 0.3}, "angles": (0.0, -8.0, 0.0)}
    watch(pipeline, seen, 0.0, 2000.0, **rest)
    pipeline.calibrate()
    assert pipeline.calibration_state.phase is CalibrationPhase.COLLECTING
    watch(pipeline, seen, 2000.0, 2500.0, **rest)
    assert 0.3 < pipeline.calibration_state.progress < 0.7
    face = watch(pipeline, seen, 2500.0, 4500.0, **rest)
    assert pipeline.calibration_state.phase is CalibrationPhase.DONE
    assert face.blendshapes[B.MOUTH_SMILE_LEFT] == pytest.approx(0.0, abs=1e-3)


def test_calibration_fails_and_changes_nothing_when_the_face_stays_away(seen):
    stored = Neutral()
    pipeline = FacePipeline(neutral=stored)
    pipeline.calibrate()
    pipeline.sample(0.0)
    pipeline.sample(PATIENCE_MS + 1.0)
    state = pipeline.calibration_state
    assert (state.phase, state.problem) == (CalibrationPhase.FAILED, CalibrationProblem.FACE_LOST)
    assert pipeline.neutral is stored


def test_calibration_fails_and_says_why_when_the_head_turns(seen):
    pipeline = FacePipeline(neutral=Neutral())
    pipeline.calibrate()
    for index in range(60):
        time = index * FRAME_MS
        pipeline.observe(seen(time, angles=(index, 0.0, 0.0)), time)
    assert pipeline.calibration_state.problem is CalibrationProblem.HEAD_MOVED


def test_a_new_neutral_shows_without_a_jump_when_set(seen):
    pipeline = FacePipeline(neutral=Neutral())
    turned = {"angles": (25.0, 0.0, 0.0)}
    before = watch(pipeline, seen, 0.0, 1000.0, **turned)
    pipeline.neutral = Neutral(pose=seen(0.0, **turned).pose)
    largest, now = 0.0, 1000.0
    while now < 3000.0:
        after = watch(pipeline, seen, now, now + FRAME_MS / 2, **turned)
        largest = max(largest, quaternion.angle_between(before.rotation, after.rotation))
        before, now = after, now + FRAME_MS
    assert largest < 3.0
    assert quaternion.angle_between(before.rotation, IDENTITY_ROTATION) < 0.1


def test_pipeline_looks_for_a_neutral_again_when_it_is_cleared(seen):
    pipeline = FacePipeline(neutral=Neutral())
    watch(pipeline, seen, 0.0, 500.0)
    pipeline.neutral = None
    watch(pipeline, seen, 500.0, 3000.0)
    assert pipeline.neutral is not None


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["face", "none", "stale", "sample", "calibrate"]),
            st.floats(-100.0, 5000.0),
            st.floats(0.0, 1.0),
        ),
        max_size=40,
    )
)
def test_pipeline_gives_sound_params_for_any_history(seen, history):
    pipeline, now, newest = FacePipeline(), 0.0, None
    for call, pause, amount in history:
        now += pause
        if call == "face":
            shapes = dict.fromkeys(B, amount)
            pipeline.observe(seen(now, shapes, (90.0 * amount, 0.0, 0.0)), now)
        elif call == "stale":
            pipeline.observe(seen(now - 10_000.0), now)
        elif call == "none":
            pipeline.observe(None, now)
        elif call == "calibrate":
            pipeline.calibrate()
        face = pipeline.sample(now)
        assert face.blendshapes.dtype == np.float32
        assert face.blendshapes.min() >= 0.0
        assert face.blendshapes.max() <= 1.0
        assert np.linalg.norm(face.rotation) == pytest.approx(1.0, abs=1e-5)
        assert 0.0 < face.scale < np.inf
        assert newest is None or face.time_ms >= newest
        newest = face.time_ms


class Reader:
    """A reader of residuals that knows what it was asked."""

    def __init__(self):
        self.asked = []
        self.doubts = 0

    def read(self, time_ms, points, shapes, zero):
        self.asked.append((time_ms, points, shapes, zero))
        return np.full(24, 2.0, dtype=np.float32)

    def doubt_rest(self):
        self.doubts += 1


def with_landmarks(seen):
    points = np.zeros((478, 3), dtype=np.float32)
    return lambda *args, **face: replace(seen(*args, **face), landmarks=points)


def test_pipeline_gives_a_residual_only_where_landmarks_and_a_reader_are(seen):
    pipeline = FacePipeline(neutral=Neutral(np.full(52, 0.1, dtype=np.float32)))
    assert watch(pipeline, with_landmarks(seen), 0.0, 1000.0).residual is None
    pipeline.residuals = reader = Reader()
    assert watch(pipeline, seen, 1000.0, 2000.0).residual is None
    assert not reader.asked
    face = watch(pipeline, with_landmarks(seen), 2000.0, 3000.0, shapes={B.JAW_OPEN: 0.5})
    assert (face.residual == 2.0).all()
    time_ms, _, shapes, zero = reader.asked[-1]
    assert (zero == pipeline.neutral.shapes).all()
    assert time_ms == face.time_ms
    assert (shapes == face.blendshapes).all()  # as sent: filtered and calibrated


def test_pipeline_lets_the_residual_go_when_the_face_is_lost(seen):
    pipeline = FacePipeline(neutral=Neutral())
    pipeline.residuals = Reader()
    watch(pipeline, with_landmarks(seen), 0.0, 1000.0)
    sizes = []
    for time in np.arange(1000.0, 4000.0, FRAME_MS):
        pipeline.observe(None, time)
        residual = pipeline.sample(time).residual
        sizes.append(0.0 if residual is None else float(np.abs(residual).max()))
    assert sizes[0] == 2.0  # a short loss is only held
    assert np.diff(sizes).min() > -0.2
    assert pipeline.sample(4000.0).residual is None


def test_pipeline_has_the_rest_doubted_when_the_neutral_face_changes(seen):
    pipeline = FacePipeline(neutral=Neutral())
    pipeline.residuals = reader = Reader()
    watch(pipeline, with_landmarks(seen), 0.0, 500.0)
    assert reader.doubts == 0
    pipeline.neutral = Neutral(np.full(52, 0.1, dtype=np.float32))
    watch(pipeline, with_landmarks(seen), 500.0, 1000.0)
    assert reader.doubts == 1
