"""LivePortrait-Lite on a surface: the portrait, and over it the patches that nets have drawn."""

from __future__ import annotations

from typing import Any, Final, Self

import js
import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.errors import PortraitError
from persona_core.neural.families.lite_layer import LiteLayer
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_web.bridge.files.pixels import typed
from persona_web.bridge.graphics.portrait_scene import PortraitScene, picture_pixels
from persona_web.bridge.graphics.surface import Surface
from persona_web.bridge.site import Site

MODULES: Final = {"webgl2": "view/js/lite/lite_webgl.js", "webgpu": "view/js/lite/lite_webgpu.js"}


class LiteScene(PortraitScene):
    """A portrait with patches as one surface paints it, until it is closed."""

    @classmethod
    async def open_with(
        cls, site: Site, surface: Surface, portrait: Portrait, rig: PortraitRig, layer: LiteLayer
    ) -> Self:
        """
        Raises:
            PortraitError: the image cannot be decoded, or is not as large as it says.
        """
        patches = Site.to_object(
            {
                "sizes": list(layer.sizes),
                "strengths": list(layer.strengths),
                "feather": layer.feather_px,
                "level": layer.level,
                "kept": typed(js.Float32Array, layer.kept),
                "triangles": [typed(js.Uint16Array, each) for each in layer.triangles],
            }
        )
        return await cls.open(site, surface, portrait, rig, MODULES, {"patches": patches})

    async def mouth_pixels(self, expression: Expression) -> npt.NDArray[np.uint8] | None:
        """(height, width, 4) sRGB of what an expression shows of the mouth; None where it has no
        such patch, or none that can be decoded."""
        patch = expression.patch(Region.MOUTH)
        try:
            return None if patch is None else await picture_pixels(self._site, patch)
        except PortraitError:
            return None

    def take(self, changes: Any) -> None:
        """Takes what the nets gave: of the family's ``CHANGES`` and ``PLACES`` by tensor, arrays
        or, on WebGPU, tensors."""
        self._painter.take(changes)

    def show(self, values: Floats, share: float) -> None:
        """Shows one frame.

        Args:
            values: the uniforms of ``PortraitRig.pose``.
            share: how much of the patches is seen, 0 to 1.
        """
        self._painter.draw(self._uniforms(values), share)
        self._surface.present()
