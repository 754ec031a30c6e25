"""``Mixer``: which pictures of a person a face is drawn from, region by region.

For every region each picture that has it, and the base, lies at some distance from the face that
is to be shown: by the shape of that region, by how far it is open, and by the turn of the head. The
nearest is shown; a second one has a share as far as it is about as near.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Doubles, Floats, Indices
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import LandmarkBasis, turn_weights
from persona_core.portrait.expression import Expression, Region
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.regions import MEASURED, region_mesh
from persona_core.portrait.support import supported

PLACES: Final = 3
"""Pictures that one region is drawn from at a time, at most."""
BASE: Final = -1
"""Stands for the base's own picture among the numbers of expressions."""
TURN_CM: Final = 2.0
"""What one radian between two turns of the head counts as, in cm of shape."""
SHARPNESS: Final = 6.0
"""Power of the distance by which the second picture's share falls."""
KEPT: Final = 0.85
"""What the distance of the picture that is shown counts as, of what it is: another has to be
nearer by so much before it takes over."""
FADE_MS: Final = 30.0
"""Time constant of a change of shares: nine tenths are done in 70 ms."""
NOISE_CM: Final = 0.02
"""Distance of two measurements of the same face."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionMix:
    """What to draw.

    Attributes:
        places: (4, 3, 2) float32, by :class:`~persona_core.portrait.expression.Region`: numbers of
            expressions (-1: the base's own picture) and their weights, the greatest first. The
            weights of a region sum to 1; a place that is not used is -1 with weight 0.
    """

    places: Floats

    def share(self, region: Region) -> float:
        """How much of a region is drawn from expressions, in [0, 1]: 1 less the base's weight."""
        numbers, weights = self.places[region].T
        return float(weights[numbers >= 0].sum())


class Mixer:
    """The pictures of one person. It remembers what it showed last.

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
        shapes = [
            self._level(placement.to_face(points)[MEASURED], placement.rotation)
            for points, placement in zip(pictures, placements, strict=True)
        ]
        turned = np.stack([placement.rotation for placement in placements])
        self._regions = [
            _RegionMixer(region, base, expressions, np.stack(shapes), turned) for region in Region
        ]
        self._last_ms = -math.inf

    def mix(self, points: Floats, rotation: npt.NDArray[np.floating], now_ms: float) -> RegionMix:
        """What a frame is drawn from.

        Args:
            points: (m, 3) the face to be shown, cm in the face frame, at
                :data:`~persona_core.portrait.regions.MEASURED`.
            rotation: (3, 3) its turn, as in :class:`~persona_core.face.face_frame.FacePlacement`.
            now_ms: display time on a monotonic clock.
        """
        elapsed_ms = max(0.0, now_ms - self._last_ms)
        self._last_ms = now_ms
        shape = self._level(points, rotation)
        places = np.empty((len(Region), PLACES, 2), dtype=np.float32)
        for region in self._regions:
            places[region.region] = region.step(shape, rotation, elapsed_ms)
        return RegionMix(places)

    def _level(self, points: Floats, rotation: npt.NDArray[np.floating]) -> Floats:
        """The points without what a turn of the head seems to do to them."""
        turned = (turn_weights(rotation) @ self._turns).reshape(-1, 3)
        return np.asarray(points - turned, dtype=np.float32)


class _RegionMixer:
    """One region; candidate 0 is the base."""

    def __init__(
        self,
        region: Region,
        base: Portrait,
        expressions: Sequence[Expression],
        shapes: Floats,
        turned: Doubles,
    ) -> None:
        self.region = region
        has = [number for number, each in enumerate(expressions) if each.patch(region)]
        self._numbers: Indices = np.array([BASE, *has], dtype=np.intp)
        self._measured = region_mesh(region).measured
        self._shapes = shapes[self._numbers + 1][:, self._measured]
        self._turned = turned[self._numbers + 1]
        self._weights: Doubles = np.zeros(len(self._numbers))
        self._weights[0] = 1.0
        self._shown = 0

    def step(self, shape: Floats, rotation: npt.NDArray[np.floating], elapsed_ms: float) -> Floats:
        if len(self._numbers) > 1:
            target = self._target(self._distances(shape[self._measured], rotation))
            share = 1.0 - math.exp(-elapsed_ms / FADE_MS)
            self._weights += share * (target - self._weights)
        return self._strongest()

    def _distances(self, shape: Floats, rotation: npt.NDArray[np.floating]) -> Doubles:
        """(k,) cm."""
        off = self._shapes - shape
        shaped = (off.astype(np.float64) ** 2).sum(axis=2).mean(axis=1)
        cosine = ((self._turned * rotation).sum(axis=(1, 2)) - 1.0) / 2.0
        angle = np.arccos(np.clip(cosine, -1.0, 1.0))
        return np.asarray(np.sqrt(shaped + (TURN_CM * angle) ** 2))

    def _target(self, distances: Doubles) -> Doubles:
        """(k,) the weights that this distance asks for: one, or two."""
        distances = np.nan_to_num(distances, nan=np.inf)
        distances[self._shown] *= KEPT
        first, second = np.argsort(distances, kind="stable")[:2]
        self._shown = int(first)
        weights = np.zeros(len(distances))
        near, far = distances[first] + NOISE_CM, distances[second] + NOISE_CM
        share = (near / far) ** SHARPNESS if math.isfinite(far) else 0.0
        weights[first], weights[second] = 1.0 / (1.0 + share), share / (1.0 + share)
        return weights

    def _strongest(self) -> Floats:
        """(3, 2) numbers and weights of the strongest, which sum to 1."""
        places = np.zeros((PLACES, 2), dtype=np.float32)
        places[:, 0] = BASE
        order = np.argsort(-self._weights, kind="stable")[:PLACES]
        weights = self._weights[order]
        places[: len(order), 0] = self._numbers[order]
        places[: len(order), 1] = weights / weights.sum()
        places[places[:, 1] <= 0.0, 0] = BASE
        return places
