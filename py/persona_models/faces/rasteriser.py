"""Which triangle lies at each pixel: a depth-buffered rasteriser on the CPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_models.faces.compiled import exact

_EDGE = -1e-4  # weights a little under 0 are inside, so that neighbours leave no gap


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """What is seen at each pixel.

    Attributes:
        triangle: (H, W) int32, the nearest triangle's number, -1 where there is none.
        weights: (H, W, 3) float32, the pixel's barycentric weights in it.
    """

    triangle: npt.NDArray[np.int32]
    weights: Floats

    def interpolate(self, triangles: npt.NDArray[np.integer[Any]], values: Floats) -> Floats:
        """Values (N, C) of the corners at every pixel: (H, W, C), 0 where nothing is seen."""
        corners = values[triangles[np.maximum(self.triangle, 0)]]
        mixed = (corners * self.weights[..., None]).sum(axis=2)
        return np.where(self.triangle[..., None] >= 0, mixed, np.float32(0.0))


def rasterise(
    points: npt.NDArray[np.floating[Any]],
    triangles: npt.NDArray[np.integer[Any]],
    width: int,
    height: int,
) -> Coverage:
    """Draws triangles; pixel (0, 0)'s centre has the coordinates (0, 0).

    Args:
        points: (N, 3) in pixels: x right, y down, z growing away from the viewer.
        triangles: (M, 3) corners; both sides are seen.
        width: of the picture in pixels.
        height: of the picture in pixels.
    """
    triangle = np.full((height, width), -1, dtype=np.int32)
    weights = np.zeros((height, width, 3), dtype=np.float32)
    depth = np.full((height, width), np.inf, dtype=np.float32)
    _draw(points.astype(np.float32), triangles.astype(np.int32), triangle, weights, depth)
    return Coverage(triangle, weights)


@exact
def _draw(
    points: Floats,
    triangles: npt.NDArray[np.int32],
    out_triangle: npt.NDArray[np.int32],
    out_weights: Floats,
    depth: Floats,
) -> None:
    height, width = depth.shape
    for number in range(len(triangles)):
        ax, ay, az = points[triangles[number, 0]]
        bx, by, bz = points[triangles[number, 1]]
        cx, cy, cz = points[triangles[number, 2]]
        area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
        if not abs(area) > 1e-9:
            continue
        left = max(0, int(np.ceil(min(ax, bx, cx))))
        right = min(width - 1, int(np.floor(max(ax, bx, cx))))
        top = max(0, int(np.ceil(min(ay, by, cy))))
        bottom = min(height - 1, int(np.floor(max(ay, by, cy))))
        for y in range(top, bottom + 1):
            for x in range(left, right + 1):
                a = ((by - cy) * (x - cx) + (cx - bx) * (y - cy)) / area
                b = ((cy - ay) * (x - cx) + (ax - cx) * (y - cy)) / area
                c = 1.0 - a - b
                if a < _EDGE or b < _EDGE or c < _EDGE:
                    continue
                z = a * az + b * bz + c * cz
                if z < depth[y, x]:
                    depth[y, x] = z
                    out_triangle[y, x] = number
                    out_weights[y, x, 0] = a
                    out_weights[y, x, 1] = b
                    out_weights[y, x, 2] = c


@exact
def vertex_normals(points: Floats, triangles: npt.NDArray[np.int32]) -> Floats:
    """(N, 3) unit normals: the mean of the adjoining triangles', weighted by their area."""
    normals = np.zeros_like(points)
    for number in range(len(triangles)):
        a, b, c = triangles[number]
        u = points[b] - points[a]
        v = points[c] - points[a]
        normal = np.cross(u, v)
        normals[a] += normal
        normals[b] += normal
        normals[c] += normal
    for number in range(len(normals)):
        length = np.sqrt((normals[number] ** 2).sum())
        if length > 0.0:
            normals[number] /= length
    return normals
