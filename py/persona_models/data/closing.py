"""Landmarks of lips and lids brought together, with what hangs on them.

All points are (478, 3) in the face frame: cm, y up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from persona_core.base.arrays import Floats, Indices
from persona_core.face import landmarks


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """What opens and closes in a face.

    Attributes:
        loop: its rim, from one corner along the lower side to the other and back along the upper.
        reach: how far beside the rim the skin is drawn along, cm.
        above: over how many cm above the rim the skin's motion is lost.
        below: likewise beneath it: far beneath lips, where the chin follows.
    """

    loop: Indices
    reach: float
    above: float
    below: float

    @property
    def sides(self) -> tuple[Indices, Indices]:
        """The lower and the upper rim without the corners, entries opposite each other."""
        half = len(self.loop) // 2
        return self.loop[1:half], self.loop[:half:-1]


LIPS = Opening(landmarks.LIPS_INNER, 0.8, 1.3, 4.0)
LIDS = (
    Opening(landmarks.EYE_RIGHT, 0.6, 0.9, 0.8),
    Opening(landmarks.EYE_LEFT, 0.6, 0.9, 0.8),
)


def gap(points: Floats, opening: Opening) -> float:
    """The mean distance of the rims in widths of the opening."""
    lower, upper = opening.sides
    corners = points[opening.loop[[0, len(opening.loop) // 2]]]
    width = float(np.linalg.norm(corners[0] - corners[1]))
    return float(np.linalg.norm(points[upper] - points[lower], axis=1).mean()) / max(width, 1e-6)


def parted(points: Floats, opening: Opening, by: float) -> Floats:
    """The points with the rims so many cm further apart, and nothing else moved.

    Where rims lie on skin for certain, what lies between them is lost when they are closed.
    """
    lower, upper = opening.sides
    way = points[upper] - points[lower]
    length = np.linalg.norm(way, axis=1, keepdims=True)
    aside = np.where(length > 1e-3, way / np.maximum(length, 1e-3), (0.0, 1.0, 0.0))
    moved = points.astype(np.float32).copy()
    moved[upper] += (0.5 * by * aside).astype(np.float32)
    moved[lower] -= (0.5 * by * aside).astype(np.float32)
    return moved


def closed(points: Floats, opening: Opening, amount: float, share: float) -> Floats:
    """The points with the rims drawn together, and the skin about them drawn along.

    Args:
        points: of the face.
        opening: what closes.
        amount: 0 leaves it as it is, 1 closes it.
        share: how much of the way the lower rim goes; the upper one goes the rest.
    """
    lower, upper = opening.sides
    way = amount * (points[upper] - points[lower])
    moved = points.astype(np.float32).copy()
    centre = points[opening.loop].mean(axis=0)
    about = np.linalg.norm(points - centre, axis=1) < 9.0
    about[opening.loop] = False
    about[landmarks.FACE_COUNT :] = False  # irises stay where they look
    for rim, part, fall in ((lower, share, opening.below), (upper, share - 1.0, opening.above)):
        motion = (part * way).astype(np.float32)
        moved[rim] += motion
        drawn, beyond = _drawn_along(points, points[rim], motion, opening.reach)
        on_side = about & (beyond < 0.0 if rim is lower else beyond >= 0.0)
        faded = np.exp(-((np.abs(beyond) / fall) ** 2))
        moved[on_side] += (drawn * faded[:, None])[on_side]
    return moved


def _drawn_along(
    points: Floats, rim: Floats, motion: Floats, reach: float
) -> tuple[Floats, Floats]:
    """(N, 3) what the rim's motion is beside each point, and (N,) how far that lies above it."""
    across = points[:, None, 0] - rim[None, :, 0]
    near = np.exp(-0.5 * (across / reach) ** 2)
    total = near.sum(axis=1, keepdims=True)
    # Beside the corners less and less of it is left.
    mean = near @ motion / np.maximum(total, 0.6 * float(total.max()))
    height = points[:, 1] - (near @ rim[:, 1]) / np.maximum(total[:, 0], 1e-9)
    return np.asarray(mean, dtype=np.float32), np.asarray(height, dtype=np.float32)
