"""The triangles of every portrait: a face with three openings, lids in rows, rings around it.

Vertices, in this order: the 468 landmarks of the skin; the rows of the right eye's lids, of 16,
from the rim outwards; the left eye's; the rings around the face, of 36, from the oval outwards.
Nothing here depends on the photo, so one topology serves all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Indices
from persona_core.face import landmarks
from persona_core.portrait.refinement import Refinement
from persona_core.portrait.rims import AROUND, LID_ROWS, LOOPS, opposite

RINGS: Final = 11
"""Rings around the oval. The last but one lies on the frame, the last beyond it."""
EYE_LOOP: Final = 16
LIDS_START: Final = landmarks.FACE_COUNT
RINGS_START: Final = LIDS_START + 2 * len(LID_ROWS) * EYE_LOOP
RING_LENGTH: Final = len(landmarks.OVAL)
COARSE_COUNT: Final = RINGS_START + RINGS * RING_LENGTH


@dataclass(frozen=True, eq=False)
class Topology:
    """Attributes:
    refinement: how the fine mesh comes from the coarse one.
    triangles: (m, 3) uint16 of the fine mesh, the openings filled.
    vertex_count: of the fine mesh.
    """

    refinement: Refinement
    triangles: npt.NDArray[np.uint16]
    vertex_count: int


@cache
def topology() -> Topology:
    """The one topology; made once, some 30 ms."""
    coarse = np.concatenate([_face(), *(_lids(eye) for eye in (0, 1)), _rings()])
    refinement = Refinement.of(coarse, COARSE_COUNT)
    fills = [_filling(loop, refinement) for loop in LOOPS]
    triangles = np.concatenate([refinement.triangles, *fills]).astype(np.uint16)
    return Topology(refinement, triangles, COARSE_COUNT + len(refinement.sources))


def lid_vertex(eye: int, row: int, place: Indices) -> Indices:
    """Coarse vertices of a lid row (0 is the nearest to the rim), by place in the loop."""
    return LIDS_START + (eye * len(LID_ROWS) + row) * EYE_LOOP + place


def _face() -> Indices:
    """The landmarks' triangles, without the openings and without the lids."""
    triangles = landmarks.triangles().astype(np.intp)
    kept = np.ones(len(triangles), dtype=bool)
    for loop in LOOPS:
        kept &= ~landmarks.filling(loop)
    for loop, around in zip(LOOPS, AROUND, strict=False):
        kept &= ~np.isin(triangles, np.concatenate([loop, around])).all(axis=1)
    return np.asarray(triangles[kept])


def _band(inner: Indices, outer: Indices) -> Indices:
    """Triangles between two closed loops of as many points, which face the viewer if the loops
    run counter-clockwise in a picture whose y points down."""
    inner_next, outer_next = np.roll(inner, -1), np.roll(outer, -1)
    return np.concatenate(
        [
            np.stack([inner, outer, outer_next], axis=1),
            np.stack([inner, outer_next, inner_next], axis=1),
        ]
    )


def _lids(eye: int) -> Indices:
    places = np.arange(EYE_LOOP)
    rows = [LOOPS[eye]]
    rows += [lid_vertex(eye, row, places) for row in range(len(LID_ROWS))]
    rows.append(AROUND[eye])
    bands = np.concatenate([_band(a, b) for a, b in pairwise(rows)])
    return bands if eye == 0 else bands[:, ::-1]  # the left eye's loop runs the other way


def _rings() -> Indices:
    rings = [landmarks.OVAL]
    rings += [RINGS_START + ring * RING_LENGTH + np.arange(RING_LENGTH) for ring in range(RINGS)]
    return np.concatenate([_band(a, b) for a, b in pairwise(rings)])[:, ::-1]


def _filling(loop: Indices, refinement: Refinement) -> Indices:
    """Triangles across an opening, between what lies opposite on its refined rim."""
    following = np.roll(loop, -1)
    middle = [
        refinement.midpoints[min(a, b), max(a, b)]
        for a, b in zip(loop.tolist(), following.tolist(), strict=True)
    ]
    rim = np.stack([loop, np.array(middle)], axis=1).ravel()
    across = rim[opposite(len(rim))]
    near = np.arange(len(rim) // 2)
    quads = np.stack([rim[near], rim[near + 1], across[near + 1], across[near]], axis=1)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    a, b, c = triangles.T
    proper: Indices = triangles[(a != b) & (b != c) & (c != a)]
    return proper
