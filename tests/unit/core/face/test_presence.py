from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.face.presence import (
    FADE_OUT_MS,
    HOLD_MS,
    MAX_FADE_IN_MS,
    MIN_FADE_IN_MS,
    PRESENCE_TABLE,
    Presence,
    PresenceEvent,
    PresenceMachine,
)


def tracking(since_ms=0.0):
    machine = PresenceMachine()
    machine.found(since_ms)
    machine.advance(since_ms + MAX_FADE_IN_MS)
    assert machine.state is Presence.TRACKING
    return machine


def test_presence_goes_round_when_a_face_is_lost_for_good():
    machine = tracking()
    states = []
    for now in (1000.0, 1000.0 + HOLD_MS, 1000.0 + HOLD_MS + FADE_OUT_MS):
        machine.lost(now)
        states.append(machine.state)
    assert states == [Presence.HOLDING, Presence.FADING_OUT, Presence.IDLE]


def test_presence_passes_all_states_when_time_jumps():
    machine = tracking()
    machine.lost(1000.0)
    machine.advance(3_600_000.0)
    assert machine.state is Presence.IDLE


@pytest.mark.parametrize(
    ("away_ms", "fade_ms"), [(10.0, MIN_FADE_IN_MS), (200.0, 200.0), (9000.0, MAX_FADE_IN_MS)]
)
def test_fade_in_lasts_as_long_as_the_face_was_away_within_bounds(away_ms, fade_ms):
    machine = tracking()
    machine.found(1000.0)
    machine.lost(1000.0 + away_ms / 2)
    machine.found(1000.0 + away_ms)
    assert machine.state is Presence.FADING_IN
    assert machine.fade_in_ms == fade_ms


def test_fade_in_is_not_cut_short_when_it_was_interrupted():
    machine = tracking()
    machine.found(1000.0)
    machine.lost(1005.0)
    machine.found(1010.0, unfinished_ms=300.0)
    assert machine.fade_in_ms == 300.0


def test_presence_resumes_from_any_state_when_found():
    for state in Presence:
        following, _ = PRESENCE_TABLE[state, PresenceEvent.FOUND]
        assert following in (Presence.TRACKING, Presence.FADING_IN)


def test_time_that_steps_back_changes_nothing_when_holding():
    machine = tracking()
    machine.lost(1000.0)
    machine.advance(500.0)
    assert machine.state is Presence.HOLDING


@given(st.lists(st.tuples(st.sampled_from(["found", "lost", "advance"]), st.floats(0, 2000))))
def test_presence_is_idle_in_the_end_for_any_history(history):
    machine, now = PresenceMachine(), 0.0
    for call, pause in history:
        now += pause
        getattr(machine, call)(now)
        assert machine.shows_face or not machine.sees_face
    machine.lost(now)
    machine.advance(now + HOLD_MS + FADE_OUT_MS)
    assert machine.state is Presence.IDLE
