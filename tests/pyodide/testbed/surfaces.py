"""A surface of its own in the page, and what it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import js
import numpy as np
import numpy.typing as npt

from persona_web.bridge.graphics.surface import Api, Surface
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from testbed.drawing import set_size
from testbed.hearing import Hearing
from testbed.markup import markup, pixels


class Losses(Hearing):
    """Hears of the loss of a surface, and does something from inside that call."""

    then: Callable[[], None] = staticmethod(lambda: None)

    def lost(self, reason: str) -> None:
        self.note("lost", reason)
        self.then()


@asynccontextmanager
async def surface_of(
    width: int, height: int, api: Api = "webgl2", taken_by: str = ""
) -> AsyncIterator[tuple[Surface, Any, Losses]]:
    """A surface of that size in CSS pixels, its canvas node, and who hears of its loss.

    Args:
        taken_by: a context that the canvas had before.
    """
    with markup("<canvas></canvas>") as node:
        page = Page()
        canvas = node.firstElementChild
        canvas.id = f"surface-{js.crypto.randomUUID()}"
        set_size(canvas, width, height)
        if taken_by:
            canvas.getContext(taken_by)
        losses = Losses()
        surface = await Surface.open(Site(), page.element(canvas.id), api, losses.lost)
        try:
            yield surface, canvas, losses
        finally:
            surface.close()


def painted(width: int, height: int, colour: str) -> Any:
    """A canvas full of a CSS colour, or with a ``linear`` gradient of many."""
    canvas = js.OffscreenCanvas.new(width, height)
    context = canvas.getContext("2d")
    fill: Any = colour
    if colour == "linear":
        fill = context.createLinearGradient(0, 0, width, height)
        for stop, name in enumerate(("#c00000", "#20c060", "#ffffff")):
            fill.addColorStop(stop / 2, name)
    context.fillStyle = fill
    context.fillRect(0, 0, width, height)
    return canvas


def seen(canvas: Any) -> npt.NDArray[np.int16]:
    """(height, width, 4) RGBA of what was presented in this very task."""
    copy = js.OffscreenCanvas.new(canvas.width, canvas.height)
    copy.getContext("2d").drawImage(canvas, 0, 0)
    return pixels(copy)
