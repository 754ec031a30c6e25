from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.support import hand_model

from persona_core.face.params import Gesture
from persona_core.hands.hand_observation import (
    ARRAY_LENGTH,
    HAND_LENGTH,
    HEAD_LENGTH,
    HandObservation,
    Side,
)

ASPECT = 4.0 / 3.0
FIRST = HEAD_LENGTH


def flat(*hands, time_ms=1000.0, aspect=ASPECT):
    """The worker's array; a hand is (side, score, gesture, confidence, image points)."""
    values = np.zeros(ARRAY_LENGTH)
    values[:HEAD_LENGTH] = len(hands), time_ms, time_ms + 80.0, aspect
    for index, (*words, image) in enumerate(hands):
        start = HEAD_LENGTH + index * HAND_LENGTH
        values[start : start + 4] = words
        values[start + 4 : start + HAND_LENGTH] = image.ravel()
    return values


def a_hand(side=1, score=0.9, gesture=-1, confidence=0.0):
    return side, score, gesture, confidence, 0.5 + 0.1 * hand_model.VICTORY.points()


def test_from_array_reads_times_and_hand_when_one_was_found():
    observation = HandObservation.from_array(flat(a_hand(gesture=6, confidence=0.8)))
    assert (observation.time_ms, observation.done_ms) == (1000.0, 1080.0)
    (hand,) = observation.hands
    assert hand.side is Side.RIGHT
    assert (hand.recognised, hand.confidence) == (Gesture.VICTORY, pytest.approx(0.8))
    assert hand.score == pytest.approx(0.9)
    assert hand.landmarks == pytest.approx(0.5 + 0.1 * hand_model.VICTORY.points())
    assert hand.landmarks.dtype == np.float32


def test_from_array_says_nobody_recognised_when_only_landmarks_came():
    (hand,) = HandObservation.from_array(flat(a_hand(gesture=-1))).hands
    assert hand.recognised is None


def test_from_array_tells_no_hands_from_no_observation_when_none_was_found():
    assert HandObservation.from_array(flat()).hands == ()


def test_points_have_one_unit_when_the_image_is_wide():
    (hand,) = HandObservation.from_array(flat(a_hand())).hands
    assert hand.points == pytest.approx(hand.landmarks * [ASPECT, 1.0, ASPECT])


def test_by_side_puts_each_hand_on_its_side_when_both_are_seen():
    left, right = HandObservation.from_array(flat(a_hand(1), a_hand(0))).by_side()
    assert (left.side, right.side) == (Side.LEFT, Side.RIGHT)


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_by_side_gives_the_surer_hand_its_name_when_both_claim_one(side):
    observation = HandObservation.from_array(flat(a_hand(side, 0.6), a_hand(side, 0.9)))
    hands = observation.by_side()
    assert hands[side].score == pytest.approx(0.9)
    assert hands[1 - side].score == pytest.approx(0.6)


def test_from_array_gives_none_when_the_head_is_junk():
    for index, bad in product(range(HEAD_LENGTH), [np.nan, np.inf, -1e300, 0.5e-300]):
        values = flat(a_hand())
        values[index] = bad
        if index in (1, 2) and bad == 0.5e-300:  # a time like any other
            continue
        assert HandObservation.from_array(values) is None, (index, bad)


def test_from_array_leaves_out_the_hand_when_any_of_its_numbers_is_junk():
    for index, bad in product(range(HAND_LENGTH), [np.nan, np.inf, -np.inf, 1e6]):
        values = flat(a_hand(1, 0.9), a_hand(0, 0.8))
        values[FIRST + index] = bad
        hands = HandObservation.from_array(values).hands
        assert [hand.side for hand in hands] == [Side.LEFT], (index, bad)


def test_from_array_leaves_out_the_hand_when_a_word_is_out_of_range():
    for offset, bad in [(0, 0.5), (0, -1), (0, 2), (1, -0.1), (2, 8), (2, 0.5), (3, 2)]:
        values = flat(a_hand())
        values[FIRST + offset] = bad
        assert HandObservation.from_array(values).hands == (), (offset, bad)


def test_from_array_raises_when_the_layout_is_another():
    with pytest.raises(ValueError, match="138"):
        HandObservation.from_array(np.zeros(71))


@given(
    hnp.arrays(np.float64, ARRAY_LENGTH, elements=st.floats(width=64)),
    st.sampled_from([0.0, 1.0, 2.0]),
    st.booleans(),
)
def test_from_array_lets_nothing_unusable_through_for_any_numbers(values, found, is_head_good):
    if is_head_good:
        values[:HEAD_LENGTH] = found, 0.0, 80.0, ASPECT
    observation = HandObservation.from_array(values)
    if observation is None:
        assert not is_head_good
        return
    for hand in observation.hands:
        assert np.isfinite(hand.points).all()
        assert 0.0 <= hand.score <= 1.0
        assert 0.0 <= hand.confidence <= 1.0
