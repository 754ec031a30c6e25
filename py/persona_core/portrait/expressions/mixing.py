"""``Mixer``: which pictures of a person a face is drawn from, region by region.

For every region each picture that has it, and the base, lies at some distance from the face that
is to be shown: by the shape of that region, by how far it is open, and by the turn of the head. The
nearest is shown; others have a share as far as they are about as near. The base counts as nearer
than it is: its own picture fits what lies around.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Doubles, Floats
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import LandmarkBasis, turn_weights
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.expressions.eye_pair import EYES, EyePair
from persona_core.portrait.expressions.regions import MEASURED, OPENINGS, region_mesh
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.support import supported

PLACES: Final = 3
"""Pictures that one region is drawn from at a time, at most."""
BASE: Final = -1
"""Stands for the base's own picture among the numbers of expressions."""
TURN_CM: Final = 1.0
"""What one radian between two turns of the head counts as, in cm of shape."""
OPEN_SHARE: Final = 0.25
"""Of the difference in opening, what counts on top of the shape it is part of."""
NEAR_BASE: Final = {
    Region.FACE: 0.7,
    Region.MOUTH: 0.6,
    Region.EYE_RIGHT: 0.9,
    Region.EYE_LEFT: 0.9,
}
"""By what the base's distance is multiplied."""
NEIGHBOURS: Final = {Region.FACE: 2, Region.MOUTH: 3, Region.EYE_RIGHT: 3, Region.EYE_LEFT: 3}
"""Pictures that share a region. A mixture is nearer to the truth than any of its parts, and softer;
whole faces bear least of it."""
SHARPNESS: Final = 3.0
"""Power of the distance by which shares fall."""
NOISE_CM: Final = 0.02
"""Distance of two measurements of the same face."""
FIT_CM: Final = 0.05
"""Added to the distance of an expression: cut into another picture, it fits less than the base's
own."""
KEPT: Final = 0.85
"""What the distance of the picture that is shown counts as, of what it is: another has to be
nearer by so much before it takes over."""
FADE_MS: Final = 30.0
"""Time constant of a change of shares: nine tenths are done in 70 ms."""
BLINK_CM_S: Final = 3.0
"""Speed of a lid from which on nothing is faded: half of a blink takes 80 ms."""
SHOWING_CM: Final = 0.25
"""Lips further apart than this may show teeth."""
TEETH_CM: Final = 0.3
"""Two mouths that show teeth and differ so much in their opening have them in different places:
mixed, there would be two rows."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionMix:
    """What to draw.

    Attributes:
        places: (4, 3, 2) float32, by :class:`Region`: numbers of expressions (-1: the base's own
            picture) and their weights, the greatest first. The weights of a region sum to 1; a
            place that is not used is -1 with weight 0.
    """

    places: Floats

    def share(self, region: Region) -> float:
        """How much of a region is drawn from expressions, in [0, 1]: 1 less the base's weight."""
        numbers, weights = self.places[region].T
        return float(weights[numbers >= 0].sum())


class Mixer:
    """The pictures of one person. It remembers what it showed last.

    A whole face is shown from an expression no further than mouth and eyes are: else it would
    bring its own to where the base's are wanted.

    Args:
        base: the portrait.
        expressions: the further pictures, none to eight.
        basis: by which the portrait is drawn.
    """

    def __init__(
        self,
        base: Portrait,
        expressions: Sequence[Expression],
        basis: LandmarkBasis | None = None,
    ) -> None:
        turns = (basis or supported()).turns[:, MEASURED]
        self._turns: Floats = turns.reshape(len(turns), -1)
        pictures = [base.landmarks, *(expression.landmarks for expression in expressions)]
        placements = [FacePlacement.fit(points) for points in pictures]
        self._rotations = np.stack([placement.rotation.ravel() for placement in placements])
        self._shapes = np.stack(
            [
                self._level(placement.to_face(points)[MEASURED], placement.rotation)
                for points, placement in zip(pictures, placements, strict=True)
            ]
        )
        self._openings: Doubles = _openings(self._shapes)
        self._counts = np.zeros((len(MEASURED), len(Region)))
        for region in Region:
            measured = region_mesh(region).measured
            self._counts[measured, region] = 1.0 / len(measured)
        self._regions = {
            region: _RegionMixer(region, expressions, self._openings[:, region])
            for region in Region
        }
        self._pair = EyePair(self._shapes, expressions)
        self._near_base = np.array([NEAR_BASE[region] for region in Region]) ** 2
        self._empty = RegionMix(_nothing())
        self._any = any(mixer.known for mixer in self._regions.values())
        self._last_ms = -math.inf

    def mix(self, points: Floats, rotation: npt.NDArray[np.floating], now_ms: float) -> RegionMix:
        """What a frame is drawn from.

        Args:
            points: (m, 3) the face to be shown, cm in the face frame, at
                :data:`MEASURED`; where it is not finite, the pictures stay as they are.
            rotation: (3, 3) its turn, as in :class:`~persona_core.face.face_frame.FacePlacement`.
            now_ms: display time on a monotonic clock.
        """
        if not self._any:
            return self._empty
        elapsed_ms = max(0.0, now_ms - self._last_ms)
        self._last_ms = now_ms
        shape = self._level(points, rotation)
        if np.isfinite(shape).all() and np.isfinite(rotation).all():
            opened = _openings(shape[None])[0]
            distances, openings = self._distances(shape, opened, rotation), opened.tolist()
            eyes = [self._regions[eye] for eye in EYES]
            if self._pair.follow(shape, opened):
                distances[:, EYES] = self._pair.distances(distances)
                eyes[1].shows_as(eyes[0])
            is_fast = any(eye.is_blinking(openings[eye.region], elapsed_ms) for eye in eyes)
            for region, mixer in self._regions.items():
                at_once = region in EYES and is_fast
                mixer.step(distances[:, region].tolist(), openings[region], elapsed_ms, at_once)
        places = np.stack([mixer.places() for mixer in self._regions.values()])
        mix = RegionMix(places)
        local = min(mix.share(region) for region in Region if region is not Region.FACE)
        _limit(places[Region.FACE], local)
        return mix

    def _level(self, points: Floats, rotation: npt.NDArray[np.floating]) -> Floats:
        """The points without what a turn of the head seems to do to them."""
        turned = (turn_weights(rotation) @ self._turns).reshape(-1, 3)
        return np.asarray(points - turned, dtype=np.float32)

    def _distances(
        self, shape: Floats, opened: Doubles, rotation: npt.NDArray[np.floating]
    ) -> Doubles:
        """(pictures, 4) cm, the base first."""
        off = (self._shapes - shape).astype(np.float64)
        squares = (off * off).sum(axis=2) @ self._counts
        cosines = (self._rotations @ rotation.ravel() - 1.0) / 2.0
        angles = np.arccos(np.clip(cosines, -1.0, 1.0))
        squares += (TURN_CM * angles[:, None]) ** 2
        squares += OPEN_SHARE * (self._openings - opened) ** 2
        squares[0] *= self._near_base
        distances = np.sqrt(squares)
        distances[1:] += FIT_CM
        return np.asarray(distances)


class _RegionMixer:
    """One region. Its candidates are the base, and the expressions that have it."""

    def __init__(
        self, region: Region, expressions: Sequence[Expression], openings: Doubles
    ) -> None:
        self.known = [number for number, each in enumerate(expressions) if each.patch(region)]
        self.region = region
        self._weights = [1.0] + [0.0] * len(self.known)
        self._shown = 0
        pictures = [0, *(number + 1 for number in self.known)]
        self._pictures = pictures
        self._openings: list[float] = openings[pictures].tolist()
        self._opening: float | None = None

    def is_blinking(self, opening: float, elapsed_ms: float) -> bool:
        """Whether the lids moved too fast for a fade since the face before."""
        before = self._opening
        return before is not None and abs(opening - before) > BLINK_CM_S * elapsed_ms / 1000.0

    def shows_as(self, other: _RegionMixer) -> None:
        """What is shown is that of another region, where both know it."""
        picture = other._pictures[other._shown]
        if picture in self._pictures:
            self._shown = self._pictures.index(picture)

    def step(
        self, distances: Sequence[float], opening: float, elapsed_ms: float, at_once: bool
    ) -> None:
        """Follows a face.

        Args:
            distances: of all pictures, the base first.
            opening: of the region, cm.
            elapsed_ms: since the face before.
            at_once: whether nothing is faded.
        """
        self._opening = opening
        if not self.known:
            return
        target = self._target([distances[picture] for picture in self._pictures])
        share = 1.0 if at_once else 1.0 - math.exp(-elapsed_ms / FADE_MS)
        self._weights = [
            weight + share * (wanted - weight)
            for weight, wanted in zip(self._weights, target, strict=True)
        ]

    def _target(self, distances: list[float]) -> list[float]:
        """The weights that these distances ask for."""
        distances[self._shown] *= KEPT
        order = sorted(range(len(distances)), key=distances.__getitem__)
        self._shown = order[0]
        near = distances[order[0]] + NOISE_CM
        target = [0.0] * len(distances)
        for candidate in order[: NEIGHBOURS[self.region]]:
            if not self._ghosts(order[0], candidate):
                target[candidate] = (near / (distances[candidate] + NOISE_CM)) ** SHARPNESS
        total = sum(target)
        return [weight / total for weight in target]

    def _ghosts(self, first: int, second: int) -> bool:
        """Whether two mouths would show two rows of teeth, or one through closed lips."""
        if self.region not in (Region.MOUTH, Region.FACE):
            return False
        one, other = self._openings[first], self._openings[second]
        least = min(one, other)
        if self.region is Region.MOUTH and self._opening is not None:
            # An opened mouth is asked for: what is closed is torn open, and the base invents teeth.
            least = max(least, self._opening)
            if least > SHOWING_CM > self._openings[0] and 0 in (first, second):
                return first != second
        return least > SHOWING_CM and abs(one - other) > TEETH_CM

    def places(self) -> Floats:
        """(3, 2) numbers and weights of the strongest, which sum to 1."""
        order = sorted(range(len(self._weights)), key=lambda at: -self._weights[at])[:PLACES]
        total = sum(self._weights[candidate] for candidate in order)
        places = np.zeros((PLACES, 2), dtype=np.float32)
        places[:, 0] = BASE
        for row, candidate in enumerate(order):
            weight = self._weights[candidate] / total
            if weight > 0.0:
                places[row] = self.known[candidate - 1] if candidate else BASE, weight
        return places


def _limit(places: Floats, most: float) -> None:
    """Gives the base so much that expressions have no more than ``most``, in place."""
    of_base = places[:, 0] < 0.0
    share = float(places[~of_base, 1].sum())
    if share <= most:
        return
    places[~of_base, 1] *= np.float32(most / share)
    row = int(np.flatnonzero(of_base)[0]) if of_base.any() else int(places[:, 1].argmin())
    places[of_base, 1] = 0.0
    places[row] = BASE, 0.0
    places[row, 1] = 1.0 - places[:, 1].sum()
    places[places[:, 1] <= 0.0, 0] = BASE
    places[:] = places[np.argsort(-places[:, 1], kind="stable")]


def _openings(shapes: Floats) -> Doubles:
    """(pictures, 4) cm between the rims: of the whole face, and of the mouth, that of the lips."""
    return np.asarray(shapes[:, :, 1] @ _opening_weights(), dtype=np.float64)


@cache
def _opening_weights() -> Doubles:
    """(m, 4): what each measured point's height counts in an opening."""
    weights = np.zeros((len(MEASURED), len(Region)))
    for region, (upper, lower) in OPENINGS.items():
        np.add.at(weights[:, region], upper, 1.0 / len(upper))
        np.add.at(weights[:, region], lower, -1.0 / len(lower))
    return weights


def _nothing() -> Floats:
    places = np.zeros((len(Region), PLACES, 2), dtype=np.float32)
    places[..., 0] = BASE
    places[:, 0, 1] = 1.0
    return places
