"""LivePortrait-Lite on a surface: the portrait, and over it the patches that nets have drawn."""

from __future__ import annotations

from typing import Any, Final, Self

import js
import numpy as np
import numpy.typing as npt

from persona_core.avatar.portrait.portrait import Portrait
from persona_core.avatar.portrait.rig import PortraitRig
from persona_core.neural.lite_layer import LiteLayer
from persona_web.bridge.portrait import PortraitScene, typed
from persona_web.bridge.site import Site
from persona_web.bridge.surface import Surface

Floats = npt.NDArray[np.float32]

MODULES: Final = {"webgl2": "render/lite_webgl.js", "webgpu": "render/lite_webgpu.js"}


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
