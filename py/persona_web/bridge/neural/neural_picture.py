"""A model's pictures where they are seen: on a surface, bent by a mesh, or on a plain canvas."""

from __future__ import annotations

from typing import Any, Final, Self

import js
import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_web.bridge.files.pixels import typed
from persona_web.bridge.graphics.surface import Surface
from persona_web.bridge.page import Element
from persona_web.bridge.site import Site

MODULES: Final = {"webgl2": "view/js/neural_webgl.js", "webgpu": "view/js/neural_webgpu.js"}
PLAIN: Final = "view/js/neural_canvas.js"


class NeuralPicture:
    """The newest picture of one face."""

    def __init__(self, painter: Any, surface: Surface | None, vertices: int) -> None:
        """Made by :meth:`on_surface` and :meth:`on_canvas`."""
        self._painter = painter
        self._surface = surface
        self._mesh = js.Float32Array.new(4 * vertices)
        self._closed = False

    @classmethod
    async def on_surface(
        cls,
        site: Site,
        surface: Surface,
        size: tuple[int, int],
        vertices: int,
        triangles: npt.NDArray[np.uint16],
    ) -> Self:
        """
        Args:
            size: of the pictures, height and width.
        """
        module = await site.load(MODULES[surface.api])
        indices = typed(js.Uint16Array, triangles)
        model = {"vertices": vertices, "triangles": indices} | _size(size)
        return cls(module.createPicture(surface.js, Site.to_object(model)), surface, vertices)

    @classmethod
    async def on_canvas(cls, site: Site, canvas: Element, size: tuple[int, int]) -> Self:
        """Without a GPU: pictures are shown as they come, and the mesh is not heeded."""
        module = await site.load(PLAIN)
        return cls(module.createPicture(canvas.node, Site.to_object(_size(size))), None, 0)

    @property
    def bends(self) -> bool:
        """Whether the mesh is heeded."""
        return self._surface is not None

    @property
    def memory_bytes(self) -> int:
        """Video memory beside the surface's and the model's."""
        return int(self._painter.memoryBytes())

    def take(self, picture: Any) -> None:
        """Takes what :meth:`~persona_web.neural.neural_model.NeuralFace.draw` gave over;
        a closed one lets it go."""
        if not self._closed:
            self._painter.take(picture)
        elif hasattr(picture, "close"):  # a bitmap; a tensor is the model's
            picture.close()

    def show(self, mesh: Floats | None) -> None:
        """Shows the newest picture.

        Args:
            mesh: four numbers a vertex, as of ``Reprojection.bend``.
        """
        if mesh is not None:
            self._mesh.assign(mesh)
        self._painter.draw(self._mesh)
        if self._surface is not None:
            self._surface.present()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._painter.close()


def _size(size: tuple[int, int]) -> dict[str, int]:
    height, width = size
    return {"width": width, "height": height}
