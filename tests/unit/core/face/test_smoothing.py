from __future__ import annotations

import numpy as np
import pytest

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.params import NEUTRAL_SHAPES
from persona_core.face.pose import HeadPose
from persona_core.face.smoothing import FaceSmoother
from persona_core.wire.motion_track import load_demo

FRAME_MS = 1000.0 / 30.0
STILL = HeadPose(quaternion.from_yaw_pitch_roll(0.0, 0.0, 0.0), np.zeros(2, dtype=np.float32), 50.0)


def smooth_shape(shape, values):
    smoother = FaceSmoother()
    outputs = []
    for index, value in enumerate(values):
        shapes = np.array(NEUTRAL_SHAPES)
        shapes[shape] = value
        outputs.append(float(smoother.smooth(index * FRAME_MS, shapes, STILL)[0][shape]))
    return np.array(outputs)


def lag_in_frames(source, output):
    """The shift, in frames, at which the output lies best on the source."""
    shifts = np.arange(0.0, 4.0, 0.05)
    index = np.arange(30, len(source))
    errors = [
        np.square(output[index] - np.interp(index - shift, np.arange(len(source)), source)).sum()
        for shift in shifts
    ]
    return float(shifts[int(np.argmin(errors))])


@pytest.mark.parametrize("height", [1.0, 0.5, 0.35])
def test_eyes_keep_a_blink_when_it_lasts_one_frame(height):
    values = np.full(40, 0.1)
    values[20] += height
    output = smooth_shape(B.EYE_BLINK_LEFT, values)
    assert output[20] - 0.1 >= 0.8 * height


@pytest.mark.parametrize("syllables_hz", [3.0, 4.0, 6.0])
def test_mouth_lags_less_than_a_frame_when_speaking(syllables_hz):
    seconds = np.arange(120) * FRAME_MS / 1000.0
    values = 0.25 + 0.25 * np.sin(2 * np.pi * syllables_hz * seconds)
    assert lag_in_frames(values, smooth_shape(B.JAW_OPEN, values)) < 1.0


@pytest.mark.parametrize("shape", [B.BROW_INNER_UP, B.MOUTH_SMILE_LEFT, B.EYE_BLINK_LEFT])
def test_noise_is_reduced_when_the_face_rests(shape):
    noise = 0.3 + np.random.default_rng(7).normal(0.0, 0.01, 400)
    output = smooth_shape(shape, noise)
    assert output[50:].std() < 0.75 * noise[50:].std()


def test_rotation_stays_when_the_tracker_flips_its_sign():
    smoother = FaceSmoother()
    turned = quaternion.from_yaw_pitch_roll(30.0, 0.0, 0.0)
    for index in range(10):
        sign = np.float32(-1.0 if index % 2 else 1.0)
        pose = HeadPose(turned * sign, STILL.translation, 50.0)
        _, smooth = smoother.smooth(index * FRAME_MS, NEUTRAL_SHAPES, pose)
        assert quaternion.angle_between(smooth.rotation, turned) < 0.1


def test_rotation_trembles_less_when_the_head_rests():
    smoother, draw = FaceSmoother(), np.random.default_rng(3)
    yaws, noisy = [], draw.normal(0.0, 0.5, 300)
    for index, yaw in enumerate(noisy):
        pose = HeadPose(quaternion.from_yaw_pitch_roll(yaw, 0.0, 0.0), STILL.translation, 50.0)
        _, smooth = smoother.smooth(index * FRAME_MS, NEUTRAL_SHAPES, pose)
        yaws.append(quaternion.to_yaw_pitch_roll(smooth.rotation)[0])
    assert np.std(yaws[30:]) < 0.5 * np.std(noisy[30:])


def test_rotation_lags_little_when_the_head_turns():
    # Saying no: 30 degrees either way, once a second.
    smoother = FaceSmoother()
    source = 30.0 * np.sin(2 * np.pi * np.arange(120) / 30.0)
    output = []
    for index, yaw in enumerate(source):
        pose = HeadPose(quaternion.from_yaw_pitch_roll(yaw, 0.0, 0.0), STILL.translation, 50.0)
        _, smooth = smoother.smooth(index * FRAME_MS, NEUTRAL_SHAPES, pose)
        output.append(quaternion.to_yaw_pitch_roll(smooth.rotation)[0])
    assert lag_in_frames(source, np.array(output)) < 1.0


def test_smoothing_keeps_the_expressions_of_a_recorded_face():
    track, smoother = load_demo(), FaceSmoother()
    times = np.arange(0.0, track.period_ms, FRAME_MS)
    source = np.array([track.sample(time).blendshapes for time in times])
    output = np.array([smoother.smooth(t, s, STILL)[0] for t, s in zip(times, source, strict=True)])
    lively = source.std(axis=0) > 0.05
    kept = [np.corrcoef(source[:, i], output[:, i])[0, 1] for i in np.flatnonzero(lively)]
    assert min(kept) > 0.95
