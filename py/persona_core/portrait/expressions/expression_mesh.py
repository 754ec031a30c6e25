"""Where the vertices of a portrait's mesh lie in another picture of the same person."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats, smooth_between
from persona_core.face import landmarks
from persona_core.portrait.expressions.expression import Expression, Patch, Region
from persona_core.portrait.rims import AROUND, LID_ROWS, LOOPS
from persona_core.portrait.topology import (
    COARSE_COUNT,
    EYE_LOOP,
    RING_LENGTH,
    RINGS,
    RINGS_START,
    lid_vertex,
    topology,
)

RING_STEP: Final = 0.12
"""Of the oval's size: rings are guessed by it, as no region reaches them."""
FACING: Final = (0.12, 0.38)
"""Cosines between a vertex' normal and the line of sight of its picture: below the first nothing
of it was seen that could be shown, from the second on it counts in full."""
PATCH_RIM: Final = 3.0
"""Pixels of a patch's image from its border over which it fades in."""


def mesh_places(points: npt.NDArray[np.floating]) -> Floats:
    """Where landmarks put the fine mesh's vertices: (n, C) float32, as the portrait's own lie.

    Those of the rings about the face are guessed.

    Args:
        points: (478, C) of a face, C at least 1.
    """
    coarse = np.zeros((COARSE_COUNT, points.shape[1]), dtype=np.float32)
    coarse[: landmarks.FACE_COUNT] = points[: landmarks.FACE_COUNT]
    places = np.arange(EYE_LOOP)
    for eye, around in enumerate(AROUND):
        rim = LOOPS[eye]
        for row, (outwards, _, _) in enumerate(LID_ROWS):
            at = lid_vertex(eye, row, places)
            coarse[at] = (1.0 - outwards) * points[rim] + outwards * points[around]
    oval = points[landmarks.OVAL].astype(np.float32)
    outwards_px = RING_STEP * (oval - oval.mean(axis=0))
    rings = oval + outwards_px * np.arange(1, RINGS + 1, dtype=np.float32)[:, None, None]
    coarse[RINGS_START:] = rings.reshape(RINGS * RING_LENGTH, -1)
    return topology().refinement.refine(coarse)


def texture_places(expression: Expression, region: Region) -> Floats:
    """Where to look for every vertex in one region's patch of another picture.

    Args:
        expression: the picture.
        region: one of whose vertices only the places count.

    Returns:
        (n, 3) float32 for the n vertices of the fine mesh: x and y in pixels of the patch's image
        (its left upper corner is 0, 0), and in [0, 1] how far the picture is to be trusted there:
        0 where the skin was turned away or lies outside of the patch. All 0 where the picture has
        no such patch.
    """
    patch = expression.patch(region)
    if patch is None:
        return np.zeros((topology().vertex_count, 3), dtype=np.float32)
    places = mesh_places(expression.landmarks)[:, :2]
    places -= np.array([patch.left, patch.top], dtype=np.float32)
    places /= np.float32(patch.pixels)
    trust = facing(expression.landmarks) * _inside(places, patch)
    return np.concatenate([places, trust[:, None]], axis=1, dtype=np.float32)


def facing(points: npt.NDArray[np.floating]) -> Floats:
    """(n,) float32 in [0, 1]: how well each vertex of a face was to be seen.

    Args:
        points: (478, 3) landmarks in pixels, z away from the viewer.
    """
    skin = points[: landmarks.FACE_COUNT].astype(np.float64)
    a, b, c = (skin[corner] for corner in landmarks.triangles().T.astype(np.intp))
    normals = np.cross(b - a, c - a)
    summed = np.zeros_like(skin)
    for corner in landmarks.triangles().T.astype(np.intp):
        np.add.at(summed, corner, normals)
    length = np.linalg.norm(summed, axis=1)
    # Counter-clockwise seen from the front is clockwise where y points down.
    towards = np.zeros((landmarks.COUNT, 1), dtype=np.float32)
    towards[: landmarks.FACE_COUNT, 0] = -summed[:, 2] / np.maximum(length, 1e-9)
    return smooth_between(*FACING, mesh_places(towards)[:, 0]).astype(np.float32)


def _inside(places: Floats, patch: Patch) -> Floats:
    """(n,) 1 inside a patch's image, fading to 0 at its border."""
    size = np.array([patch.width, patch.height], dtype=np.float32)
    room = np.minimum(places, size - places).min(axis=1)
    return np.asarray(np.clip(room / PATCH_RIM, 0.0, 1.0), dtype=np.float32)
