"""The renderers that others are measured against; they run in plain numpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from skimage.filters import gaussian

from persona_models.evaluate.reenactment import DrivenMotion, MotionKind, Still
from persona_models.faces.mesh_warp import warp_picture
from persona_models.faces.tracks import Picture


class StillRenderer:
    """Shows the photo as it is: what any motion must beat."""

    name = "still source"
    kinds: tuple[MotionKind, ...] = (MotionKind.TRUE,)

    def render(self, still: Still, motions: Sequence[DrivenMotion]) -> list[Picture]:
        return [still.picture for _ in motions]


class MeshWarpRenderer:
    """The plain mesh warp."""

    name = "mesh warp"
    kinds: tuple[MotionKind, ...] = tuple(MotionKind)

    def render(self, still: Still, motions: Sequence[DrivenMotion]) -> list[Picture]:
        return [warp_picture(still.picture, still.landmarks, m.landmarks) for m in motions]


class BlurredWarpRenderer:
    """The mesh warp blurred: what PSNR alone would have us do."""

    name = "mesh warp, blurred"
    kinds: tuple[MotionKind, ...] = (MotionKind.TRUE,)
    sigma = 1.2  # pixels

    def render(self, still: Still, motions: Sequence[DrivenMotion]) -> list[Picture]:
        sharp = MeshWarpRenderer().render(still, motions)
        blurred = [gaussian(p, self.sigma, channel_axis=2, preserve_range=True) for p in sharp]
        return [np.rint(picture).astype(np.uint8) for picture in blurred]
