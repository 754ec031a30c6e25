"""``Lighting``: where the light on a rendered person comes from, and what it cannot reach."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter

from persona_core.base.arrays import Floats
from persona_models.data.shading import SHADOW_REACH, SHADOW_SIZE
from persona_models.data.visibility import FAR, draw

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Lighting:
    """The light on a set.

    Attributes:
        frame: (3, 3) the key light's right, up and the direction towards it.
        light: (5, 3) linear colours of key light, fill light, sky and ground; then the direction
            towards the fill.
        flat: share of light without any direction, in [0, 1].
        softness: of the shadow's edge, in pixels of its map.
        highlights: brightness of the white ones.
    """

    frame: Floats
    light: Floats
    flat: float
    softness: float
    highlights: float

    @classmethod
    def random(cls, random: np.random.Generator) -> Lighting:
        """Rooms, windows, lamps: from the side, from the front, hard or soft."""
        key = random.normal(0.0, 1.0, 3) * (0.9, 0.5, 0.2) + (0.0, 0.45, 0.95)
        key /= np.linalg.norm(key)
        right = np.cross((0.0, 1.0, 0.0), key)
        right /= np.linalg.norm(right)
        fill = random.normal(0.0, 1.0, 3) * (1.0, 0.3, 0.2) + (-np.sign(key[0]), 0.1, 0.6)
        fill /= np.linalg.norm(fill)
        strength = random.uniform(0.45, 1.35)
        warm = np.array([1.0, 0.96, 0.90]) ** random.normal(0.3, 0.8)
        cool = np.array([0.95, 0.98, 1.03]) ** random.normal(0.5, 0.8)
        sky = max(0.25, 1.0 - 0.55 * strength + random.normal(0.0, 0.10)) * cool
        ground = sky * random.uniform(0.35, 0.8) * np.array([1.05, 1.0, 0.93])
        filled = random.uniform(0.0, 0.35) * cool
        light = np.stack([strength * warm, filled, sky, ground, fill])
        return cls(
            frame=np.stack([right, np.cross(key, right), key]).astype(np.float32),
            light=light.astype(np.float32),
            flat=float(random.uniform(0.3, 0.8)) if random.random() < 0.08 else 0.0,
            softness=float(random.uniform(1.0, 3.2)),
            highlights=float(random.uniform(0.4, 1.3)),
        )

    def shadow(self, posed: Floats, triangles: Ints) -> Floats:
        """(SHADOW_SIZE, SHADOW_SIZE) depth of a mesh as the key light sees it, cm."""
        scale = SHADOW_SIZE / (2.0 * SHADOW_REACH)
        right, up, towards = self.frame
        across = posed @ right * scale + SHADOW_SIZE / 2.0
        along = posed @ up * scale + SHADOW_SIZE / 2.0
        depth = np.full((SHADOW_SIZE, SHADOW_SIZE), FAR, dtype=np.float32)
        seen = np.full(depth.shape, -1, dtype=np.int32)
        seen_from = np.stack([across, along, -(posed @ towards)], axis=1)
        draw(seen_from.astype(np.float32), triangles, depth, seen)
        return depth


def occlusion(depth: Floats) -> Floats:
    """(H / 2, W / 2) share of the sky: less where a pixel lies behind its surroundings.

    The depth buffer against its own blur (T. Luft et al., "Image enhancement by unsharp masking
    the depth buffer", 2006).
    """
    small = depth[::2, ::2]
    behind = small >= FAR * 0.5
    near = np.where(behind, np.float32(0.0), small)
    level = float(near.max()) if not behind.all() else 0.0
    near = np.where(behind, level, near)
    sky = np.ones_like(near)
    for radius, reach, strength in ((4, 0.45, 0.62), (13, 2.5, 0.55)):
        hidden = np.clip((near - uniform_filter(near, 2 * radius + 1)) / reach, 0.0, 1.0)
        sky *= 1.0 - strength * hidden
    return sky.astype(np.float32)
