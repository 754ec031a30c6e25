"""What is seen at each pixel, fast: the inner loops of the people renderer.

``persona_models.faces.rasteriser`` does the same more simply; here every millisecond counts, and
depth alone is wanted for shadows.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_models.faces.compiled import fast

Ints = npt.NDArray[np.int32]

FAR = np.float32(1e9)


@fast
def draw(points: Floats, triangles: Ints, depth: Floats, seen: Ints) -> None:
    """Draws triangles into a depth buffer, both sides.

    Args:
        points: (N, 3) pixels: x right, y down, z growing away from the viewer.
        triangles: (M, 3).
        depth: (H, W), lowered where something is nearer; ``FAR`` where nothing is.
        seen: (H, W), gets the numbers of the triangles.
    """
    height, width = depth.shape
    for number in range(triangles.shape[0]):
        i, j, k = triangles[number, 0], triangles[number, 1], triangles[number, 2]
        ax, ay, az = points[i, 0], points[i, 1], points[i, 2]
        bx, by, bz = points[j, 0], points[j, 1], points[j, 2]
        cx, cy, cz = points[k, 0], points[k, 1], points[k, 2]
        left = max(0, int(np.ceil(min(ax, bx, cx))))
        right = min(width - 1, int(np.floor(max(ax, bx, cx))))
        top = max(0, int(np.ceil(min(ay, by, cy))))
        bottom = min(height - 1, int(np.floor(max(ay, by, cy))))
        if left > right or top > bottom:
            continue
        area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
        if abs(area) < 1e-9:
            continue
        inverse = 1.0 / area
        a_x, a_y = (by - cy) * inverse, (cx - bx) * inverse
        b_x, b_y = (cy - ay) * inverse, (ax - cx) * inverse
        for y in range(top, bottom + 1):
            a = a_x * (left - cx) + a_y * (y - cy)
            b = b_x * (left - cx) + b_y * (y - cy)
            for x in range(left, right + 1):
                if a >= -1e-4 and b >= -1e-4 and a + b <= 1.0001:
                    z = a * az + b * bz + (1.0 - a - b) * cz
                    if z < depth[y, x]:
                        depth[y, x] = z
                        seen[y, x] = number
                a += a_x
                b += b_x


@fast
def normals(points: Floats, triangles: Ints) -> Floats:
    """(N, 3) unit normals, weighted by area."""
    out = np.zeros_like(points)
    for number in range(triangles.shape[0]):
        i, j, k = triangles[number, 0], triangles[number, 1], triangles[number, 2]
        ux, uy, uz = (
            points[j, 0] - points[i, 0],
            points[j, 1] - points[i, 1],
            points[j, 2] - points[i, 2],
        )
        vx, vy, vz = (
            points[k, 0] - points[i, 0],
            points[k, 1] - points[i, 1],
            points[k, 2] - points[i, 2],
        )
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (i, j, k):
            out[corner, 0] += nx
            out[corner, 1] += ny
            out[corner, 2] += nz
    for number in range(out.shape[0]):
        x, y, z = out[number, 0], out[number, 1], out[number, 2]
        scale = 1.0 / (np.sqrt(x * x + y * y + z * z) + 1e-12)
        out[number, 0], out[number, 1], out[number, 2] = x * scale, y * scale, z * scale
    return out
