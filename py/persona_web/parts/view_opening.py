"""Puts a page's graphics and its avatars' stages together from the parts of the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from persona_core.base.ports import Storage
from persona_core.drawn.style import AvatarStyle
from persona_core.graphics.modes import GPUMode, Rung
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.canvas import CanvasPlace, DrawingCanvas, DrawingSheet
from persona_web.bridge.graphics.gpu import LongTasks, Visibility, probe_capabilities, shared_device
from persona_web.bridge.graphics.still_picture import StillPicture
from persona_web.bridge.graphics.surface import Surface
from persona_web.bridge.page import Element, Page
from persona_web.bridge.site import Site
from persona_web.view.avatar_view import AvatarView, OnLost
from persona_web.view.graphics import Graphics
from persona_web.view.graphics_choice import GraphicsChoice
from persona_web.view.renderer import CanvasRenderer, PortraitPainter, Renderer, SurfaceRenderer
from persona_web.view.still_renderer import StillRenderer

if TYPE_CHECKING:  # a page of drawn characters does without it
    from persona_core.portrait.portrait import Portrait
    from persona_web.neural.neural_access import NeuralAccess
    from persona_web.served.render_access import RenderAccess


async def open_graphics(
    site: Site, page: Page, storage: Storage | None = None, mode: GPUMode | None = None
) -> Graphics:
    """The graphics of a page, or of a part of a laboratory.

    Args:
        storage: keeps the person's choices; without one nothing is kept.
        mode: to begin with, in place of the one kept or named by the page's address.
    """
    choice = GraphicsChoice(storage, page.address, mode)
    graphics = Graphics(await probe_capabilities(site), choice, BrowserClock())
    clock, monitor = BrowserClock(), graphics.monitor
    tasks = await LongTasks.load(site, lambda task_ms: monitor.long_task(clock.now_ms(), task_ms))
    graphics.on_close(tasks.close)
    graphics.on_close(Visibility(graphics.set_visible).close)
    return graphics


MakeStage = Callable[[Element, AvatarStyle], AvatarView]
"""Puts an avatar at a place of the page, which is to be positioned and to have a size."""


async def open_stage(
    site: Site,
    graphics: Graphics,
    place: Element,
    style: AvatarStyle,
    neural: NeuralAccess | None = None,
    served: RenderAccess | None = None,
) -> AvatarView:
    """One avatar at a place of the page.

    Args:
        neural: gives the model of neural rungs.
        served: gives the render server.
    """
    return (await open_stages(site, graphics, neural, served))(place, style)


async def open_stages(
    site: Site,
    graphics: Graphics,
    neural: NeuralAccess | None = None,
    served: RenderAccess | None = None,
) -> MakeStage:
    """What makes avatars at once, for who cannot tell before when they come.

    Args:
        neural: gives the model of neural rungs.
        served: gives the render server.
    """
    drawing, still = await asyncio.gather(
        site.load("view/js/canvas2d.js"), site.load("view/js/still.js")
    )

    async def open_renderer(
        rung: Rung, canvas: Element, style: AvatarStyle, on_lost: OnLost
    ) -> Renderer:
        if rung is Rung.SERVER and served is not None:
            from persona_web.served.served_renderer import open_served_renderer

            server = await served.open()
            return await open_served_renderer(
                site, drawing, graphics, server, canvas, style, on_lost
            )
        if rung.is_neural and neural is not None:
            # Only now: a page without a model has no need of it.
            from persona_web.neural.families import open_neural_renderer

            host = await neural.open()
            return await open_neural_renderer(
                site, drawing, graphics, host, rung, canvas, style, on_lost
            )
        if rung is Rung.STILL:
            return open_stand_in(canvas, style)
        if rung is Rung.CANVAS:
            return _on_canvas(site, DrawingCanvas(drawing, canvas), graphics, style)
        surface = await _open_surface(site, rung, canvas, on_lost)
        return _on_surface(site, drawing, surface, style)

    def open_stand_in(canvas: Element, style: AvatarStyle) -> StillRenderer:
        sheet = DrawingCanvas(drawing, canvas)
        return StillRenderer(sheet, StillPicture(site, still, sheet), style)

    page, clock = Page(), BrowserClock()

    def make(place: Element, style: AvatarStyle) -> AvatarView:
        where = CanvasPlace(page, place)
        return AvatarView(graphics, where, open_renderer, open_stand_in, clock, style)

    return make


async def _open_surface(site: Site, rung: Rung, canvas: Element, on_lost: OnLost) -> Surface:
    if rung.api == "webgl2":
        return await Surface.open(site, canvas, "webgl2", on_lost)
    return await Surface.open(site, canvas, "webgpu", on_lost, await shared_device(site))


def _on_canvas(
    site: Site, canvas: DrawingCanvas, graphics: Graphics, style: AvatarStyle
) -> Renderer:
    async def make_portrait(portrait: Portrait) -> PortraitPainter:
        # Only now: who shows drawn characters only has no need of it.
        from persona_web.view.raster_avatar import RasterAvatar

        return await RasterAvatar.open(site, canvas, portrait, graphics)

    return CanvasRenderer(canvas, style, make_portrait)


def _on_surface(site: Site, drawing: Any, surface: Surface, style: AvatarStyle) -> Renderer:
    async def make_portrait(portrait: Portrait) -> PortraitPainter:
        # Only now: who shows drawn characters only has no need of it.
        from persona_web.view.portrait_avatar import PortraitAvatar

        return await PortraitAvatar.open(site, surface, portrait)

    return SurfaceRenderer(surface, DrawingSheet(drawing), style, make_portrait)
