from __future__ import annotations

import numpy as np
import pytest

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.calibration import (
    MIN_FRAMES,
    PATIENCE_MS,
    CalibrationProblem,
    NeutralCollector,
)
from persona_core.face.neutral import Neutral

SPAN_MS = 1000.0


def collect(seen, frame, *, interval_ms=1000.0 / 30.0, **options):
    """Feeds ``frame(index)``'s (shapes, angles, place) until there is a result."""
    collector = NeutralCollector(0.0, SPAN_MS, **options)
    for index in range(1000):
        shapes, angles, place = frame(index)
        face = seen(index * interval_ms, shapes, angles, place)
        result = collector.add(face.time_ms, face.blendshapes, face.pose)
        if result is not None:
            return result, index + 1
    pytest.fail("no result")


def still(shapes=None, angles=(0.0, 0.0, 0.0), place=(0.0, 0.0, -50.0)):
    return lambda _index: (shapes, angles, place)


def test_collector_finds_the_rest_of_a_still_face(seen):
    result, frames = collect(
        seen, still({B.BROW_INNER_UP: 0.2}, (10.0, -5.0, 0.0), (15.3, 0.0, -40.0))
    )
    assert isinstance(result, Neutral)
    assert frames == 31
    assert result.shapes[B.BROW_INNER_UP] == pytest.approx(0.2)
    angles = quaternion.to_yaw_pitch_roll(result.pose.rotation)
    assert angles == pytest.approx((10.0, -5.0, 0.0), abs=0.01)
    assert result.pose.translation == pytest.approx([1.0, 0.0], abs=1e-5)
    assert result.pose.distance_cm == pytest.approx(40.0)


def test_collector_waits_for_enough_frames_when_the_tracker_is_slow(seen):
    result, frames = collect(seen, still(), interval_ms=300.0)
    assert isinstance(result, Neutral)
    assert frames == MIN_FRAMES


def test_collector_keeps_its_span_when_frames_come_densely(seen):
    result, frames = collect(seen, still(), interval_ms=2.0)
    assert isinstance(result, Neutral)
    assert frames == 501


def test_collector_is_not_misled_when_a_few_frames_are_wild(seen):
    def frame(index):
        wild = index in (4, 11, 25)
        return (
            {B.EYE_BLINK_LEFT: 0.9 if wild else 0.15, B.EYE_BLINK_RIGHT: 0.9 if wild else 0.15},
            (40.0 if wild else 2.0, 0.0, 0.0),
            (0.0, 0.0, -50.0),
        )

    result, _ = collect(seen, frame)
    assert isinstance(result, Neutral)
    assert result.shapes[B.EYE_BLINK_LEFT] == pytest.approx(0.15)
    assert quaternion.to_yaw_pitch_roll(result.pose.rotation)[0] == pytest.approx(2.0, abs=0.01)


def both_eyes(value):
    return {B.EYE_BLINK_LEFT: value, B.EYE_BLINK_RIGHT: value}


@pytest.mark.parametrize(
    ("frame", "problem"),
    [
        (lambda i: (None, (2.0 * i, 0.0, 0.0), (0, 0, -50)), CalibrationProblem.HEAD_MOVED),
        (lambda i: (None, (0.0, 0.0, 0.0), (0.4 * i, 0, -50)), CalibrationProblem.HEAD_MOVED),
        (lambda i: (None, (0.0, 0.0, 0.0), (0, 0, -50 - i)), CalibrationProblem.HEAD_MOVED),
        (still(both_eyes(0.8)), CalibrationProblem.EYES_CLOSED),
        (
            lambda i: (both_eyes(0.9 if i % 5 < 2 else 0.1), (0.0,) * 3, (0, 0, -50)),
            CalibrationProblem.BLINKED,
        ),
        (
            lambda i: ({B.JAW_OPEN: 0.4 * (i % 2)}, (0.0,) * 3, (0, 0, -50)),
            CalibrationProblem.MOUTH_MOVED,
        ),
    ],
)
def test_collector_says_what_was_wrong_when_the_face_did_not_rest(seen, frame, problem):
    assert collect(seen, frame)[0] is problem


def test_collector_accepts_a_moving_mouth_when_told_so(seen):
    result, _ = collect(
        seen, lambda i: ({B.JAW_OPEN: 0.4 * (i % 2)}, (0.0,) * 3, (0, 0, -50)), may_talk=True
    )
    assert isinstance(result, Neutral)


def test_collector_averages_one_rotation_when_its_sign_flips(seen):
    collector = NeutralCollector(0.0, SPAN_MS)
    for index in range(40):
        face = seen(index * 33.0, angles=(20.0, 0.0, 0.0))
        face.pose.rotation[:] *= np.float32(-1.0 if index % 2 else 1.0)
        result = collector.add(face.time_ms, face.blendshapes, face.pose)
        if result is not None:
            break
    assert isinstance(result, Neutral)
    assert quaternion.to_yaw_pitch_roll(result.pose.rotation)[0] == pytest.approx(20.0, abs=0.01)


def test_collector_ignores_a_frame_when_its_time_is_not_later(seen):
    collector = NeutralCollector(0.0, SPAN_MS)
    face = seen(0.0)
    for _ in range(100):
        assert collector.add(500.0, face.blendshapes, face.pose) is None
    assert collector.progress == 0.0


def test_collector_is_overdue_when_its_patience_is_spent():
    collector = NeutralCollector(100.0, SPAN_MS)
    assert not collector.is_overdue(100.0 + PATIENCE_MS)
    assert collector.is_overdue(101.0 + PATIENCE_MS)
