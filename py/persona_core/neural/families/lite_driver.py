"""``LiteDriver``: the landmarks that a posed portrait has, for the nets that draw on it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.neural.families.lite_patches import CROP_SIDE, PHOTO, SOURCE, TARGET
from persona_core.neural.manifest.manifest import PhotoCrop
from persona_core.neural.portrait_crop import Square
from persona_core.portrait import layout
from persona_core.portrait.moves import stacked
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_core.portrait.rims import PINS
from persona_core.portrait.support import supported

Tensors = dict[str, Floats]


class LiteDriver:
    """What the nets are told of one portrait.

    Landmarks are in pixels of the crop that the nets see; a pixel's centre has whole numbers.

    Args:
        portrait: the photo.
        rig: that poses it.
        crop: how the model's portraits are cut.
        basis: the rig's.
    """

    def __init__(
        self,
        portrait: Portrait,
        rig: PortraitRig,
        crop: PhotoCrop,
        basis: LandmarkBasis | None = None,
    ) -> None:
        self._portrait = portrait
        self._square = Square.about(portrait.landmarks, crop)
        moves = stacked(basis or supported())
        self._moves = np.ascontiguousarray(moves.reshape(len(moves), -1))
        self._points = rig.placement.to_face(portrait.landmarks)

    def settle(self, pixels: npt.NDArray[np.uint8]) -> Tensors:
        """What the nets see of the photo.

        Args:
            pixels: (H, W, 3 or 4) sRGB, the whole photo.
        """
        return {
            PHOTO: self._square.cut(pixels, CROP_SIDE, CROP_SIDE),
            SOURCE: self._cropped(self._portrait.landmarks),
        }

    def landmarks(self, values: Floats) -> Floats:
        """(478, 3): where a frame's landmarks lie.

        Args:
            values: the uniforms of ``PortraitRig.pose``.
        """
        vectors = values.reshape(-1, 4)
        weights = vectors[layout.WEIGHTS : layout.FIXES].reshape(-1)[: len(self._moves)]
        bent = self._points + (weights @ self._moves).reshape(landmarks.COUNT, 3)
        bent[PINS] += vectors[layout.FIXES : layout.RIMS, :3]
        head = vectors[layout.HEAD : layout.HEAD + 3]
        return self._cropped(bent @ head[:, :3].T + head[:, 3])

    def parameters(self, values: Floats) -> Tensors:
        """A frame's inputs by tensor."""
        return {TARGET: self.landmarks(values)}

    def _cropped(self, points: npt.NDArray[np.floating]) -> Floats:
        cropped = np.empty((landmarks.COUNT, 3), dtype=np.float32)
        cropped[:, :2] = self._square.units(points) * CROP_SIDE - 0.5
        cropped[:, 2] = points[:, 2] * (CROP_SIDE / self._square.side)
        return cropped
