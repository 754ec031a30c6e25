"""Which pictures a face is drawn from: sums, bounds, and what changes when."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.portrait.expression_faces import expression, measured
from tests.unit.core.portrait.portrait_faces import portrait, rotation

from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.mixing import BASE, PLACES, SHOWING_CM, Mixer
from persona_core.portrait.expressions.regions import MEASURED, OPENINGS

OPEN = expression(jaw_open=0.7)
WIDE = expression(jaw_open=1.0)
SHUT = expression(eye_blink=1.0)
TURNED = expression(yaw=20.0)
EYES = (Region.EYE_RIGHT, Region.EYE_LEFT)
LOCAL = (Region.MOUTH, *EYES)


def mixer(*pictures):
    return Mixer(portrait(), pictures)


def settled(mix, **named):
    """What is drawn of a face that has been shown for a second."""
    for now in range(0, 1000, 20):
        found = mix.mix(*measured(**named), float(now))
    return found


def weights(found, region):
    return {int(n): float(w) for n, w in found.places[region] if w > 0.0}


def opened(**named):
    """Between the lips, cm."""
    upper, lower = OPENINGS[Region.MOUTH]
    points = measured(**named)[0]
    return float((points[upper, 1] - points[lower, 1]).mean())


def check(found):
    places = found.places
    assert places.shape == (4, PLACES, 2)
    assert places.dtype == np.float32
    assert np.isfinite(places).all()
    assert (places[..., 1] >= 0.0).all()
    assert np.abs(places[..., 1].sum(axis=1) - 1.0).max() < 1e-5
    assert (np.diff(places[..., 1], axis=1) <= 1e-6).all()
    assert (places[places[..., 1] == 0.0, 0] == BASE).all()
    for region in Region:
        used = [n for n, w in places[region] if w > 0.0]
        assert len(set(used)) == len(used)


def test_only_the_base_is_drawn_without_expressions():
    found = mixer().mix(*measured(jaw_open=1.0), 0.0)
    check(found)
    assert all(found.share(region) == 0.0 for region in Region)


def test_base_is_drawn_when_the_face_is_as_in_it():
    found = settled(mixer(OPEN, SHUT, TURNED))
    assert all(found.share(region) < 0.05 for region in Region)


def test_open_mouth_comes_from_the_picture_that_has_one():
    found = settled(mixer(SHUT, OPEN), jaw_open=0.7)
    assert weights(found, Region.MOUTH)[1] > 0.9
    assert all(found.share(region) < 0.5 for region in EYES)


def test_closed_eye_comes_from_the_picture_that_has_one_beside_an_open_one():
    found = settled(mixer(OPEN, SHUT), eye_blink_left=1.0)
    assert weights(found, Region.EYE_LEFT)[1] > 0.8
    assert found.share(Region.EYE_RIGHT) < 0.3
    assert found.share(Region.MOUTH) < 0.2


def test_both_eyes_come_from_one_picture_when_they_do_the_same():
    left_lower = expression(eye_blink_left=0.6, eye_blink_right=0.5)
    right_lower = expression(eye_blink_left=0.5, eye_blink_right=0.6)
    for blink in (0.5, 0.55, 0.6):
        found = settled(mixer(left_lower, right_lower), eye_blink=blink)
        right, left = (found.places[eye] for eye in EYES)
        assert found.share(Region.EYE_RIGHT) > 0.5
        assert np.allclose(right, left, atol=1e-6)


def test_eyes_of_one_picture_part_when_one_winks_and_come_together_again():
    mix = mixer(SHUT, expression(eye_blink_left=0.3, eye_blink_right=0.2))
    settled(mix)
    found = mix.mix(*measured(eye_blink_left=1.0), 1016.0)
    assert found.share(Region.EYE_LEFT) > 0.8
    assert found.share(Region.EYE_RIGHT) < 0.3
    found = settled(mix, eye_blink=1.0)
    assert np.allclose(found.places[Region.EYE_RIGHT], found.places[Region.EYE_LEFT])


def test_eyes_are_drawn_each_from_its_own_picture_when_none_has_both():
    mix = mixer(
        expression(Region.EYE_LEFT, eye_blink=1.0), expression(Region.EYE_RIGHT, eye_blink=1.0)
    )
    found = settled(mix, eye_blink_left=1.0)
    assert weights(found, Region.EYE_LEFT)[0] > 0.8
    check(settled(mix, eye_blink=1.0))


def test_turned_head_comes_from_the_turned_picture():
    found = settled(mixer(TURNED, OPEN), yaw=20.0)
    assert weights(found, Region.FACE)[0] > 0.6


def test_whole_face_is_never_shown_further_than_its_parts():
    mix = mixer(TURNED, OPEN, SHUT)
    for yaw in (0.0, 6.0, 10.0, 15.0, 20.0):
        for now in range(20):
            found = mix.mix(*measured(yaw=yaw, eye_blink=now / 20), now * 33.0)
            least = min(found.share(region) for region in LOCAL)
            assert found.share(Region.FACE) <= least + 1e-5


def test_two_rows_of_teeth_are_never_mixed():
    mix = mixer(OPEN, WIDE)
    for now, jaw in enumerate(np.linspace(0.5, 1.0, 26)):
        found = weights(settled(mix, jaw_open=float(jaw)), Region.MOUTH)
        assert now or found  # the row exists
        assert min(found.get(0, 0.0), found.get(1, 0.0)) < 1e-3


def test_teeth_that_the_base_invents_never_shine_through_a_pictures_mouth():
    mix = mixer(OPEN)
    shares = []
    for jaw in np.linspace(0.2, 1.0, 41):
        found = settled(mix, jaw_open=float(jaw))
        if opened(jaw_open=float(jaw)) > SHOWING_CM:
            shares.append(found.share(Region.MOUTH))
    assert len(shares) > 20
    assert max(min(share, 1.0 - share) for share in shares) < 1e-3
    assert max(shares) > 0.999


def test_blink_switches_at_once():
    mix = mixer(SHUT)
    settled(mix)
    found = mix.mix(*measured(eye_blink=1.0), 1016.0)
    assert all(found.share(region) > 0.8 for region in EYES)
    found = mix.mix(*measured(), 1049.0)
    assert all(found.share(region) < 0.2 for region in EYES)


def test_mouth_fades_within_a_tenth_of_a_second():
    mix = mixer(OPEN)
    settled(mix)
    shares = [
        mix.mix(*measured(jaw_open=0.7), t).share(Region.MOUTH) for t in (990.0, 1020.0, 1090.0)
    ]
    assert shares[0] < 0.5 < shares[1] < 0.9 < shares[2]


def test_still_face_never_flickers_between_neighbours():
    near = expression(jaw_open=0.40), expression(jaw_open=0.48)
    mix = mixer(*near)
    shape, turn = measured(jaw_open=0.44)
    noise = np.random.default_rng(4)
    rows = []
    for now in range(120):
        shaken = shape + noise.normal(0.0, 0.01, shape.shape).astype(np.float32)
        rows.append(mix.mix(shaken, turn, now * 33.0).places[Region.MOUTH].copy())
    first = [row[0, 0] for row in rows[10:]]
    assert len(set(first)) == 1
    assert np.ptp([row[0, 1] for row in rows[10:]]) < 0.25


def test_pictures_stay_where_a_face_is_not_finite():
    mix = mixer(OPEN)
    before = settled(mix, jaw_open=0.7).places.copy()
    shape, turn = measured(jaw_open=0.0)
    for broken in (np.full_like(shape, np.nan), np.full_like(shape, np.inf)):
        found = mix.mix(broken, turn, 2000.0)
        check(found)
        assert np.array_equal(found.places, before)
    check(mix.mix(shape, np.full((3, 3), np.nan), 2100.0))


@pytest.mark.parametrize("region", Region)
def test_picture_without_a_region_is_not_drawn_there(region):
    others = [each for each in Region if each is not region]
    found = settled(mixer(expression(*others, jaw_open=0.7)), jaw_open=0.7)
    assert found.share(region) == 0.0


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.floats(-60.0, 60.0, width=32), min_size=6, max_size=6),
    turns=st.lists(st.floats(-90.0, 90.0), min_size=3, max_size=3),
    steps=st.lists(st.floats(-50.0, 5000.0), min_size=3, max_size=3),
)
def test_weights_sum_to_one_whatever_the_landmarks(values, turns, steps):
    mix = mixer(OPEN, WIDE, SHUT, TURNED, expression(Region.MOUTH, mouth_smile=1.0))
    shape = measured()[0]
    now = 0.0
    for value, other, turn, step in zip(values[:3], values[3:], turns, steps, strict=True):
        lying = shape.copy()
        lying[:: max(1, len(MEASURED) // 7)] += value
        lying[1::3, 1] *= other
        now += step
        check(mix.mix(lying, rotation(turn, turn / 2, -turn), now))
