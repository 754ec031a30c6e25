from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import faces

from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape as B
from persona_core.face.living_face import STALL_MS, LivingFace
from persona_core.face.params import FaceParams
from persona_core.face.presence import FADE_OUT_MS, HOLD_MS, Presence

TICK_MS = 16.0
LAG_MS = 40.0


def moving(now_ms):
    """A smooth face: at most 0.6 of a blendshape and 40 degrees a second."""
    swing = math.sin(math.tau * now_ms / 4000.0)
    turned = quaternion.from_yaw_pitch_roll(25.0 * swing, 0.0, 0.0)
    return faces.face(JAW_OPEN=0.4 + 0.35 * swing, time_ms=now_ms - LAG_MS, rotation=turned)


def still(now_ms):
    return FaceParams(time_ms=now_ms - LAG_MS, translation=np.ones(2, dtype=np.float32))


def live(living, start_ms, stop_ms, face=still):
    """Shows ``face`` each tick; the last sample."""
    for now in np.arange(start_ms, stop_ms, TICK_MS):
        living.show(face(now), now)
        shown = living.sample(now)
    return shown


def test_face_is_shown_as_it_is_once_faded_in():
    living = LivingFace(seed=1)
    shown = live(living, 0.0, 1000.0)
    assert living.presence is Presence.TRACKING
    assert shown.tracked
    assert shown.translation == pytest.approx([1.0, 1.0])


def test_face_is_held_then_fades_to_idle_when_lost():
    living = LivingFace(seed=1)
    live(living, 0.0, 1000.0)
    living.lose(1000.0)
    held = living.sample(1000.0 + HOLD_MS - 1.0)
    assert held.translation == pytest.approx([1.0, 1.0])
    assert not held.tracked
    living.sample(1000.0 + HOLD_MS)
    half = living.sample(1000.0 + HOLD_MS + FADE_OUT_MS / 2)
    assert 0.3 < half.translation[0] < 0.7
    idle = living.sample(1000.0 + HOLD_MS + FADE_OUT_MS)
    assert abs(idle.translation[0]) < 0.05
    assert living.presence is Presence.IDLE


def test_face_counts_as_lost_when_nothing_is_heard():
    living = LivingFace(seed=1)
    live(living, 0.0, 1000.0)
    living.sample(1000.0 + STALL_MS)
    assert living.presence is Presence.HOLDING
    living.sample(60_000.0)
    assert living.presence is Presence.IDLE


def test_living_face_idles_when_none_was_ever_seen():
    living = LivingFace(seed=1)
    lids = [living.sample(now).blendshapes[B.EYE_BLINK_LEFT] for now in range(0, 12_000, 16)]
    assert max(lids) > 0.9
    assert not living.sample(12_000.0).tracked


def test_time_runs_on_by_the_usual_lag_when_the_face_is_held():
    living = LivingFace(seed=1)
    live(living, 0.0, 1000.0)
    living.lose(1000.0)
    assert living.sample(1200.0).time_ms == pytest.approx(1200.0 - LAG_MS)


def test_time_repeats_when_no_newer_face_was_seen():
    living = LivingFace(seed=1)
    shown = live(living, 0.0, 1000.0)
    assert living.sample(1030.0).time_ms == shown.time_ms


@given(
    st.lists(
        st.tuples(st.sampled_from(["seen", "lost", "silent"]), st.integers(1, 60)),
        min_size=1,
        max_size=12,
    )
)
def test_output_never_jumps_whatever_is_found_and_lost(episodes):
    living, now, before, seen_ms = LivingFace(seed=4), 0.0, None, 0.0
    for episode, ticks in episodes:
        for _ in range(ticks):
            if episode == "seen":
                living.show(moving(now), now)
            elif episode == "lost":
                living.lose(now)
            shown = living.sample(now)
            if before is not None:
                turn = quaternion.angle_between(before.rotation, shown.rotation)
                step = np.abs(shown.blendshapes - before.blendshapes)
                # A fade from a wholly other pose covers 50 degrees in 400 ms, at its
                # steepest 1.5 times as fast as evenly, while the face moves too; and a
                # tracker that was silent, but not for long, steps by what it missed.
                missed_s = min(now - seen_ms, STALL_MS) / 1000.0
                assert turn < 5.0 + 40.0 * missed_s
                assert step[B.JAW_OPEN] < 0.08 + 0.6 * missed_s
                assert step.max() < 0.35  # an idle blink
                assert shown.time_ms >= before.time_ms
            before = shown
            seen_ms = seen_ms if episode == "silent" else now
            now += TICK_MS


def test_same_face_is_given_while_nothing_is_new_and_lost_when_that_lasts():
    living = LivingFace(seed=1)
    live(living, 0.0, 2_000.0)
    seen = still(2_000.0)
    living.show(seen, 2_000.0)
    assert living.sample(2_000.0) is seen
    assert living.sample(2_000.0 + STALL_MS) is seen
    assert not living.sample(2_001.0 + STALL_MS).tracked
    other = still(3_000.0)
    living.show(other, 3_000.0)
    assert living.sample(3_000.0) is not seen
