"""``LandmarkPoints``: which spots of the rendered head the tracker's 478 landmarks are.

Each landmark is a point in a triangle of the model: three vertices and their weights. They were
fitted to tracked renders by :func:`fit`; ``landmark_points.npz`` keeps them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_models.faces import ict_face

FILE = Path(__file__).with_name("landmark_points.npz")
_OUTLIER = 8.0  # pixels: a miss by more counts as one by this


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkPoints:
    """Attributes:

    corners: (478, 3) int32 vertices of the model.
    weights: (478, 3) float32, of each; they sum to 1.
    """

    corners: npt.NDArray[np.int32]
    weights: Floats

    @classmethod
    def load(cls, path: Path = FILE) -> LandmarkPoints:
        """Reads the fitted points."""
        with np.load(path) as data:
            return cls(data["corners"].astype(np.int32), data["weights"].astype(np.float32))

    @classmethod
    def unknown(cls) -> LandmarkPoints:
        """All in one spot: for rendering before anything was fitted."""
        shape = (landmarks.COUNT, 3)
        return cls(np.zeros(shape, dtype=np.int32), np.full(shape, 1 / 3, dtype=np.float32))

    def save(self, path: Path = FILE) -> None:
        """Writes them."""
        np.savez_compressed(
            path, corners=self.corners.astype(np.uint16), weights=self.weights.astype(np.float32)
        )

    def of(self, vertices: Floats) -> Floats:
        """(478, 3) landmarks of posed vertices (26719, 3), in whatever space these are."""
        mixed = (vertices[self.corners] * self.weights[..., None]).sum(axis=1)
        return np.asarray(mixed, dtype=np.float32)


def fit(
    triangles: npt.NDArray[np.int32], places: Floats, tracked: Floats
) -> tuple[LandmarkPoints, Floats]:
    """Finds the points that lie nearest to tracked landmarks over many renders.

    For each landmark the best vertex is found, then the best point in one of its triangles.

    Args:
        triangles: (M, 3) of the model.
        places: (N, 26719, 2) the vertices in each render, in pixels.
        tracked: (N, 478, 2) the landmarks the tracker found there.

    Returns:
        The points, and (478,) the median distance that is left, in pixels.
    """
    skin = np.arange(ict_face.SKIN_END)
    eyes = np.arange(ict_face.EYEBALLS.start, ict_face.EYEBALLS.stop)
    about = _neighbours(triangles)
    corners = np.zeros((landmarks.COUNT, 3), dtype=np.int32)
    weights = np.zeros((landmarks.COUNT, 3), dtype=np.float32)
    left = np.zeros(landmarks.COUNT, dtype=np.float32)
    for number in range(landmarks.COUNT):
        candidates = skin if number < landmarks.FACE_COUNT else eyes
        wanted = tracked[:, number, None]
        misses = np.linalg.norm(places[:, candidates] - wanted, axis=2)
        vertex = int(candidates[np.minimum(misses, _OUTLIER).mean(axis=0).argmin()])
        best = np.inf
        for triangle in about[vertex]:
            points = places[:, triangles[triangle]]
            share = _share(points, tracked[:, number])
            miss = np.linalg.norm((points * share[:, None]).sum(axis=1) - wanted[:, 0], axis=1)
            cost = float(np.minimum(miss, _OUTLIER).mean())
            if cost < best:
                best = cost
                corners[number], weights[number] = triangles[triangle], share
                left[number] = np.median(miss)
    return LandmarkPoints(corners, weights), left


def _neighbours(triangles: npt.NDArray[np.int32]) -> list[list[int]]:
    about: list[list[int]] = [[] for _ in range(int(triangles.max()) + 1)]
    for number, corners in enumerate(triangles.tolist()):
        for corner in corners:
            about[corner].append(number)
    return about


def _share(points: npt.NDArray[np.floating[Any]], wanted: Floats) -> Floats:
    """Weights in [0, 1] of a triangle's corners that suit all renders best (least squares)."""
    edges = (points[:, 1:] - points[:, :1]).transpose(0, 2, 1).reshape(-1, 2)
    goal = (wanted - points[:, 0]).reshape(-1)
    share = np.linalg.lstsq(edges, goal, rcond=None)[0]
    full = np.clip([1.0 - share.sum(), share[0], share[1]], 0.0, None)
    return np.asarray(full / full.sum(), dtype=np.float32)
