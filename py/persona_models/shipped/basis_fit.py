"""Fits the landmark basis and its residual to tracked faces.

One *source* is one person in one camera: its mean is taken off before anything else, so that no
one's own geometry and no camera's bias is taken for motion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from persona_core.face import blendshapes, landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import TURN_COUNT, LandmarkBasis, turn_weights
from persona_models.faces.tracks import FaceTracks

RIDGE = 1.0
REAL_WEIGHT = 20.0
"""Of a frame of a real face; one of a rendered face weighs 1. The 192 frames of real faces that
we have then weigh as much together as the 3,840 rendered ones."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class MotionSource:
    """One person's faces.

    Attributes:
        name: for reports.
        points: (N, 1434) float64, face frame, cm.
        weights: (N, 58) float64, blendshapes and turn weights: what the points shall follow from.
        weight: of each frame in the fit.
    """

    name: str
    points: Floats
    weights: Floats
    weight: float = 1.0

    @classmethod
    def of(cls, name: str, tracks: FaceTracks, weight: float = 1.0) -> MotionSource:
        """The faces that were found."""
        points, weights = [], []
        for seen, shapes, face in zip(
            tracks.found, tracks.blendshapes, tracks.landmarks, strict=True
        ):
            if seen:
                placement = FacePlacement.fit(face)
                points.append(placement.to_face(face).reshape(-1))
                weights.append(np.concatenate([shapes, turn_weights(placement.rotation)]))
        return cls(name, np.array(points, np.float64), np.array(weights, np.float64), weight)


def fit_motion(sources: Sequence[MotionSource], ridge: float = RIDGE) -> Floats:
    """The (58, 1434) displacements that explain the sources best, by ridge regression."""
    count = blendshapes.COUNT + TURN_COUNT
    gram = ridge * np.eye(count)
    moment = np.zeros((count, landmarks.COUNT * 3))
    for source in sources:
        weights = source.weights - source.weights.mean(axis=0)
        gram += source.weight * weights.T @ weights
        moment += source.weight * weights.T @ (source.points - source.points.mean(axis=0))
    return np.asarray(np.linalg.solve(gram, moment))


def missed(source: MotionSource, motion: Floats) -> Floats:
    """(N, 1434) what a motion misses of a source, about its mean."""
    rest = source.points - source.weights @ motion
    return np.asarray(rest - rest.mean(axis=0))


def fit_residual(sources: Sequence[MotionSource], motion: Floats, count: int) -> Floats:
    """The (count, 1434) main components of what ``motion`` misses, each one deviation long."""
    scatter = np.zeros((landmarks.COUNT * 3, landmarks.COUNT * 3))
    total = 0.0
    for source in sources:
        rest = missed(source, motion)
        scatter += source.weight * rest.T @ rest
        total += source.weight * len(rest)
    values, vectors = np.linalg.eigh(scatter / total)
    main = np.argsort(values)[::-1][:count]
    return np.asarray((vectors[:, main] * np.sqrt(np.maximum(values[main], 0.0))).T)


def fit_basis(sources: Sequence[MotionSource], residual_count: int) -> LandmarkBasis:
    """The basis of all sources."""
    motion = fit_motion(sources)
    residual = fit_residual(sources, motion, residual_count)
    neutrals = [(s.points - s.weights @ motion).mean(axis=0) for s in sources]
    shapes, turns, components, mean = (
        part.reshape(-1, landmarks.COUNT, 3).astype(np.float32)
        for part in (
            motion[: blendshapes.COUNT],
            motion[blendshapes.COUNT :],
            residual,
            np.mean(neutrals, axis=0),
        )
    )
    return LandmarkBasis(mean[0], shapes, turns, components)
