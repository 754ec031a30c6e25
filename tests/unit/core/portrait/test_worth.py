"""Which picture of a set is missed least."""

from __future__ import annotations

from tests.unit.core.portrait.expression_faces import points
from tests.unit.core.portrait.portrait_faces import face_points

from persona_core.portrait.making.worth import least_telling

SHOWN = {
    "closed": {"eye_blink": 1.0},
    "ah": {"jaw_open": 0.9},
    "smile": {"mouth_smile": 0.9},
    "oo": {"mouth_pucker": 0.9},
    "left": {"yaw": 15.0},
    "right": {"yaw": -15.0},
}


def missed_least(**further):
    names = [*SHOWN, *further]
    faces = [points(**named) for named in (*SHOWN.values(), *further.values())]
    return names[least_telling(face_points(), faces)]


def test_brows_that_rise_high_are_kept_and_what_repeats_another_picture_is_not():
    assert missed_least(brows={"brow_inner_up": 1.0}, look={"jaw_open": 0.85}) in ("look", "ah")


def test_brows_that_hardly_rise_are_missed_least():
    assert missed_least(brows={"brow_inner_up": 0.1}) == "brows"


def test_picture_that_shows_what_the_base_shows_is_missed_least():
    assert missed_least(again={}, brows={"brow_inner_up": 1.0}) == "again"


def test_last_is_missed_least_when_all_are_the_same():
    assert least_telling(face_points(), [points(jaw_open=0.5)] * 4) == 3
