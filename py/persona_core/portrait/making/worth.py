"""What a picture is worth to a set: how far it is from what the others show at mouth and eyes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from persona_core.base.arrays import Doubles, Floats
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import turn_weights
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.mixing import TURN_CM
from persona_core.portrait.expressions.regions import MEASURED, OPENINGS, region_mesh
from persona_core.portrait.support import supported

PARTS: Final = (Region.MOUTH, Region.EYE_RIGHT, Region.EYE_LEFT)
PART_WEIGHTS: Final = (1.0, 0.5, 0.5)
"""What the parts count; brows are of the eyes."""


def least_telling(base: Floats, others: Sequence[Floats]) -> int:
    """Number of the picture that is missed least: of what is nearest to another of the set, the
    base among them, at mouth and eyes together; the last of those that are worth the same.

    Args:
        base: (478, 3) landmarks of the portrait, pixels.
        others: the same of the further pictures, at least one.
    """
    apart, _ = face_distances([base, *others])
    apart += np.diag(np.full(len(others) + 1, np.inf))
    worth = np.array(PART_WEIGHTS) @ apart.min(axis=2)[:, 1:]
    return len(others) - 1 - int(worth[::-1].argmin())


def face_distances(faces: Sequence[Floats]) -> tuple[Doubles, Doubles]:
    """How far faces are from each other where a set shows more than one picture.

    Args:
        faces: n of landmarks (478, 3), pixels, of one person.

    Returns:
        (3, n, n) cm by :data:`PARTS`, as the mixer has them; and (n, 4) openings in cm by region.
    """
    basis = supported()
    turns = basis.turns[:, MEASURED].reshape(len(basis.turns), -1)
    placements = [FacePlacement.fit(points) for points in faces]
    shapes = np.stack(
        [
            placement.to_face(points)[MEASURED]
            - (turn_weights(placement.rotation) @ turns).reshape(-1, 3)
            for points, placement in zip(faces, placements, strict=True)
        ]
    )
    flat = np.stack([placement.rotation.ravel() for placement in placements])
    angles = np.arccos(np.clip((flat @ flat.T - 1.0) / 2.0, -1.0, 1.0))
    apart = []
    for region in PARTS:
        part = shapes[:, region_mesh(region).measured].astype(np.float64)
        off = part[:, None] - part
        apart.append(np.sqrt((off**2).sum(axis=3).mean(axis=2) + (TURN_CM * angles) ** 2))
    openings = np.zeros((len(faces), len(Region)))
    for region, (upper, lower) in OPENINGS.items():
        openings[:, region] = (shapes[:, upper, 1] - shapes[:, lower, 1]).mean(axis=1)
    return np.stack(apart), openings
