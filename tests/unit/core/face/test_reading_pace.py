"""How often a face is worth reading."""

from __future__ import annotations

import math

import numpy as np
from tests.support.faces import shapes

from persona_core.base.arrays import Floats
from persona_core.face.observation import FaceObservation
from persona_core.face.pose import HeadPose
from persona_core.face.reading_pace import (
    ABSENT_HZ,
    ABSENT_MS,
    HOLD_MS,
    MOVED_SHAPE,
    REST_HZ,
    ReadingPace,
)

FACING = np.array([1.0, 0.0, 0.0, 0.0], np.float32)
INTERVAL_MS = 66.0


def reading(values: Floats, rotation: Floats = FACING) -> FaceObservation:
    return FaceObservation(0.0, 0.0, values, HeadPose(rotation, np.zeros(2, np.float32), 50.0))


def rested(pace: ReadingPace) -> float:
    """Shows a face that rests until it counts as resting; gives the time."""
    now_ms = 0.0
    while now_ms <= HOLD_MS + 2 * INTERVAL_MS:
        pace.observe(reading(shapes()), now_ms)
        now_ms += INTERVAL_MS
    return now_ms


def test_pace_is_free_when_nothing_was_read_yet() -> None:
    assert ReadingPace().most_hz(1e9) == math.inf


def test_pace_falls_when_a_face_rests_and_trembles_as_trackers_do() -> None:
    pace, random = ReadingPace(), np.random.default_rng(1)
    now_ms = rested(pace)
    for _ in range(50):
        now_ms += INTERVAL_MS
        tremor = random.uniform(0.0, 0.9 * MOVED_SHAPE, 52).astype(np.float32)
        pace.observe(reading(tremor), now_ms)
    assert pace.most_hz(now_ms) == REST_HZ


def test_pace_is_free_at_once_when_the_face_moves_or_turns_or_is_lost_or_found() -> None:
    half = math.radians(2.5) / 2.0
    turned = np.array([math.cos(half), 0.0, math.sin(half), 0.0], np.float32)
    for moved in (reading(shapes(jaw_open=0.2)), reading(shapes(), turned), None):
        pace = ReadingPace()
        now_ms = rested(pace)
        assert pace.most_hz(now_ms) == REST_HZ
        pace.observe(moved, now_ms)
        assert pace.most_hz(now_ms) == math.inf
        pace.observe(reading(shapes()), now_ms + INTERVAL_MS)
        assert pace.most_hz(now_ms + HOLD_MS) == math.inf


def test_pace_falls_further_when_nobody_was_there_for_long_and_is_free_when_one_comes() -> None:
    pace, now_ms = ReadingPace(), 0.0
    while now_ms <= ABSENT_MS:
        pace.observe(None, now_ms)
        assert pace.most_hz(now_ms) >= REST_HZ
        now_ms += 250.0
    pace.observe(None, now_ms + 1.0)
    assert pace.most_hz(now_ms + 1.0) == ABSENT_HZ
    pace.observe(reading(shapes()), now_ms + 2.0)
    assert pace.most_hz(now_ms + 2.0) == math.inf
