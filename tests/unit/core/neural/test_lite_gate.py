"""What a photo shows decides what is left to the nets."""

from __future__ import annotations

import numpy as np
import pytest

from persona_core.face import landmarks
from persona_core.neural.families.lite_gate import (
    BARED,
    BARING,
    MOUTH,
    PARTED,
    lip_gap,
    patch_strength,
)

UPPER, LOWER = landmarks.LIPS_INNER[11:], landmarks.LIPS_INNER[1:10]


def face(gap, scale=1.0):
    """The canonical face with its lips closed, then parted by a share of the mouth's width."""
    points = landmarks.canonical_points().astype(np.float64)
    points[UPPER] = points[LOWER[::-1]]
    width = np.linalg.norm(points[78] - points[308])
    points[LOWER, 1] -= gap * width
    return (points * scale).astype(np.float32)


@pytest.mark.parametrize("scale", [1.0, 40.0])
def test_gap_is_measured_in_mouths_whatever_the_picture(scale):
    for gap in (0.0, 0.05, 0.3):
        assert lip_gap(face(gap, scale)) == pytest.approx(gap, abs=1e-3)


def test_gap_is_the_same_when_the_head_is_turned():
    angle = np.radians(35.0)
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    turned = (face(0.2) @ turn.T).astype(np.float32)
    assert lip_gap(turned) == pytest.approx(lip_gap(face(0.2)), abs=1e-3)


def test_mouth_is_the_nets_where_the_photo_shows_no_teeth():
    assert patch_strength(face(0.0)) == {"mouth": MOUTH, "eye": 1.0}
    assert patch_strength(face(PARTED - 0.005))["mouth"] == MOUTH


def test_mouth_is_more_the_photos_where_it_bares_teeth():
    assert BARING < MOUTH
    assert patch_strength(face(BARED + 0.005)) == {"mouth": BARING, "eye": 1.0}
    assert patch_strength(face(1.2))["mouth"] == BARING


def test_strength_falls_steadily_as_the_lips_part():
    falling = [patch_strength(face(gap))["mouth"] for gap in np.linspace(PARTED, BARED, 9)]
    falling = [(strength - BARING) / (MOUTH - BARING) for strength in falling]
    assert max(np.diff(falling)) < 1e-4
    assert falling[0] > 0.99 > 0.01 > falling[-1]
    assert falling[4] == pytest.approx(0.5, abs=0.05)


def test_face_that_fell_to_one_point_gets_an_answer():
    strength = patch_strength(np.zeros((landmarks.COUNT, 3), dtype=np.float32))
    assert all(0.0 <= share <= 1.0 for share in strength.values())
