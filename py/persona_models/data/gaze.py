"""Irises moved within the lids of a photo, in the picture itself: the face's mesh has none."""

from __future__ import annotations

import numpy as np

from persona_core.base.arrays import Floats, Indices
from persona_core.face import landmarks
from persona_models.faces.sampling import filled, sample
from persona_models.faces.tracks import Picture

EYES = (
    (landmarks.EYE_RIGHT, landmarks.IRIS_RIGHT),
    (landmarks.EYE_LEFT, landmarks.IRIS_LEFT),
)
RIGID, STILL = 1.1, 2.6
"""In radii of the iris: what lies nearer to its middle goes with it, what lies further stays."""


def moved_irises(picture: Picture, points: Floats, shift: Floats) -> tuple[Picture, Floats]:
    """A photo that looks elsewhere, and its landmarks.

    Args:
        picture: (H, W, 3) uint8.
        points: (478, 3) its landmarks, pixels.
        shift: (2,) pixels; less than the radius of an iris, or the white of the eye folds.
    """
    drawn, moved = picture.astype(np.float32), points.copy()
    for lids, iris in EYES:
        drawn = _moved(drawn, points, lids, iris, shift)
        moved[iris, :2] += shift
    return np.clip(np.rint(drawn), 0, 255).astype(np.uint8), moved


def _moved(picture: Floats, points: Floats, lids: Indices, iris: Indices, shift: Floats) -> Floats:
    height, width = picture.shape[:2]
    middle = points[iris[0], :2]
    radius = float(np.linalg.norm(points[iris[1:], :2] - middle, axis=1).mean())
    places = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float32)
    away = np.linalg.norm(places - (middle + shift), axis=2) / max(radius, 1e-6)
    share = np.clip((STILL - away) / (STILL - RIGID), 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    seen = sample(picture, (places - share[..., None] * shift).astype(np.float32))
    inside = filled(points[lids, :2], width, height)[..., None]
    return np.asarray(inside * seen + (1.0 - inside) * picture, dtype=np.float32)
