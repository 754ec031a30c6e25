"""Portraits on a surface: the buffers of a rig, handed to the painter of the surface's API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Self

import js
import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.errors import PortraitError
from persona_core.portrait.expressions.expression import Expression, Patch
from persona_core.portrait.file.image_header import image_type
from persona_core.portrait.painter_buffers import painter_buffers
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_web.bridge.files.pixels import pixels_of, typed
from persona_web.bridge.graphics.surface import Surface
from persona_web.bridge.site import Site

if TYPE_CHECKING:
    from persona_web.bridge.graphics.expression_patches import ExpressionPatches

DECODING: Final = "bridge/files/decoding.js"
MODULES: Final = {"webgl2": "view/js/portrait_webgl.js", "webgpu": "view/js/portrait_webgpu.js"}
EXPRESSION_MODULES: Final = {
    "webgl2": "view/js/expressions_webgl.js",
    "webgpu": "view/js/expressions_webgpu.js",
}


class PortraitScene:
    """A portrait as one surface paints it, until it is closed."""

    def __init__(self, site: Site, surface: Surface, painter: Any) -> None:
        """Made by :meth:`open`."""
        self._site = site
        self._surface = surface
        self._painter = painter
        self._values: Any = None
        self._layer: Any = None
        self._patches: ExpressionPatches | None = None
        self._closed = False

    @classmethod
    async def open(
        cls,
        site: Site,
        surface: Surface,
        portrait: Portrait,
        rig: PortraitRig,
        modules: Mapping[str, str] = MODULES,
        extra: Mapping[str, Any] | None = None,
    ) -> Self:
        """Decodes the photo and hands everything to the GPU.

        Args:
            modules: the painter by the surface's API.
            extra: what this painter wants beside the portrait's own buffers.

        Raises:
            PortraitError: the image cannot be decoded, or is not as large as it says.
        """
        module = await site.load(modules[surface.api])
        decoding = await site.load(DECODING)
        bitmap = await decoded(decoding, portrait)
        try:
            photo = pixels_of(decoding, bitmap)
            model = model_of(portrait, rig, photo) | dict(extra or {})
            painter = module.createPortrait(surface.js, Site.to_object(model | {"image": bitmap}))
        finally:
            bitmap.close()
        return cls(site, surface, painter)

    async def add(self, expression: Expression) -> Expression | None:
        """Takes one further picture of the portrait's person, the next in number.

        Patches that cannot be decoded, or are more than a set may have, are left out.

        Returns:
            What of it is drawn from now on; None for nothing, and then it has no number.
        """
        # Only now: who shows one photo has no need of it.
        from persona_web.bridge.graphics.expression_patches import ExpressionPatches, region_model

        module = await self._site.load(EXPRESSION_MODULES[self._surface.api])
        if self._patches is None:
            self._patches = ExpressionPatches(await self._site.load(DECODING))
        async with self._patches.decode(expression) as taken:
            if taken is None or self._closed:
                return None
            if self._layer is None:
                self._layer = self._painter.openExpressions(
                    module.createExpressions, region_model()
                )
            self._layer.add(taken.patches())
            self._patches.took(taken.expression)
            return taken.expression

    @property
    def memory_bytes(self) -> int:
        """Video memory that the portrait holds beside the surface's."""
        return int(self._painter.memoryBytes())

    def draw(self, values: Floats) -> None:
        """Shows one frame: the uniforms of ``PortraitRig.pose``."""
        self._painter.draw(self._uniforms(values))
        self._surface.present()

    def close(self) -> None:
        self._closed = True
        self._painter.close()

    def _uniforms(self, values: Floats) -> Any:
        if self._values is None:
            self._values = js.Float32Array.new(values.size)
        self._values.assign(values)
        return self._values


async def decoded(decoding: Any, picture: Portrait | Patch) -> Any:
    """A picture as a JavaScript ``ImageBitmap``, which is the caller's to close.

    Args:
        decoding: ``bridge/files/decoding.js``.

    Raises:
        PortraitError: it cannot be decoded, or is not as large as it says.
    """
    data = typed(js.Uint8Array, np.frombuffer(picture.image, np.uint8))
    try:
        bitmap = await decoding.decode(data, image_type(picture.image))
    except Exception as error:  # whatever the platform says of it
        raise PortraitError(f"the image: {error}") from None
    if (bitmap.width, bitmap.height) != (picture.width, picture.height):
        bitmap.close()
        raise PortraitError(f"an image of {bitmap.width} x {bitmap.height}")
    return bitmap


async def picture_pixels(site: Site, picture: Portrait | Patch) -> npt.NDArray[np.uint8]:
    """What is to be seen, (height, width, 4) sRGB.

    Raises:
        PortraitError: as :func:`decoded`.
    """
    decoding = await site.load(DECODING)
    bitmap = await decoded(decoding, picture)
    try:
        return pixels_of(decoding, bitmap)
    finally:
        bitmap.close()


def model_of(portrait: Portrait, rig: PortraitRig, photo: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """What ``createPortrait`` takes, without the image."""
    kinds = {"float32": js.Float32Array, "uint16": js.Uint16Array, "uint8": js.Uint8Array}
    return {
        name: typed(kinds[value.dtype.name], value) if isinstance(value, np.ndarray) else value
        for name, value in painter_buffers(portrait, rig, photo).items()
    }
