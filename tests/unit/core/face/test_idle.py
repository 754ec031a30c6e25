from __future__ import annotations

from functools import cache

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.idle import BLINK_SLOT_MS, IdleMotion
from persona_core.face.params import IDENTITY_ROTATION

TEN_MINUTES = np.arange(0.0, 600_000.0, 12.5)


@cache
def blink_starts(seed):
    lids = np.array([IdleMotion(seed).lid(time) for time in TEN_MINUTES])
    down = lids > 0.5
    return TEN_MINUTES[1:][down[1:] & ~down[:-1]], lids


def test_blinks_come_every_few_seconds_over_ten_minutes():
    starts, _ = blink_starts(1)
    gaps = np.diff(starts)
    singles = gaps[gaps > 1000.0]
    assert 140 <= len(starts) <= 190  # 14 to 19 a minute: people at rest, 17
    assert singles.min() > 1600.0  # 2 s less a double blink's second one
    assert singles.max() < 6100.0
    assert np.std(singles) > 500.0


def test_blinks_are_double_now_and_then_over_ten_minutes():
    gaps = np.diff(blink_starts(1)[0])
    assert 5 <= (gaps < 1000.0).sum() <= 40


def test_lids_close_fully_and_fall_faster_than_they_rise():
    _, lids = blink_starts(2)
    steps = np.diff(lids)
    assert lids.max() > 0.99
    assert lids.min() == 0.0
    assert (steps < 0).sum() > 1.5 * (steps > 0).sum()


@given(st.integers(), st.floats(-1e9, 1e9))
def test_idle_moves_slightly_and_smoothly_for_any_seed_and_time(seed, time_ms):
    idle = IdleMotion(seed)
    face, later = idle.sample(time_ms), idle.sample(time_ms + 16.0)
    assert quaternion.angle_between(face.rotation, IDENTITY_ROTATION) < 5.0
    assert quaternion.angle_between(face.rotation, later.rotation) < 0.2
    assert np.abs(face.translation).max() < 0.03
    # A lid falls in 75 ms, at most 1.5 times as fast as evenly.
    assert np.abs(later.blendshapes - face.blendshapes).max() < 0.35
    assert not face.tracked


@given(st.integers(-1000, 1000), st.integers(0, 10**6))
def test_lids_are_open_when_a_slot_ends(slot, seed):
    idle = IdleMotion(seed)
    assert idle.lid(slot * BLINK_SLOT_MS - 0.001) == 0.0


def test_idle_is_the_same_when_asked_in_another_order():
    times = [0.0, 5000.0, 123_456.7]
    forth = [IdleMotion(5).sample(time) for time in times]
    idle = IdleMotion(5)
    back = [idle.sample(time) for time in reversed(times)][::-1]
    for one, other in zip(forth, back, strict=True):
        assert (one.blendshapes == other.blendshapes).all()
        assert (one.rotation == other.rotation).all()


def test_idle_differs_when_the_seed_does():
    first, second = blink_starts(1)[0], blink_starts(2)[0]
    assert len(first) != len(second) or np.abs(first - second).max() > 100.0
    assert IdleMotion(1).sample(0.0).blendshapes[B.JAW_OPEN] == 0.0
