"""Who may be the same person, by the points of a face that expressions hardly move."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.core.portrait.expression_faces import points
from tests.unit.core.portrait.portrait_faces import face_points

from persona_core.face import landmarks
from persona_core.face.face_frame import LandmarkError
from persona_core.portrait.making.person_metric import PersonMetric, same_person, stable_shape


def stretched(width: float, **named: float) -> np.ndarray:
    """The mean face, broader or narrower."""
    face = points(**named).copy()
    centre = face[:, 0].mean()
    face[:, 0] = centre + (face[:, 0] - centre) * np.float32(width)
    return face


@pytest.mark.parametrize(
    "named",
    [
        {"jaw_open": 1.0},
        {"mouth_smile": 1.0},
        {"eye_blink": 1.0},
        {"brow_down": 1.0},
        {"brow_inner_up": 1.0},
        {"mouth_pucker": 1.0},
        {"yaw": 25.0},
        {"yaw": -25.0},
    ],
)
def test_same_person_is_accepted_whatever_they_do(named):
    assert same_person(face_points(), points(**named))
    assert same_person(points(**named), face_points())


@pytest.mark.parametrize("width", [0.75, 0.87, 1.15, 1.3])
def test_broader_or_longer_face_is_another_person(width):
    assert not same_person(face_points(), stretched(width))


def test_unlikeness_is_the_same_from_both_sides_and_wherever_the_face_lies():
    metric, other = PersonMetric.load(), stretched(1.1, mouth_smile=0.5)
    apart = metric.unlikeness(face_points(), other)
    assert metric.unlikeness(other, face_points()) == pytest.approx(apart)
    assert metric.unlikeness(face_points() * 2.0, other + np.float32(90.0)) == pytest.approx(
        apart, rel=0.02
    )
    assert metric.unlikeness(other, other) == 0.0


def test_mirror_image_is_the_same_person():
    face = points(mouth_smile=0.4, yaw=12.0)
    mirrored = face[landmarks.mirror_order()].copy()
    mirrored[:, 0] *= -1.0
    shape, way = stable_shape(face)
    twin, other_way = stable_shape(mirrored)
    assert np.allclose(shape, twin, atol=0.01)
    assert other_way[0, 2] == pytest.approx(-way[0, 2], abs=0.01)
    assert same_person(face, mirrored)


def test_what_is_no_face_has_no_likeness():
    with pytest.raises(LandmarkError):
        same_person(face_points(), np.ones((478, 3), np.float32))
