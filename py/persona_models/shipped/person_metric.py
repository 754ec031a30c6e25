"""``person-metric``: what tells people apart by their landmarks, fitted and tried on others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Doubles, Floats, Indices
from persona_core.face import blendshapes
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.portrait.making.clip_choice import base_cost
from persona_core.portrait.making.person_metric import TURN_ALLOWANCE, PersonMetric, stable_shape
from persona_core.portrait.wizard.steps import PLANS
from persona_models import ROOT
from persona_models.data.photo_album import Photo, PhotoAlbum
from persona_models.faces.tracks import FaceTracks

TARGET: Final = ROOT / "py/persona_core/portrait/making/person_metric.npz"
AXES: Final = 12
"""Principal axes between people that are looked at. 8 and 20 let more strangers through, tried on
films that were left out."""
SPREAD: Final = 0.3
"""By how much more a person is taken to vary on each axis than those of the clips do."""
LEAST: Final = 0.02
"""Of what people differ by on an axis, that each varies by at least."""
REFUSED: Final = 0.02
"""Of a clip's own frames that may be refused, whichever clip it is."""
MARGIN: Final = 1.2
"""What the limit is multiplied by, for five people are few, and other cameras see a face otherwise:
15 people are known to be among the photographs twice, and all of them are within it."""
PAIRS: Final = 20_000
MOST_SHOWN: Final = 0.995
"""Quantile of a blendshape that counts as the most of it: beyond, the basis guesses."""
EVERY_PHOTO: Final = 5
EVERY_FRAME: Final = 20
"""Of the photos and of a clip's frames, those whose blendshapes are acted."""


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Attributes:
    shapes: (n, 78), see ``stable_shape``.
    turns: (n, 3, 3) of the heads.
    """

    shapes: Doubles
    turns: Doubles

    @classmethod
    def of(cls, points: Sequence[Floats]) -> Faces:
        """Of landmarks (478, 3) in pixels."""
        shapes, turns = zip(*map(stable_shape, points), strict=True)
        return cls(np.stack(shapes), np.stack(turns))


@dataclass(frozen=True, slots=True, eq=False)
class FilmedPerson:
    """One clip's faces, and the number of the one that a portrait would be made of."""

    faces: Faces
    base: int

    @classmethod
    def of(cls, tracks: FaceTracks) -> FilmedPerson:
        seen = tracks[tracks.found]
        costs = [base_cost(*each) for each in zip(seen.landmarks, seen.blendshapes, strict=True)]
        return cls(Faces.of(list(seen.landmarks)), int(np.argmin(costs)))

    def apart(self, axes: Floats) -> Doubles:
        """(n,) how unlike each face is to the base."""
        first = np.full(len(self.faces.shapes), self.base)
        return apart(axes, self.faces, first, np.arange(len(first)))


def acted(photos: Sequence[Photo], clips: Mapping[str, FaceTracks]) -> FilmedPerson:
    """Somebody who makes every face of which the blendshapes are known: those of some photos and
    clips, and each blendshape by itself, on one side and on both, as much as anybody shows it. The
    people of the clips smile and talk, and hardly frown."""
    shown = [photo.blendshapes for photo in photos[::EVERY_PHOTO]]
    shown += [row for seen in clips.values() for row in seen.blendshapes[seen.found][::EVERY_FRAME]]
    most = np.diag(np.quantile(shown, MOST_SHOWN, axis=0))
    both = np.maximum(most, most[blendshapes.MIRROR_ORDER])
    return _of_blendshapes(np.concatenate([most, both, shown]))


def asked() -> FilmedPerson:
    """Somebody who does in full what the wizard asks for: no stranger for that."""
    return _of_blendshapes(np.stack([plan.example for plan in PLANS.values()]))


def _of_blendshapes(moments: npt.NDArray[np.floating]) -> FilmedPerson:
    """The average person at rest, and with each of (n, 52) blendshapes."""
    basis = LandmarkBasis.load()
    flip = np.array([10.0, -10.0, -10.0], dtype=np.float32)  # pixels of an image, y down
    moved = [basis.displacement(each.astype(np.float32)) for each in moments]
    faces = [basis.mean, *(basis.mean + each for each in moved)]
    return FilmedPerson(Faces.of([(face * flip).astype(np.float32) for face in faces]), 0)


def apart(axes: Floats, faces: Faces, first: Indices, second: Indices) -> Doubles:
    """(n,) unlikeness of pairs of faces, by their numbers."""
    off = (faces.shapes[first] - faces.shapes[second]) @ axes.T
    return np.asarray((off**2).sum(axis=1) / _allowed(faces, first, second))


def _allowed(faces: Faces, first: Indices, second: Indices) -> Doubles:
    """(n,) what squares are divided by, for heads are turned from each other."""
    cosines = ((faces.turns[first] * faces.turns[second]).sum(axis=(1, 2)) - 1.0) / 2.0
    return np.asarray(1.0 + TURN_ALLOWANCE * np.arccos(np.clip(cosines, -1.0, 1.0)) ** 2)


def fitted(people: Faces, filmed: Sequence[FilmedPerson]) -> Floats:
    """(12, 78) axes without a limit: of many people, and of some who were filmed."""
    middle = people.shapes - people.shapes.mean(axis=0)
    onto = np.linalg.svd(middle, full_matrices=False)[2][:AXES]
    between = np.cov((middle @ onto.T).T)
    within = np.zeros_like(between)
    for person in filmed:
        faces = person.faces
        every, base = np.arange(len(faces.shapes)), np.full(len(faces.shapes), person.base)
        off = (faces.shapes[every] - faces.shapes[base]) @ onto.T
        off /= np.sqrt(_allowed(faces, every, base))[:, None]
        within += np.cov(off.T, bias=True) / len(filmed)
    within += np.diag(SPREAD * np.diag(within) + LEAST * np.diag(between))
    telling = np.linalg.inv(within) - np.linalg.inv(within + between)
    values, vectors = np.linalg.eigh(telling)
    scaled = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
    return np.asarray(scaled @ onto, dtype=np.float32)


def make(
    album: PhotoAlbum, clips: Mapping[str, FaceTracks], say: Callable[[str], None]
) -> PersonMetric:
    """The metric of all; says what one that never saw a clip and half of the photos does to these.

    Args:
        album: one photo a person.
        clips: each of one person, two at least.
        say: hears a table.
    """
    everything = [album.photo(place) for place in range(len(album))]
    photos = [photo.landmarks for photo in everything]
    draw = np.random.default_rng(1)
    order = draw.permutation(len(photos))
    known, others = np.array_split(order, 2)
    learned, strangers = (Faces.of([photos[n] for n in part]) for part in (known, others))
    filmed = {name: FilmedPerson.of(tracks) for name, tracks in clips.items()}
    first = draw.integers(0, len(others), PAIRS)
    second = (first + draw.integers(1, len(others), PAIRS)) % len(others)
    tried = {}
    for name, person in filmed.items():
        seen = {other: tracks for other, tracks in clips.items() if other != name}
        actor = acted([everything[n] for n in known], seen)
        axes = fitted(learned, [actor, asked(), *(filmed[other] for other in seen)])
        tried[name] = person.apart(axes), apart(axes, strangers, first, second)
    limit = MARGIN * max(float(np.quantile(own, 1.0 - REFUSED)) for own, _ in tried.values())
    say("| left out | its frames refused | strangers accepted | at 2 % of its own refused |")
    say("|---|---|---|---|")
    for name, (own, foreign) in tried.items():
        at_own = (foreign <= np.quantile(own, 1.0 - REFUSED)).mean()
        figures = (own > limit).mean(), (foreign <= limit).mean(), at_own
        say(f"| {name} | " + " | ".join(f"{100 * figure:.1f} %" for figure in figures) + " |")
    everybody = Faces.of(photos)
    axes = fitted(everybody, [acted(everything, clips), asked(), *filmed.values()]) / np.float32(
        np.sqrt(limit)
    )
    return PersonMetric(axes.astype(np.float32))
