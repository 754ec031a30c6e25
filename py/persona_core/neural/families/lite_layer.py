"""``LiteLayer``: where LivePortrait-Lite's patches lie over a portrait's mesh, and how much they
count."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.neural.families.lite_gate import patch_strength
from persona_core.neural.families.lite_patches import CROP_SIDE, FEATHER_PX, PARTS, Part
from persona_core.neural.manifest.manifest import PhotoCrop
from persona_core.neural.portrait_crop import Square
from persona_core.portrait.portrait import Portrait

MARGIN: Final = 0.6
"""How far beyond its middle a patch may ever need triangles, in sides: what expressions push out
of it or into it."""
FRESH_MS: Final = 500.0
STALE_MS: Final = 900.0
"""From what age a patch fades, and when it is gone."""
EASE_MS: Final = 150.0
"""Over which patches come back."""


@dataclass(frozen=True, slots=True, eq=False)
class LiteLayer:
    """Of mouth, right eye and left eye:

    Attributes:
        sizes: sides of the patches in pixels.
        strengths: how much of each is seen at most, in [0, 1].
        triangles: (m, 3) uint16 each, of the portrait mesh's first 468 vertices, which are the
            landmarks of the skin.
        kept: (468,) float32, how much of a patch is seen at each: nothing at the face's rim,
            where it turns away.
        level: mipmap level of the photo that is as coarse as the crop that the nets see, >= 0.
        feather_px: pixels over which a patch fades towards its border.
    """

    sizes: tuple[int, int, int]
    strengths: tuple[float, float, float]
    triangles: tuple[npt.NDArray[np.uint16], ...]
    kept: Floats
    level: float
    feather_px: int = FEATHER_PX

    @classmethod
    def of(cls, portrait: Portrait, crop: PhotoCrop, sizes: tuple[int, int, int]) -> LiteLayer:
        """The layer of a portrait.

        Args:
            crop: how the model's portraits are cut.
            sizes: of the patches.
        """
        zoom = Square.about(portrait.landmarks, crop).side / CROP_SIDE
        kept = np.ones(landmarks.FACE_COUNT, dtype=np.float32)
        kept[landmarks.OVAL] = 0.0
        return cls(
            sizes=sizes,
            strengths=strengths_of(portrait),
            triangles=tuple(_near(part, portrait.landmarks) for part in PARTS),
            kept=kept,
            level=max(0.0, math.log2(zoom)),
        )


def strengths_of(portrait: Portrait) -> tuple[float, float, float]:
    """How much of the patches of mouth, right and left eye is seen at most, in [0, 1]."""
    strength = patch_strength(portrait.landmarks)
    return strength["mouth"], strength["eye"], strength["eye"]


def _near(part: Part, points: Floats) -> npt.NDArray[np.uint16]:
    """The triangles that a part's patch can touch."""
    side = part.side_cm * FacePlacement.fit(points).scale
    start, end = points[list(part.corners), :2].astype(np.float64)
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    off = points[: landmarks.FACE_COUNT, :2] - points[part.middle, :2].mean(axis=0)
    spots = np.stack([off @ along, off @ np.array([-along[1], along[0]])], axis=1) / side
    spots[:, 1] += part.height - 0.5
    corners = spots[landmarks.triangles()]  # (898, 3, 2)
    reached = (corners.min(axis=1) < MARGIN) & (corners.max(axis=1) > -MARGIN)
    return np.ascontiguousarray(landmarks.triangles()[reached.all(axis=1)])


class Freshness:
    """How much of the patches is seen: they fade where none come, and come back gently."""

    def __init__(self) -> None:
        self._taken_ms: float | None = None
        self._shown_ms: float | None = None
        self._share = 0.0

    def taken(self, now_ms: float) -> None:
        """New patches are there."""
        self._taken_ms = now_ms

    def share(self, now_ms: float) -> float:
        """For a frame that is shown now, in [0, 1]."""
        if self._taken_ms is None:
            return 0.0
        age = now_ms - self._taken_ms
        fresh = min(max((STALE_MS - age) / (STALE_MS - FRESH_MS), 0.0), 1.0)
        step = 1.0 if self._shown_ms is None else (now_ms - self._shown_ms) / EASE_MS
        self._shown_ms = now_ms
        self._share = min(fresh, self._share + max(step, 0.0))
        return self._share
