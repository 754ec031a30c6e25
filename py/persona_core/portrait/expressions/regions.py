"""The regions of a face that pictures of their own can show: which vertices, and how far.

Constant data of the one topology, made once. A region fades out over plain skin, so that what is
drawn there shows no seam; lengths are those of MediaPipe's canonical face, in cm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats, Indices, smooth_between
from persona_core.face import landmarks
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.expression_mesh import mesh_places
from persona_core.portrait.rims import PINS, signed_distance
from persona_core.portrait.topology import topology

MOUTH_FADE: Final = (0.7, 2.0)
"""From the lips' outer rim: up to the first a mouth is shown in full, from the second on not."""
EYE_FADE: Final = (0.75, 1.75)
"""Likewise from the lids' rim and the brow."""
FACE_FADE: Final = (0.1, 1.3)
"""Inside the oval: from the first on a face begins to be shown, from the second in full."""
OVAL_FADE: Final = (0.1, 0.6)
"""Likewise where another region comes near the oval: beyond it hair and background begin, of which
landmarks tell nothing."""
MEASURED: Indices = np.unique(
    np.concatenate(
        [
            PINS,
            landmarks.LIPS_OUTER,
            landmarks.BROW_RIGHT[:5],
            landmarks.BROW_LEFT[:5],
            landmarks.IRIS_RIGHT[:1],
            landmarks.IRIS_LEFT[:1],
        ]
    )
)
"""(m,) landmarks by whose places it is told which picture is near, rising."""


def _facing(loop: Indices) -> tuple[Indices, Indices]:
    """Places in MEASURED of the upper and the lower rim's points, the corners left out."""
    below = np.arange(2, len(loop) // 2 - 1)
    above = (len(loop) - below) % len(loop)
    return np.searchsorted(MEASURED, loop[above]), np.searchsorted(MEASURED, loop[below])


OPENINGS: Final = {
    Region.FACE: _facing(landmarks.LIPS_INNER),
    Region.MOUTH: _facing(landmarks.LIPS_INNER),
    Region.EYE_RIGHT: _facing(landmarks.EYE_RIGHT),
    Region.EYE_LEFT: _facing(landmarks.EYE_LEFT),
}
"""Of each region, places in :data:`MEASURED` of an upper rim and of what lies across it."""


@dataclass(frozen=True, slots=True, eq=False)
class RegionMesh:
    """One region. Treat the arrays as read-only.

    Attributes:
        measured: places in :data:`MEASURED` of the landmarks whose shape counts.
        mask: (n,) float32 over the fine mesh's vertices: 1 inside, fading to 0.
        triangles: (m, 3) uint16 of the fine mesh, openings filled, where the mask is above 0.
        vertices: those that the triangles have, rising.
    """

    measured: Indices
    mask: Floats
    triangles: npt.NDArray[np.uint16]
    vertices: Indices


@cache
def region_mesh(region: Region) -> RegionMesh:
    """A region's data; made once, some 10 ms."""
    mask = _mask(region)
    mask.setflags(write=False)
    triangles = topology().triangles
    triangles = triangles[(mask[triangles] > 0.0).any(axis=1)]
    vertices = np.unique(triangles).astype(np.intp)
    return RegionMesh(np.searchsorted(MEASURED, _measured(region)), mask, triangles, vertices)


def _measured(region: Region) -> Indices:
    if region is Region.MOUTH:
        return np.concatenate([landmarks.LIPS_INNER, landmarks.LIPS_OUTER])
    right = [landmarks.EYE_RIGHT, landmarks.BROW_RIGHT[:5], landmarks.IRIS_RIGHT[:1]]
    left = [landmarks.EYE_LEFT, landmarks.BROW_LEFT[:5], landmarks.IRIS_LEFT[:1]]
    if region is Region.EYE_RIGHT:
        return np.concatenate(right)
    if region is Region.EYE_LEFT:
        return np.concatenate(left)
    return MEASURED


def _mask(region: Region) -> Floats:
    canonical = landmarks.canonical_points()
    places = mesh_places(canonical)[:, :2].astype(np.float64)
    within = signed_distance(places, canonical[landmarks.OVAL, :2])
    if region is Region.FACE:
        return smooth_between(*FACE_FADE, within).astype(np.float32)
    if region is Region.MOUTH:
        fade, loops = MOUTH_FADE, [landmarks.LIPS_OUTER]
    elif region is Region.EYE_RIGHT:
        fade, loops = EYE_FADE, [landmarks.EYE_RIGHT, landmarks.BROW_RIGHT]
    else:
        fade, loops = EYE_FADE, [landmarks.EYE_LEFT, landmarks.BROW_LEFT]
    nearest = np.max([signed_distance(places, canonical[loop, :2]) for loop in loops], axis=0)
    shown = smooth_between(*OVAL_FADE, within) * (1.0 - smooth_between(*fade, -nearest))
    return shown.astype(np.float32)
