"""A photo bent by its landmarks: the plain mesh warp that every renderer is measured against.

The 468 landmarks of the skin make a mesh; rings about it carry hair and background along, ever
less towards the border. It knows nothing of teeth, lids or light.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from skimage.transform import warp

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_models.faces.rasteriser import rasterise
from persona_models.faces.tracks import Picture

RINGS = ((1.2, 1.0, 1.2), (1.5, 0.85, 2.5), (1.9, 0.45, 4.0), (2.5, 0.1, 6.0), (6.0, 0.0, 8.0))
"""Of each ring: its size in ovals, how much of the oval's motion it takes, and over how many of
the oval's points that motion is smoothed."""
NECK_HOLD = 0.55
"""How much less what lies below the face moves."""
BEHIND = 50.0
"""Pixels by which each ring lies further back, so that a turning face covers it."""


def warp_picture(picture: Picture, source: Floats, target: Floats) -> Picture:
    """The picture with its landmarks moved.

    Args:
        picture: (H, W, 3) uint8.
        source: (478, 3) its landmarks in pixels.
        target: (478, 3) where they shall be.
    """
    height, width = picture.shape[:2]
    origins, goals = with_rings(source, target)
    triangles = np.concatenate([landmarks.triangles().astype(np.int32), ring_triangles()])
    coverage = rasterise(goals, triangles, width, height)
    places = coverage.interpolate(triangles, origins.astype(np.float32))
    still = coverage.triangle < 0
    places[still] = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)[still]
    coordinates = np.stack([places[..., 1], places[..., 0]])
    channels = [
        warp(picture[..., channel], coordinates, order=1, mode="edge", preserve_range=True)
        for channel in range(3)
    ]
    return np.asarray(np.clip(np.rint(np.stack(channels, axis=2)), 0, 255)).astype(np.uint8)


def with_rings(source: Floats, target: Floats) -> tuple[Floats, Floats]:
    """Vertices before (N, 2) and after (N, 3): the skin's, then the rings'."""
    oval = landmarks.OVAL
    rim = source[oval, :2]
    centre = rim.mean(axis=0)
    moved = target[oval, :2] - rim
    below = np.clip((rim[:, 1] - centre[1]) / np.abs(rim[:, 1] - centre[1]).max(), 0.0, 1.0)
    depth = target[oval, 2].max()
    origins = [source[: landmarks.FACE_COUNT, :2]]
    goals = [target[: landmarks.FACE_COUNT]]
    for number, (size, share, reach) in enumerate(RINGS):
        place = centre + (rim - centre) * size
        hold = 1.0 - NECK_HOLD * below * min(1.0, (size - 1.0) * 1.6)
        goal = place + share * hold[:, None] * (_smoothing(len(oval), reach) @ moved)
        back = np.full((len(oval), 1), depth + BEHIND * (number + 1))
        origins.append(place)
        goals.append(np.concatenate([goal, back], axis=1))
    return np.concatenate(origins), np.concatenate(goals)


def _smoothing(count: int, reach: float) -> Floats:
    """(count, count) Gaussian weights around a closed loop; rows sum to 1."""
    steps = np.abs(np.subtract.outer(np.arange(count), np.arange(count)))
    weights = np.exp(-0.5 * (np.minimum(steps, count - steps) / reach) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


def ring_triangles() -> npt.NDArray[np.int32]:
    inner = landmarks.OVAL.astype(np.int32)
    corners = []
    for number in range(len(RINGS)):
        outer = np.arange(len(inner), dtype=np.int32) + landmarks.FACE_COUNT + number * len(inner)
        inner_next, outer_next = np.roll(inner, -1), np.roll(outer, -1)
        corners.append(np.stack([inner, inner_next, outer_next], axis=1))
        corners.append(np.stack([inner, outer_next, outer], axis=1))
        inner = outer
    return np.concatenate(corners)
