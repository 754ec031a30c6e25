"""``PatchFrame``: the small square about a mouth or an eye that a patch net draws."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement


class PatchPart(Enum):
    """What a patch shows; the left eye is mirrored, so that one net serves both."""

    MOUTH = "mouth"
    EYE_RIGHT = "right eye"
    EYE_LEFT = "left eye"


MOUTH_CM = 8.2
EYE_CM = 5.6
"""Sides of the patches on the face."""
VARIANTS = {"full": {"mouth": 96, "eye": 64}, "fast": {"mouth": 64, "eye": 48}}
"""Sides of the patches, pixels, that the nets of each variant are trained for."""
FEATHER = 7
"""Pixels of a patch over which what is drawn there fades into the picture, from its border."""
_EYE_HEIGHT = 0.54
"""Where an eye's corners lie in its patch, from the top: brows need no room, lids do."""

_IRIS_LEFT_MIRRORED = landmarks.IRIS_LEFT[[0, 3, 2, 1, 4]]
_CORNERS = {
    PatchPart.MOUTH: (61, 291),
    PatchPart.EYE_RIGHT: (33, 133),
    PatchPart.EYE_LEFT: (362, 263),
}
INNER = {
    PatchPart.MOUTH: landmarks.LIPS_INNER,
    PatchPart.EYE_RIGHT: landmarks.EYE_RIGHT,
    PatchPart.EYE_LEFT: landmarks.EYE_LEFT,
}
"""The loop inside which the net matters most: the mouth's opening, the lids' rim."""
DESCRIBED = {
    PatchPart.MOUTH: np.concatenate([landmarks.LIPS_INNER, landmarks.LIPS_OUTER]),
    PatchPart.EYE_RIGHT: np.concatenate([landmarks.EYE_RIGHT, landmarks.IRIS_RIGHT]),
    PatchPart.EYE_LEFT: np.concatenate([landmarks.EYE_LEFT, _IRIS_LEFT_MIRRORED]),
}
"""The landmarks that the net is told of: (40,) for a mouth, (21,) for an eye."""


@dataclass(frozen=True, slots=True, eq=False)
class PatchFrame:
    """The map from a picture to a patch.

    Attributes:
        matrix: (2, 3) float64: pixels of the picture to pixels of the patch.
        size: side of the patch, pixels.
    """

    matrix: npt.NDArray[np.float64]
    size: int

    @classmethod
    def of(cls, part: PatchPart, points: Floats, size: int) -> PatchFrame:
        """The patch of one part of a face.

        Args:
            part: of the face.
            points: (478, 3) landmarks in pixels.
            size: of the patch.
        """
        mouth = part is PatchPart.MOUTH
        side = (MOUTH_CM if mouth else EYE_CM) * FacePlacement.fit(points).scale
        start, end = points[list(_CORNERS[part]), :2].astype(np.float64)
        loop = landmarks.LIPS_OUTER if mouth else np.array(_CORNERS[part])
        centre = points[loop, :2].mean(axis=0)
        along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
        turn = np.array([along, (-along[1], along[0])]) * (size / side)
        if part is PatchPart.EYE_LEFT:
            turn[0] *= -1.0
        middle = np.array([0.5, 0.5 if mouth else _EYE_HEIGHT]) * size - 0.5
        return cls(np.column_stack([turn, middle - turn @ centre]), size)

    def to_patch(self, points: npt.NDArray[np.floating]) -> Floats:
        """Points (..., 2 or more) of the picture in the patch: (..., 2) float32."""
        return np.asarray(
            points[..., :2] @ self.matrix[:, :2].T + self.matrix[:, 2], dtype=np.float32
        )

    def places(self) -> Floats:
        """(size, size, 2) float32: where each pixel of the patch lies in the picture."""
        inverse = np.linalg.inv(self.matrix[:, :2])
        column, row = np.meshgrid(np.arange(self.size), np.arange(self.size))
        spots = np.stack([column, row], axis=-1) - self.matrix[:, 2]
        return np.asarray(spots @ inverse.T, dtype=np.float32)
