from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import hand_model

from persona_core.face.params import Gesture
from persona_core.hands.gesture_filter import (
    EXPIRED_FRAMES,
    EXPIRED_MS,
    GESTURE_TABLE,
    RIPE_FRAMES,
    RIPE_MS,
    STALE_MS,
    GestureEvent,
    GestureFilter,
    GestureState,
    HandGesture,
)
from persona_core.hands.gestures import Reading
from persona_core.hands.hand_observation import Hand, HandObservation, Side

NONE, FIST, PALM, VICTORY = (
    Gesture.NONE,
    Gesture.CLOSED_FIST,
    Gesture.OPEN_PALM,
    Gesture.VICTORY,
)
FRAME_MS = 66.0


def feed(hand, gestures, start_ms=0.0, frame_ms=FRAME_MS, confidence=0.9):
    """Reads one gesture a frame; what is shown after each, and the time after the last."""
    shown = []
    for index, gesture in enumerate(gestures):
        hand.observe(Reading(gesture, confidence), start_ms + index * frame_ms)
        shown.append(hand.shown)
    return shown, start_ms + len(gestures) * frame_ms


def showing(gesture):
    hand = HandGesture()
    shown, now_ms = feed(hand, [gesture] * 6)
    assert shown[-1] is gesture
    return hand, now_ms


def test_table_ends_at_rest_from_every_state_when_time_runs_out():
    for state in set(GestureState) - {GestureState.RESTING}:
        assert GESTURE_TABLE[state, GestureEvent.EXPIRED][0] is GestureState.RESTING


def test_table_shows_nothing_new_but_what_is_ripe_for_any_event():
    for (state, event), (following, _) in GESTURE_TABLE.items():
        if state is GestureState.RESTING and event is not GestureEvent.RIPE:
            assert following is GestureState.RESTING


def test_gesture_shows_once_it_is_ripe_when_read_frame_after_frame():
    shown, _ = feed(HandGesture(), [FIST] * 4)
    assert shown == [NONE, NONE, FIST, FIST]


@pytest.mark.parametrize("frame_ms", [10.0, 33.0, 66.0, 119.0, 300.0])
def test_gesture_shows_after_frames_and_time_whatever_the_pace(frame_ms):
    shown, _ = feed(HandGesture(), [FIST] * 40, frame_ms=frame_ms)
    first = shown.index(FIST)
    assert first + 1 >= RIPE_FRAMES
    assert first * frame_ms >= RIPE_MS
    assert (first - 1) * frame_ms < RIPE_MS


def test_nothing_shows_when_the_hand_passes_through_gestures():
    shown, _ = feed(HandGesture(), [FIST, PALM, VICTORY] * 10)
    assert set(shown) == {NONE}


def test_nothing_shows_when_readings_are_doubtful():
    shown, _ = feed(HandGesture(), [FIST] * 20, confidence=0.4)
    assert set(shown) == {NONE}


def test_gesture_stays_when_single_frames_are_misread():
    hand, now_ms = showing(FIST)
    shown, _ = feed(hand, [NONE, FIST, PALM, FIST, NONE, NONE, FIST] * 3, now_ms)
    assert set(shown) == {FIST}


def test_gesture_leaves_when_the_hand_is_gone():
    hand, now_ms = showing(FIST)
    shown, _ = feed(hand, [NONE] * 12, now_ms)
    held = shown.count(FIST) * FRAME_MS
    assert EXPIRED_MS - 2 * FRAME_MS <= held <= EXPIRED_MS
    assert shown[-1] is NONE


def test_gesture_leaves_when_no_frames_come():
    hand, now_ms = showing(FIST)
    hand.advance(now_ms - FRAME_MS + STALE_MS)
    assert hand.shown is NONE


@pytest.mark.parametrize("frame_ms", [33.0, 200.0, 1000.0])
def test_gesture_stands_still_when_one_frame_in_four_is_misread_at_any_pace(frame_ms):
    hand = HandGesture()
    _, now_ms = feed(hand, [FIST] * 8, frame_ms=frame_ms)
    for misread in (NONE, PALM, NONE, VICTORY):
        shown, now_ms = feed(hand, [misread, FIST, FIST, FIST], now_ms, frame_ms)
        assert set(shown) == {FIST}
        hand.advance(now_ms - 1.0)  # until just before the next frame
        assert hand.shown is FIST


def test_gesture_leaves_when_readings_only_flicker():
    hand, now_ms = showing(FIST)
    shown, _ = feed(hand, [PALM, NONE, VICTORY] * 5, now_ms)
    assert shown[-1] is NONE


def test_gesture_gives_way_at_once_when_another_is_ripe():
    hand, now_ms = showing(FIST)
    shown, _ = feed(hand, [PALM] * 4, now_ms)
    assert shown == [FIST, FIST, PALM, PALM]


def test_gesture_does_not_come_back_by_itself_when_it_has_left():
    hand, now_ms = showing(FIST)
    _, now_ms = feed(hand, [NONE] * 12, now_ms)
    shown, _ = feed(hand, [FIST], now_ms)
    assert shown == [NONE]


@given(
    st.lists(st.tuples(st.sampled_from([NONE, FIST, PALM]), st.floats(-50.0, 800.0)), max_size=60)
)
def test_shown_gesture_was_read_lately_for_any_history(history):
    hand, now_ms, latest_ms, last = HandGesture(), 0.0, 0.0, {}
    for frame, (gesture, pause_ms) in enumerate(history):
        now_ms += pause_ms
        latest_ms = max(latest_ms, now_ms)
        hand.observe(Reading(gesture, 1.0), now_ms)
        last[gesture] = frame, now_ms
        if hand.shown is not NONE:
            read_frame, read_ms = last[hand.shown]
            assert frame - read_frame < EXPIRED_FRAMES or now_ms - read_ms < EXPIRED_MS
    hand.advance(latest_ms + STALE_MS + 1.0)
    assert hand.shown is NONE


def seen(*gestures):
    """An observation of hands of which the recogniser said these: (side, gesture)."""
    points = hand_model.FIST.points()
    hands = (Hand(side, 0.9, points, 1.0, gesture, 0.9) for side, gesture in gestures)
    return HandObservation(0.0, 0.0, tuple(hands))


def test_filter_keeps_hands_apart_when_both_show_something():
    gestures = GestureFilter()
    for index in range(4):
        gestures.observe(seen((Side.RIGHT, FIST), (Side.LEFT, PALM)), index * FRAME_MS)
    assert gestures.sample(4 * FRAME_MS) == (PALM, FIST)
    for index in range(4, 16):
        gestures.observe(seen((Side.RIGHT, FIST)), index * FRAME_MS)
    assert gestures.sample(16 * FRAME_MS) == (NONE, FIST)


def test_filter_shows_nothing_when_hands_are_no_longer_looked_for():
    gestures = GestureFilter()
    for index in range(4):
        gestures.observe(seen((Side.LEFT, VICTORY)), index * FRAME_MS)
    assert gestures.sample(4 * FRAME_MS) == (VICTORY, NONE)
    assert gestures.sample(4 * FRAME_MS + STALE_MS) == (NONE, NONE)
