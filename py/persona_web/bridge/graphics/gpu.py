"""What this machine can draw with, and when its page is held up or cannot be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import js
from pyodide.ffi import JsException

from persona_core.errors import SurfaceError
from persona_core.graphics.capabilities import Capabilities
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site


async def probe_capabilities(site: Site) -> Capabilities:
    """The machine's capabilities; probed once a page, however often they are asked for."""
    module = await site.load("bridge/graphics/gpu_probe.js")
    return Capabilities.from_probe((await module.probe()).to_py())


async def shared_device(site: Site) -> Any:
    """The page's ``GPUDevice``, as JavaScript has it; a new one after a loss.

    Raises:
        SurfaceError: there is none to be had.
    """
    module = await site.load("bridge/graphics/gpu_device.js")
    try:
        return await module.sharedDevice()
    except JsException as error:
        raise SurfaceError(f"webgpu: {error}") from None


class LongTasks:
    """Tells of each time the page's thread was blocked for more than 50 ms.

    Browsers without the Long Tasks API tell nothing.
    """

    def __init__(self, module: Any, listener: Callable[[float], object]) -> None:
        self._proxies = Proxies()
        watch = module.watchLongTasks
        self._stop = watch(self._proxies.keep(lambda task_ms: listener(float(task_ms))))

    @classmethod
    async def load(cls, site: Site, listener: Callable[[float], object]) -> Self:
        """
        Args:
            listener: called with how long the thread was blocked, in ms.
        """
        return cls(await site.load("bridge/graphics/long_tasks.js"), listener)

    def close(self) -> None:
        self._stop()
        self._proxies.close()


class Visibility:
    """Tells when the page is hidden and shown."""

    def __init__(self, listener: Callable[[bool], object]) -> None:
        """
        Args:
            listener: called with whether the page can be seen: now, and when that changes.
        """
        self._proxies = Proxies()
        self._heard = self._proxies.keep(lambda _event: listener(not js.document.hidden))
        listener(not js.document.hidden)
        js.document.addEventListener("visibilitychange", self._heard)

    def close(self) -> None:
        js.document.removeEventListener("visibilitychange", self._heard)
        self._proxies.close()
