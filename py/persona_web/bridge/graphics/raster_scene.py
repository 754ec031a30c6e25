"""Portraits that a worker paints by the CPU, on a plain canvas."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Self

import js

from persona_core.base.arrays import Floats
from persona_core.errors import SurfaceError
from persona_core.portrait.expressions.expression import Expression
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_web.bridge.files.pixels import pixels_of, typed
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.graphics.portrait_scene import DECODING, decoded, model_of
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site

if TYPE_CHECKING:
    from persona_web.bridge.graphics.expression_patches import ExpressionPatches

MODULE: Final = "view/js/portrait_canvas.js"
WORKER: Final = "view/js/cpu/raster.worker.js"


class RasterScene:
    """A portrait as the CPU paints it on one canvas, until it is closed.

    A frame is asked for with :meth:`request` and comes later; nothing is asked for meanwhile.
    """

    def __init__(self, site: Site, canvas: DrawingCanvas, painter: Any, proxies: Proxies) -> None:
        """Made by :meth:`open`."""
        self._site = site
        self._canvas = canvas
        self._painter = painter
        self._proxies = proxies
        self._shown = False
        self._values: Any = None
        self._patches: ExpressionPatches | None = None
        self._knows_regions = False
        self._closed = False

    @classmethod
    async def open(
        cls,
        site: Site,
        canvas: DrawingCanvas,
        portrait: Portrait,
        rig: PortraitRig,
        on_picture: Callable[[float], object],
        *,
        cutout: bool = False,
    ) -> Self:
        """Decodes the photo and hands everything to the worker.

        Args:
            canvas: is left as it is until the portrait is shown.
            on_picture: hears of each picture, and how long painting it took, in ms.
            cutout: leaves what is behind the person transparent.

        Raises:
            PortraitError: the image cannot be decoded, or is not as large as it says.
            SurfaceError: there can be no worker.
        """
        module, decoding = await site.load(MODULE), await site.load(DECODING)
        bitmap = await decoded(decoding, portrait)
        try:
            photo = pixels_of(decoding, bitmap)
        finally:
            bitmap.close()
        model = model_of(portrait, rig, photo) | {
            "photo": typed(js.Uint8Array, photo),
            "cutout": cutout,
        }
        proxies = Proxies()
        heard = proxies.keep(lambda ms: on_picture(float(ms)))
        try:
            painter = module.createPortrait(
                canvas.picture, Site.to_object(model), site.web_address(WORKER), heard
            )
        except Exception as error:  # whatever the platform says of it
            proxies.close()
            raise SurfaceError(f"raster: {error}") from None
        return cls(site, canvas, painter, proxies)

    async def add(self, expression: Expression) -> Expression | None:
        """Takes one further picture of the portrait's person, the next in number; frames are
        painted meanwhile.

        Patches that cannot be decoded, or are more than a set may have, are left out.

        Returns:
            What of it is drawn from now on; None for nothing, and then it has no number.
        """
        # Only now: who shows one photo has no need of it.
        from persona_web.bridge.graphics.expression_patches import ExpressionPatches, region_model

        decoding = await self._site.load(DECODING)
        if self._patches is None:
            self._patches = ExpressionPatches(decoding)

        def pixels(bitmap: Any) -> Any:
            data = decoding.readPixels(bitmap)
            return Site.to_object({"width": bitmap.width, "height": bitmap.height, "data": data})

        async with self._patches.decode(expression) as taken:
            if taken is None or self._closed:
                return None
            regions = None if self._knows_regions else region_model()
            if not await self._painter.join(regions, taken.patches(pixels)):
                return None
            self._knows_regions = True
            self._patches.took(taken.expression)
            return taken.expression

    @property
    def is_free(self) -> bool:
        """Whether a frame can be asked for."""
        return bool(self._painter.isFree())

    @property
    def fault(self) -> str:
        """Why no more frames will come; empty while they do."""
        return str(self._painter.fault())

    def size(self, side: int) -> tuple[int, int]:
        """Width and height of a frame, in pixels.

        Args:
            side: of a square of as many pixels as it shall have at most.
        """
        return raster_size(*self._canvas.size, side)

    def request(self, values: Floats, width: int, height: int) -> None:
        """Asks for a frame: the uniforms of ``PortraitRig.pose``, and its size in pixels."""
        if self._values is None:
            self._values = js.Float32Array.new(values.size)
        self._values.assign(values)
        self._painter.request(self._values, width, height)

    async def done(self) -> None:
        """Waits for the frame that was asked for, or until it has failed."""
        await self._painter.done()

    def show(self) -> None:
        """Shows the newest picture now, and each later one as it comes."""
        if not self._shown:
            self._shown = True
            self._canvas.lend()
        self._painter.show()

    def close(self) -> None:
        """The canvas is its owner's again."""
        self._closed = True
        self._painter.close()
        self._proxies.close()
        if self._shown:
            self._canvas.take_back()


def raster_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Pixels to paint for a canvas of ``width`` x ``height`` pixels of the screen: as many as a
    square of this side has, and no more than the canvas has."""
    scale = min(1.0, side / math.sqrt(max(width * height, 1)))
    return max(round(width * scale), 1), max(round(height * scale), 1)
