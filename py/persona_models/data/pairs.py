"""``Pair``: one person twice, as a photo and as it shall look after it was moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.data.motions import (
    any_expression,
    portrait_expression,
    portrait_rotation,
    random_shift,
)
from persona_models.data.people import People, Shot
from persona_models.faces.synthetic import random_rotation
from persona_models.faces.tracks import Picture

_NOWHERE: Floats = np.zeros(3, dtype=np.float32)
PHOTOS = 2
SHOTS = 6
"""Pictures of a person, of which the first ``PHOTOS`` are such as people take for a portrait."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Attributes:

    photo: (256, 256, 3) uint8.
    source: (478, 3) float32 its landmarks, pixels.
    goal: (256, 256, 3) uint8, what it shall become.
    target: (478, 3) float32 landmarks of the goal, as the renderer is told them.
    """

    photo: Picture
    source: Floats
    goal: Picture
    target: Floats


def shots_of(people: People, number: int, seed: int) -> list[Shot]:
    """The pictures of one person; the same every time."""
    random = np.random.default_rng([seed, 2, number])
    person, names = people.person(number), people.model.names
    shots = []
    for shot in range(SHOTS):
        if shot < PHOTOS:
            expression = portrait_expression(random, names)
            shots.append(person.shoot(expression, portrait_rotation(random), _NOWHERE))
        else:
            expression = any_expression(random, names)
            turn = random_rotation(random)
            shots.append(person.shoot(expression, turn, random_shift(random)))
    return shots


def pairs_of(people: People, number: int, seed: int) -> Iterator[Pair]:
    """Each photo of a person with each other picture of them; half the targets are a little off.

    How far off is drawn from what the landmark basis misses, so that nets learn to live with
    landmarks such as blendshapes give.
    """
    random = np.random.default_rng([seed, 4, number])
    shots = shots_of(people, number, seed)
    basis = LandmarkBasis.load()
    for photo in range(PHOTOS):
        for goal in range(SHOTS):
            if goal != photo:
                one, other = shots[photo], shots[goal]
                target = other.landmarks
                if random.random() < 0.5:
                    target = missed(target, basis, random)
                yield Pair(one.picture, one.landmarks, other.picture, target)


def missed(
    points: Floats, basis: LandmarkBasis, random: np.random.Generator, most: float = 0.6
) -> Floats:
    """Landmarks that are off by what the basis misses.

    Args:
        points: (478, 3) pixels.
        basis: whose residual it is.
        random: chooses by how much.
        most: standard deviations of the residual, at least 0.1.
    """
    placement = FacePlacement.fit(points)
    code = random.normal(0.0, random.uniform(0.1, most), len(basis.residual))
    shift = np.tensordot(code, basis.residual, axes=1)
    return placement.to_image(placement.to_face(points) + shift)
