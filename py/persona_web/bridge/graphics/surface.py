"""Canvases on which a scene is shown through effects, by WebGL2 or WebGPU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Self

import js

from persona_core.errors import SurfaceError
from persona_core.graphics.effects import EffectSettings
from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site

Api = Literal["webgl2", "webgpu"]

MODULES: dict[Api, str] = {
    "webgl2": "view/js/surface_webgl.js",
    "webgpu": "view/js/surface_webgpu.js",
}


class Surface:
    """One canvas that follows its element's size. What is painted or uploaded is its scene.

    The canvas takes a new size only with the next scene, so it is never seen empty. A surface
    that is lost or closed bears every call and does nothing.
    """

    def __init__(self, js_surface: Any, proxies: Proxies) -> None:
        self.js = js_surface
        """The JavaScript surface, for painters: ``gl`` or ``device``, ``beginScene`` ..."""
        self._canvas = js_surface.canvas
        self._proxies = proxies
        self._scale = 1.0
        self._closed = False
        self._observer = js.ResizeObserver.new(proxies.keep(lambda *_: self._fit()))
        self._observer.observe(self._canvas)
        self._fit()

    @classmethod
    async def open(
        cls,
        site: Site,
        canvas: Element,
        api: Api,
        on_lost: Callable[[str], None],
        device: Any = None,
    ) -> Self:
        """Gives a canvas that never had another context to a graphics API.

        Args:
            on_lost: hears once, with a reason for logs, that the API took everything back.
            device: a ``GPUDevice`` to share with others (WebGPU); without one the surface asks
                for its own.

        Raises:
            SurfaceError: the API is not there, or refuses this canvas.
        """
        proxies = Proxies()
        lost = proxies.keep(lambda reason: on_lost(str(reason)))
        try:
            module = await site.load(MODULES[api])
            if api == "webgpu":
                js_surface = await module.openSurface(canvas.node, lost, device)
            else:
                js_surface = module.openSurface(canvas.node, lost)
        except Exception as error:  # whatever the platform says of it
            proxies.close()
            raise SurfaceError(f"{api}: {error}") from None
        return cls(js_surface, proxies)

    @property
    def api(self) -> Api:
        return "webgpu" if self.js.api == "webgpu" else "webgl2"

    @property
    def width(self) -> int:
        """Width of the next scene, in pixels."""
        return int(self.js.width)

    @property
    def height(self) -> int:
        """Height of the next scene, in pixels."""
        return int(self.js.height)

    @property
    def memory_bytes(self) -> int:
        """Video memory that the surface holds now, without the canvas's own and painters'."""
        return int(self.js.memoryBytes())

    @property
    def scale(self) -> float:
        """Pixels of the scene per pixel of the screen; lower is cheaper."""
        return self._scale

    @scale.setter
    def scale(self, scale: float) -> None:
        if scale != self._scale:
            self._scale = scale
            self._fit()

    def set_effects(self, effects: EffectSettings) -> None:
        """Shows the scene so from now on."""
        self.js.setEffects(Site.to_object(effects.to_dict()))

    def upload(self, picture: Any) -> None:
        """Makes a JavaScript canvas or ``ImageBitmap`` the scene, stretched to its size."""
        self.js.upload(picture)

    def present(self) -> None:
        """Shows the scene through the effects."""
        self.js.present()

    def lose(self) -> None:
        """Loses the context or the device, as if the platform had taken it."""
        self.js.lose()

    def _fit(self) -> None:
        width, height = self._canvas.clientWidth, self._canvas.clientHeight
        if width and height:
            self.js.resize(width, height, js.devicePixelRatio * self._scale)

    def close(self) -> None:
        """Gives everything back; the canvas is empty then and cannot be used again."""
        if self._closed:
            return
        self._closed = True
        self._observer.disconnect()
        self.js.close()
        self._proxies.close()
