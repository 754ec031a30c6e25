"""``PortraitMesh``: a photo as a mesh that blendshapes, a head and six rims can move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.portrait.moves import stacked
from persona_core.portrait.rims import AROUND, LID_ROWS, LOOPS, PINS, STARTS
from persona_core.portrait.surroundings import Surroundings
from persona_core.portrait.topology import (
    COARSE_COUNT,
    EYE_LOOP,
    RING_LENGTH,
    RINGS,
    RINGS_START,
    lid_vertex,
    topology,
)

PINS_PER_VERTEX: Final = 4
BREATH_CM: Final = 0.22
"""How far the shoulders rise with a breath."""


@dataclass(frozen=True, eq=False)
class PortraitMesh:
    """Static buffers; n vertices, all of them in the photo's own pose and expression.

    Attributes:
        points: (n, 4) float32: x, y, z in cm in the photo's face frame, and how much the vertex
            follows the head, in [0, 1].
        pixels: (n, 4) float32: where the vertex lies in the photo, x and y, and how much it is
            of the right and the left eye's upper lid, which unrolls when the eye closes.
        moves: (K, n, 4) float16: displacement in cm per unit of each weight, the fourth 0. The
            weights are those of :func:`~persona_core.portrait.moves.stacked`, then the
            breath.
        pins: (n, 4) uint8: the pins (:data:`~persona_core.portrait.rims.PINS`) that the
            vertex hangs on.
        pin_weights: (n, 4) float32: their shares; 0 where there is none.
        triangles: (m, 3) uint16.
    """

    points: Floats
    pixels: Floats
    moves: npt.NDArray[np.float16]
    pins: npt.NDArray[np.uint8]
    pin_weights: Floats
    triangles: npt.NDArray[np.uint16]

    @classmethod
    def of(
        cls,
        points_px: npt.NDArray[np.floating],
        placement: FacePlacement,
        size: tuple[int, int],
        matte: npt.NDArray[np.uint8] | None,
        basis: LandmarkBasis,
    ) -> PortraitMesh:
        """The mesh of a photo.

        Args:
            points_px: (478, 3) landmarks, pixels.
            placement: their placement.
            size: the photo's width and height.
            matte: (h, w), 255 where the person is, over the whole photo; None if unknown.
            basis: what blendshapes do.
        """
        around = Surroundings.of(points_px, placement, size, matte)
        face = placement.to_face(points_px)
        skin = slice(0, landmarks.FACE_COUNT)
        points = np.ones((COARSE_COUNT, 4), dtype=np.float32)
        pixels = np.zeros((COARSE_COUNT, 4), dtype=np.float32)
        points[skin, :3], pixels[skin, :2] = face[skin], points_px[skin, :2]
        points[RINGS_START:, :3], points[RINGS_START:, 3] = around.points, around.follow
        pixels[RINGS_START:, :2] = around.pixels

        every = stacked(basis).transpose(1, 0, 2)
        moves = np.zeros((COARSE_COUNT, every.shape[1] + 1, 3), dtype=np.float32)
        moves[skin, :-1] = every[skin]
        oval = every[landmarks.OVAL].reshape(RING_LENGTH, -1)
        rings = (around.skin.reshape(RINGS * RING_LENGTH, RING_LENGTH) @ oval).astype(np.float32)
        moves[RINGS_START:, :-1] = rings.reshape(len(rings), -1, 3)
        moves[RINGS_START:, -1, 1] = BREATH_CM * around.breath

        hung = np.zeros((COARSE_COUNT, len(PINS)), dtype=np.float32)
        hung[PINS, np.arange(len(PINS))] = 1.0
        _add_lids(points, pixels, moves, hung)

        refine = topology().refinement.refine
        fine_points = refine(points)
        fine_points[:, 3] = fine_points[:, 3].clip(0.0, 1.0)
        fine_pixels = refine(pixels)
        fine_pixels[:, 2:] = fine_pixels[:, 2:].clip(0.0, 1.0)
        fine_moves = np.zeros((moves.shape[1], topology().vertex_count, 4), dtype=np.float16)
        fine_moves[..., :3] = refine(moves).transpose(1, 0, 2)
        pins, pin_weights = _strongest(refine(hung))
        return cls(
            points=fine_points,
            pixels=fine_pixels,
            moves=fine_moves,
            pins=pins,
            pin_weights=pin_weights,
            triangles=topology().triangles,
        )


def _add_lids(points: Floats, pixels: Floats, moves: Floats, hung: Floats) -> None:
    """Fills the rows between the eyes' rims and the landmarks around them, in place."""
    places = np.arange(EYE_LOOP)
    for eye, around in enumerate(AROUND):
        rim = LOOPS[eye]
        upper = places > EYE_LOOP // 2
        for row, (outwards, share, unrolls) in enumerate(LID_ROWS):
            at = lid_vertex(eye, row, places)
            for values in (points, pixels):
                values[at] = (1.0 - outwards) * values[rim] + outwards * values[around]
            moves[at] = share * moves[rim] + (1.0 - share) * moves[around]
            pixels[at[upper], 2 + eye] = unrolls
            hung[at, STARTS[eye] + places] = share


def _strongest(hung: Floats) -> tuple[npt.NDArray[np.uint8], Floats]:
    """The four pins that each vertex hangs on most, and their shares."""
    order = np.argsort(-np.abs(hung), axis=1)[:, :PINS_PER_VERTEX]
    shares = np.take_along_axis(hung, order, axis=1)
    shares *= np.divide(
        hung.sum(axis=1, keepdims=True),
        shares.sum(axis=1, keepdims=True),
        out=np.ones((len(hung), 1), dtype=np.float32),
        where=np.abs(shares.sum(axis=1, keepdims=True)) > 1e-6,
    )
    return order.astype(np.uint8), shares.astype(np.float32)
