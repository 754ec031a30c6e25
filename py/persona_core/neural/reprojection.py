"""Late reprojection: the last neural picture, bent to the newest face until the next one is here.

A mesh of the face's landmarks lies over the picture. Its vertices are where the face was when the
picture was computed, and are drawn where the face is now; between the face and the square's
border the picture stretches.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.face.params import FaceParams
from persona_core.neural.portrait_crop import Square
from persona_core.portrait.placing import placed
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.support import supported

RIM: Final = 1.6
"""How far from the face's middle the fixed rim lies, in sides: outside of any picture."""
VERTICES: Final = landmarks.COUNT + len(landmarks.OVAL)


class Reprojection:
    """One portrait's mesh, in units of its square: x right, y down, 0..1 inside.

    Attributes:
        triangles: (T, 3) uint16; those of the surroundings first, so that the face lies over
            them where it turns.
    """

    def __init__(self, portrait: Portrait, square: Square) -> None:
        self._basis = supported()
        self._placement = FacePlacement.fit(portrait.landmarks)
        points = self._placement.to_face(portrait.landmarks)
        self._neutral = self._basis.neutral(points, portrait.blendshapes, self._placement.rotation)
        self._square = square
        oval = square.units(portrait.landmarks)[landmarks.OVAL]
        middle = oval.mean(axis=0)
        rays = oval - middle
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        self._rim: Floats = (middle + RIM * rays).astype(np.float32)
        self.triangles = mesh_triangles()
        self._values = np.empty((VERTICES, 4), dtype=np.float32)
        self._taken: tuple[FaceParams, Floats] | None = None

    def points(self, face: FaceParams) -> Floats:
        """(VERTICES, 2): where the mesh lies for a face."""
        placement = placed(self._placement, face)
        shapes = np.clip(face.blendshapes, 0.0, 1.0)
        moved = self._neutral + self._basis.displacement(shapes, placement.rotation)
        return np.concatenate([self._square.units(placement.to_image(moved)), self._rim])

    def bend(self, taken: FaceParams, now: FaceParams) -> Floats:
        """(VERTICES, 4): where each vertex is drawn, and where it lies in the picture.

        Args:
            taken: what the picture was computed from.
            now: the newest face.

        Returns:
            the same array with every call.
        """
        if self._taken is None or self._taken[0] is not taken:
            self._taken = (taken, self.points(taken))
        source = self._taken[1]
        self._values[:, 2:] = source
        self._values[:, :2] = source if now is taken else self.points(now)
        return self._values


def mesh_triangles() -> npt.NDArray[np.uint16]:
    """:attr:`Reprojection.triangles`, the same for all portraits."""
    inner = np.array(landmarks.OVAL)
    outer = landmarks.COUNT + np.arange(len(inner))
    after, out = np.roll(inner, -1), np.roll(outer, -1)
    ring = np.concatenate(
        [np.stack([inner, outer, after], axis=1), np.stack([after, outer, out], axis=1)]
    )
    triangles: npt.NDArray[np.uint16] = np.concatenate([ring, landmarks.triangles()]).astype(
        np.uint16
    )
    return triangles
