"""Whether a frame of a portrait would look different from the one that is shown."""

from __future__ import annotations

from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face.face_frame import FacePlacement
from persona_core.portrait import layout
from persona_core.portrait.mesh import PortraitMesh

UNSEEN_PX: Final = 0.25
"""Pixels of the photo: what moves nothing by more is not seen."""
UNSEEN_SHARE: Final = 0.01
"""The same of what is a share: of a picture in a mix, of an eye that closes."""
REACH_CM: Final = 12.0
"""How far from the face frame's middle a head has points."""


class FrameChange:
    """Remembers the uniforms (:mod:`~persona_core.portrait.layout`) of what is shown.

    Args:
        mesh: of the portrait.
        placement: of the face in its photo.
    """

    def __init__(self, mesh: PortraitMesh, placement: FacePlacement) -> None:
        farthest = np.abs(mesh.moves[..., :3].astype(np.float32)).max(axis=(1, 2))
        # What is left out follows from the rest.
        bounds = np.full((layout.VECTORS, 4), np.inf, np.float32)
        bounds[layout.HEAD : layout.EYES] = [*[UNSEEN_PX / REACH_CM] * 3, UNSEEN_PX]
        bounds[layout.IRISES : layout.MOUTH, :2] = UNSEEN_PX
        bounds[layout.IRISES : layout.MOUTH, 2] = UNSEEN_SHARE
        bounds[layout.SHARES : layout.GAZES] = UNSEEN_SHARE
        weights = bounds[layout.WEIGHTS : layout.FIXES].reshape(-1)
        weights[: len(farthest)] = UNSEEN_PX / np.maximum(placement.scale * farthest, 1e-6)
        bounds[layout.FIXES : layout.RIMS] = UNSEEN_PX / placement.scale
        bounds[layout.RIMS :] = UNSEEN_PX
        self._bounds = bounds.reshape(-1)
        self._shown: Floats | None = None

    def is_seen(self, values: Floats) -> bool:
        """Whether this frame is to be painted; it counts as shown then.

        Args:
            values: (640,) float32.
        """
        if self._shown is not None and not (np.abs(values - self._shown) > self._bounds).any():
            return False
        self._shown = values.copy()
        return True

    def forget(self) -> None:
        """What is shown is to be painted anew."""
        self._shown = None
