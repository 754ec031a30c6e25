from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.faces import face

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.params import FaceParams
from persona_core.wire import motion_track
from persona_core.wire.codec import ROTATION_ERROR_DEGREES, SHAPE_ERROR
from persona_core.wire.motion_track import MotionTrack, MotionTrackError, load_demo


def ramp_frame(index, time_ms):
    """A face that is somewhere else at the end than at the beginning."""
    turned = quaternion.from_yaw_pitch_roll(0.5 * index, 0.0, 0.0)
    return face(JAW_OPEN=index / 60.0, time_ms=time_ms, rotation=turned)


@pytest.fixture
def track():
    return MotionTrack([ramp_frame(index, 5000.0 + index * 40.0) for index in range(61)])


def test_file_gives_the_same_motion_back(track):
    again = MotionTrack.from_bytes(track.to_bytes())
    assert len(again) == len(track) == 61
    assert again.frames_per_second == pytest.approx(25.0)
    assert again.period_ms == track.period_ms
    for now in np.arange(0.0, 3000.0, 37.0):
        one, other = track.sample(now), again.sample(now)
        assert other.blendshapes == pytest.approx(one.blendshapes, abs=SHAPE_ERROR + 1e-6)
        turn = quaternion.angle_between(one.rotation, other.rotation)
        assert turn < ROTATION_ERROR_DEGREES


def test_sample_interpolates_between_frames(track):
    # Frames 25 and 26 lie at 1000 and 1040 ms.
    assert track.sample(1010.0).blendshapes[B.JAW_OPEN] == pytest.approx(25.25 / 60.0, abs=1e-5)
    assert track.sample(1010.0).time_ms == 1010.0


def test_sample_does_not_jump_when_the_loop_closes(track):
    times = np.arange(0.0, 3.0 * track.period_ms, 5.0)
    jaws = np.array([track.sample(now).blendshapes[B.JAW_OPEN] for now in times])
    # The whole ramp is crossfaded in 400 ms, at most 1.5 times as fast as evenly.
    assert np.abs(np.diff(jaws)).max() < 1.5 * 5.0 / 400.0 + 0.01


@given(st.floats(-1e9, 1e9))
def test_sample_repeats_after_a_period_for_any_time(now_ms):
    short = MotionTrack([ramp_frame(index, index * 40.0) for index in range(61)])
    later = short.sample(now_ms + short.period_ms)
    assert later.blendshapes == pytest.approx(short.sample(now_ms).blendshapes, abs=1e-3)


@pytest.mark.parametrize(
    ("times", "reason"),
    [([], "0 frames"), ([0.0], "1 frames"), ([0.0, 0.0], "rise"), ([40.0, 0.0], "rise")],
)
def test_track_refuses_frames_that_make_no_motion(times, reason):
    with pytest.raises(MotionTrackError, match=reason):
        MotionTrack([FaceParams(time_ms=time) for time in times])


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: b"", "header"),
        (lambda data: b"RIFF" + data[4:], "begins with"),
        (lambda data: data[:4] + b"\x09" + data[5:], "version 9"),
        (lambda data: data[:-10], "frame 60"),
        (lambda data: data[:-63], "60 of 61"),
        (lambda data: data + b"\x00", "frame 61"),
        (lambda data: data[:13] + b"\xf0" + data[14:], "version 15"),
    ],
)
def test_from_bytes_says_what_is_wrong_when_the_file_is_damaged(track, damage, reason):
    with pytest.raises(MotionTrackError, match=reason) as raised:
        MotionTrack.from_bytes(damage(track.to_bytes()))
    assert raised.value.code == "bad-motion-track"


@given(st.binary(max_size=400))
def test_from_bytes_raises_nothing_else_for_any_bytes(data):
    with pytest.raises(MotionTrackError):
        MotionTrack.from_bytes(b"VPMT\x01" + data)


def test_demo_shows_a_lively_face_over_its_loop():
    demo = load_demo()
    times = np.arange(0.0, demo.period_ms, 20.0)
    faces = [demo.sample(now) for now in times]
    shapes = np.array([face.blendshapes for face in faces])
    yaws = [quaternion.to_yaw_pitch_roll(face.rotation)[0] for face in faces]
    assert demo.period_ms > 5000.0
    assert demo.frames_per_second > 20.0
    for shape in (B.EYE_BLINK_LEFT, B.EYE_BLINK_RIGHT, B.MOUTH_SMILE_LEFT):
        assert np.ptp(shapes[:, shape]) > 0.4
    assert np.ptp(yaws) > 8.0
    assert not math.isnan(sum(yaws))


def test_demo_raises_a_clear_error_when_the_file_is_missing(monkeypatch):
    monkeypatch.setattr(motion_track, "DEMO_FILE", "no_such_file.bin")
    with pytest.raises(MotionTrackError, match=r"no_such_file\.bin is missing"):
        load_demo()
