from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.support import hand_model
from tests.support.hand_model import HandPose

from persona_core.face.params import Gesture
from persona_core.hands.gestures import MIN_CONFIDENCE, TEMPLATES, read, read_points
from persona_core.hands.hand_observation import Hand, Side

NONE = Gesture.NONE
UPRIGHT_THUMB = -65.0  # turns the model's thumb, which stands off to the right, to the image's up

# Each gesture's posture and how far the hand is turned in the image to show it.
SHOWN = {
    Gesture.CLOSED_FIST: (hand_model.FIST, 0.0),
    Gesture.OPEN_PALM: (hand_model.PALM, 0.0),
    Gesture.POINTING_UP: (hand_model.POINTING, 0.0),
    Gesture.THUMB_UP: (hand_model.THUMB, UPRIGHT_THUMB),
    Gesture.THUMB_DOWN: (hand_model.THUMB, UPRIGHT_THUMB + 180.0),
    Gesture.VICTORY: (hand_model.VICTORY, 0.0),
    Gesture.I_LOVE_YOU: (hand_model.I_LOVE_YOU, 0.0),
}
WITHOUT_UP = [
    Gesture.CLOSED_FIST,
    Gesture.OPEN_PALM,
    Gesture.VICTORY,
    Gesture.I_LOVE_YOU,
]
STRAIGHT, BENT = hand_model.STRAIGHT, hand_model.BENT
NO_GESTURE = {
    "three": HandPose((STRAIGHT, STRAIGHT, STRAIGHT, BENT), spread=2.0),
    "three with the thumb": HandPose((STRAIGHT, STRAIGHT, BENT, BENT), hand_model.THUMB_OUT, 2.0),
    "gun": HandPose((STRAIGHT, BENT, BENT, BENT), hand_model.THUMB_OUT),
    "little finger": HandPose((BENT, BENT, BENT, STRAIGHT)),
    "call me": HandPose((BENT, BENT, BENT, STRAIGHT), hand_model.THUMB_OUT),
    "horns": HandPose((STRAIGHT, BENT, BENT, STRAIGHT)),
    "middle finger": HandPose((BENT, STRAIGHT, BENT, BENT)),
    "two together": HandPose((STRAIGHT, STRAIGHT, BENT, BENT), spread=0.0),
    "at rest": HandPose((105.0, 108.0, 110.0, 112.0), hand_model.THUMB_BESIDE),
}
SMALL = st.tuples(*[st.floats(-10.0, 10.0)] * 4)


def shown(gesture, more_bend=(0.0, 0.0, 0.0, 0.0)):
    pose, turn = SHOWN[gesture]
    return hand_model.turned(pose.bent_by(more_bend).points(), turn)


def test_templates_name_each_gesture_once_when_listed():
    assert sorted(one.gesture for one in TEMPLATES) == [one for one in Gesture if one is not NONE]


def noise(seed, size):
    """Up to ``size`` palm lengths on every coordinate."""
    return np.random.default_rng(seed).uniform(-size, size, (21, 3)).astype(np.float32)


@pytest.mark.parametrize("gesture", SHOWN)
def test_rule_is_sure_of_a_gesture_when_it_is_shown_plainly(gesture):
    reading = read_points(shown(gesture))
    assert reading.gesture is gesture
    assert reading.confidence > 0.9


@pytest.mark.parametrize("pose", NO_GESTURE.values(), ids=NO_GESTURE)
def test_rule_reads_no_gesture_when_the_posture_is_none_of_ours(pose):
    reading = read_points(pose.points())
    assert reading.gesture is NONE
    assert reading.confidence > MIN_CONFIDENCE


@pytest.mark.parametrize(
    ("pose", "turn"),
    [
        (hand_model.POINTING, 90.0),
        (hand_model.POINTING, 180.0),
        (hand_model.THUMB, UPRIGHT_THUMB + 90.0),
        (hand_model.THUMB, UPRIGHT_THUMB - 90.0),
    ],
    ids=["pointing aside", "pointing down", "thumb aside", "thumb aside, other way"],
)
def test_rule_reads_no_gesture_when_what_should_be_upright_is_not(pose, turn):
    assert read_points(hand_model.turned(pose.points(), turn)).gesture is NONE


def test_rule_reads_an_open_palm_when_the_thumb_lies_beside_it():
    assert read_points(hand_model.PALM_CLOSED.points()).gesture is Gesture.OPEN_PALM


@given(
    gesture=st.sampled_from(list(SHOWN)),
    more_bend=SMALL,
    scale=st.floats(0.01, 3.0),
    place=st.tuples(*[st.floats(-1.0, 1.0)] * 3),
    mirror=st.booleans(),
    tilt=st.floats(-20.0, 20.0),
    yaw=st.floats(-30.0, 30.0),
    nod=st.floats(-20.0, 20.0),
)
def test_rule_holds_however_near_the_hand_is_mirrored_or_tilted(
    gesture, more_bend, scale, place, mirror, tilt, yaw, nod
):
    points = shown(gesture, more_bend)
    for degrees, axis in ((yaw, "y"), (nod, "x"), (tilt, "z")):
        points = hand_model.turned(points, degrees, axis)
    if mirror:
        points = hand_model.mirrored(points)
    points = points * np.float32(scale) + np.array(place, dtype=np.float32)
    assert read_points(points).gesture is gesture


@given(
    gesture=st.sampled_from(WITHOUT_UP),
    degrees=st.floats(-180.0, 180.0),
    axis=st.sampled_from("xyz"),
)
def test_rule_holds_for_any_rotation_when_the_gesture_has_no_up(gesture, degrees, axis):
    assert read_points(hand_model.turned(shown(gesture), degrees, axis)).gesture is gesture


@given(gesture=st.sampled_from(list(SHOWN)), seed=st.integers(0, 2**32 - 1))
def test_rule_holds_when_landmarks_are_noisy(gesture, seed):
    assert read_points(shown(gesture) + noise(seed, 0.02)).gesture is gesture


@given(
    gesture=st.sampled_from(list(SHOWN)),
    more_bend=st.tuples(*[st.floats(-60.0, 60.0)] * 4),
    seed=st.integers(0, 2**32 - 1),
)
def test_confidence_changes_little_when_landmarks_do(gesture, more_bend, seed):
    points = shown(gesture, more_bend)
    plain, moved = read_points(points), read_points(points + noise(seed, 0.002))
    if plain.gesture is moved.gesture:
        assert abs(plain.confidence - moved.confidence) < 0.2
    else:  # only a doubtful reading may turn
        assert max(plain.confidence, moved.confidence) < MIN_CONFIDENCE + 0.2


@given(hnp.arrays(np.float32, (21, 3), elements=st.floats(-15.0, 15.0, width=32)))
def test_rule_gives_a_reading_for_any_landmarks(points):
    reading = read_points(points)
    assert isinstance(reading.gesture, Gesture)
    assert 0.0 <= reading.confidence <= 1.0


def test_rule_knows_nothing_when_the_hand_has_no_extent():
    assert read_points(np.full((21, 3), 0.5, dtype=np.float32)) == (NONE, 0.0)


def hand_of(points, aspect):
    """A hand whose image is ``aspect`` times as wide as high."""
    landmarks = 0.5 + 0.2 * points / np.array([aspect, 1.0, aspect], dtype=np.float32)
    return Hand(Side.RIGHT, 0.9, landmarks.astype(np.float32), aspect)


def test_read_gives_the_same_when_the_image_is_high_or_wide():
    for gesture, aspect in product(SHOWN, [9 / 16, 1.0, 16 / 9]):
        assert read(hand_of(shown(gesture), aspect)).gesture is gesture, aspect


@pytest.mark.parametrize("word", [NONE, Gesture.THUMB_UP])
def test_read_takes_the_recognisers_word_when_it_was_asked(word):
    hand = replace(hand_of(shown(Gesture.VICTORY), 1.0), recognised=word, confidence=0.7)
    assert read(hand) == (word, 0.7)
