"""A canvas of its own in the page, to draw on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import js
from pyodide.ffi import create_proxy

from persona_core.drawn.characters import Character
from persona_core.graphics.effects import EffectSettings
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.view.avatar import DrawnAvatar
from testbed.hearing import Hearing
from testbed.markup import markup


class RasterGraphics:
    """The page's graphics, as far as pictures that a CPU paints know them.

    Args:
        side: of the pictures, at most.
        painted: hears how long each took, 0 where none was needed.
    """

    def __init__(
        self, side: int = 64, painted: Callable[[float], object] = lambda _ms: None
    ) -> None:
        self.quality_step = SimpleNamespace(raster_side=side)
        self.effects = EffectSettings()
        self.painted = painted

    def kept(self) -> None:
        self.painted(0.0)


def set_size(canvas: Any, width: int, height: int) -> None:
    canvas.style.width, canvas.style.height = f"{width}px", f"{height}px"


@asynccontextmanager
async def easel(width: int = 200, height: int = 260) -> AsyncIterator[tuple[Any, DrawingCanvas]]:
    """A canvas node of that size in CSS pixels, and the drawing on it."""
    module = await Site().load("view/js/canvas2d.js")
    with markup("<canvas></canvas>") as node:
        page = Page()
        node.firstElementChild.id = name = f"easel-{js.crypto.randomUUID()}"
        canvas = page.element(name).node
        set_size(canvas, width, height)
        drawing = DrawingCanvas(module, page.element(name))
        try:
            yield canvas, drawing
        finally:
            drawing.close()


def avatar_on(drawing: DrawingCanvas, character: Character) -> DrawnAvatar:
    return DrawnAvatar(drawing, character.style)


async def resize(canvas: Any, width: int, height: int) -> None:
    """Changes the canvas' size and waits until whoever observes it has heard."""
    hearing = Hearing()
    proxy = create_proxy(lambda *_: hearing.note("resized"))
    set_size(canvas, width, height)
    # Observers hear in the order in which they were made.
    observer = js.ResizeObserver.new(proxy)
    observer.observe(canvas)
    await hearing.hear("resized")
    observer.disconnect()
    proxy.destroy()
