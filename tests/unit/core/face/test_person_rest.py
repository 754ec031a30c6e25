"""Where a person's rest comes from, and when a photo is taken for one of somebody else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from persona_core.face.face_frame import FacePlacement, LandmarkError
from persona_core.face.residual.person_rest import (
    EASE_MS,
    PLAUSIBLE,
    REST_MS,
    PersonRest,
    rest_in_photo,
)
from persona_core.portrait.moves import MAX_RESIDUAL
from persona_core.portrait.support import supported

FRAME_MS = 1000.0 / 30.0
CALM = np.zeros(52, dtype=np.float32)
NEAR, FAR = PLAUSIBLE


def coefficients(length=0.0, which=0):
    values = np.zeros(24, dtype=np.float32)
    values[which] = length
    return values


@dataclass
class Watched:
    """Somebody whose face rests at ``learned``."""

    learned: np.ndarray
    rest: PersonRest
    time_ms: float = 0.0

    def at(self, for_ms):
        """The rest in use after so long."""
        used = None
        for _ in range(max(1, round(for_ms / FRAME_MS))):
            self.time_ms += FRAME_MS
            self.rest.learned.follow(self.time_ms, self.learned, CALM)
            used = self.rest.at(self.time_ms)
        return used


@pytest.fixture
def watched():
    return Watched(coefficients(2.0, which=3), PersonRest())


def test_rest_is_the_learned_one_when_there_is_no_photo(watched):
    assert watched.at(2 * REST_MS) == pytest.approx(watched.learned)


def test_rest_is_that_of_the_photo_when_it_is_near_the_learned_one(watched):
    photo = watched.rest.photo = watched.learned + coefficients(0.9 * NEAR)
    assert watched.at(2 * REST_MS) == pytest.approx(photo)


def test_no_rest_is_used_while_none_was_learned_though_there_is_a_photo(watched):
    watched.rest.photo = watched.learned
    assert watched.at(0.5 * REST_MS) is None
    assert watched.at(REST_MS) is not None


def test_rest_is_the_learned_one_when_the_photo_is_further_off_than_anybodys_own(watched):
    watched.rest.photo = watched.learned + coefficients(1.01 * FAR)
    assert watched.at(2 * REST_MS) == pytest.approx(watched.learned)


def test_photo_is_trusted_no_longer_where_receivers_could_not_follow_it():
    assert FAR <= MAX_RESIDUAL


def test_rest_has_no_edge_between_photo_and_learned(watched):
    used = []
    for distance in np.linspace(0.0, 1.2 * FAR, 60):
        rest = PersonRest()
        rest.photo = watched.learned + coefficients(distance)
        used.append(Watched(watched.learned, rest).at(2 * REST_MS)[0])
    steps = np.abs(np.diff(used))
    assert max(used) >= NEAR - 0.3
    assert steps.max() < 0.2 * max(used)


def test_rest_gives_way_gently_when_the_photo_changes(watched):
    watched.at(2 * REST_MS)
    here = watched.learned + coefficients(8.0)
    for photo, wanted in ((here, here), (None, watched.learned)):
        before = watched.at(FRAME_MS)
        watched.rest.photo = photo
        way = float(np.linalg.norm(wanted - before))
        first = watched.at(FRAME_MS)
        assert 0.0 < np.linalg.norm(first - before) < 0.3 * way
        assert np.linalg.norm(watched.at(5 * EASE_MS) - wanted) < 0.01 * way


def test_rest_stays_where_it_is_when_a_frame_comes_out_of_order(watched):
    used = watched.at(2 * REST_MS)
    watched.rest.photo = watched.learned + coefficients(5.0)
    assert watched.rest.at(watched.time_ms - 100.0) == pytest.approx(used)


@dataclass
class Photo:
    landmarks: np.ndarray
    blendshapes: np.ndarray


def test_rest_in_a_photo_is_what_the_basis_misses_in_it_wherever_the_head_is():
    basis, missed = supported(), coefficients(3.0, which=1) + coefficients(-2.0, which=6)
    smile = CALM.copy()
    smile[44] = smile[45] = 0.6
    angle = np.radians(15.0)
    turned = np.array(
        [[np.cos(angle), 0.0, np.sin(angle)], [0.0, 1.0, 0.0], [-np.sin(angle), 0.0, np.cos(angle)]]
    )
    found = []
    for shapes, rotation, scale in ((CALM, np.eye(3), 9.0), (smile, turned, 21.0)):
        face = basis.mean + basis.displacement(shapes, rotation)
        face = face + np.tensordot(missed, basis.residual, axes=1)
        at = FacePlacement(scale, rotation, np.array([200.0, 180.0, 0.0]))
        found.append(rest_in_photo(Photo(at.to_image(face), shapes), basis))
    assert found[0] == pytest.approx(basis.coefficients(basis.mean) + missed, abs=0.15)
    assert found[1] == pytest.approx(found[0], abs=0.4)


def test_no_rest_is_found_in_landmarks_that_are_no_face():
    with pytest.raises(LandmarkError):
        rest_in_photo(Photo(np.zeros((478, 3), np.float32), CALM), supported())
