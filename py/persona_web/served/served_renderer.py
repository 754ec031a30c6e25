"""Puts a render server's part of a page together from the parts of the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from persona_core.call.ports import SocketListener
from persona_core.drawn.style import AvatarStyle
from persona_core.neural.picture_size import MAX_PICTURE_BYTES
from persona_core.neural.reprojection import VERTICES, mesh_triangles
from persona_core.portrait.portrait import Portrait
from persona_core.wire.render_server import RenderServer
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.canvas import DrawingCanvas, DrawingSheet
from persona_web.bridge.graphics.surface import Surface
from persona_web.bridge.late_part import add_catalogue
from persona_web.bridge.network.picture_decoder import PictureDecoders
from persona_web.bridge.network.socket import BrowserSocket
from persona_web.bridge.neural.neural_picture import NeuralPicture
from persona_web.served.render_host import RenderHost
from persona_web.served.served_portrait import ServedPortrait
from persona_web.view.renderer import CanvasRenderer, Renderer, SurfaceRenderer

if TYPE_CHECKING:
    from persona_core.call.invitation import Invitation
    from persona_web.bridge.page import Element
    from persona_web.bridge.site import Site
    from persona_web.view.graphics import Graphics


async def open_render_host(
    site: Site,
    graphics: Graphics,
    server: RenderServer,
    told_agreed: Callable[[bool], None],
    invitation: Callable[[], Invitation | None],
) -> RenderHost:
    """A page's host, as :class:`RenderHost` is told. Nothing is sent yet."""

    def open_socket(url: str, listener: SocketListener) -> BrowserSocket:
        return BrowserSocket(url, listener, MAX_PICTURE_BYTES)

    decoders, _ = await asyncio.gather(PictureDecoders.load(site), add_catalogue("render"))
    clock = BrowserClock()
    return RenderHost(graphics, server, open_socket, decoders, clock, told_agreed, invitation)


async def open_served_renderer(
    site: Site,
    drawing: Any,
    graphics: Graphics,
    host: RenderHost,
    canvas: Element,
    style: AvatarStyle,
    on_lost: Callable[[str], None],
) -> Renderer:
    """What shows a server's pictures, bent and through effects where there is a card;
    persons without a portrait as drawn characters.

    Args:
        drawing: ``view/js/canvas2d.js``.

    Raises:
        SurfaceError: WebGL refuses the canvas.
    """
    size = (host.server.side, host.server.side)
    surface = None
    if graphics.capabilities.has_card:
        surface = await Surface.open(site, canvas, "webgl2", on_lost)

    async def make(portrait: Portrait) -> ServedPortrait:
        if surface is None:
            screen = await NeuralPicture.on_canvas(site, canvas, size)
        else:
            triangles = mesh_triangles()
            screen = await NeuralPicture.on_surface(site, surface, size, VERTICES, triangles)
        served = ServedPortrait(
            host.open_line,
            portrait,
            screen,
            BrowserClock(),
            lambda: graphics.quality_step.draw_hz,
            host,
        )
        try:
            await served.begin()
        except BaseException:
            served.close()
            raise
        return served

    if surface is None:
        return CanvasRenderer(DrawingCanvas(drawing, canvas), style, make)
    return SurfaceRenderer(surface, DrawingSheet(drawing), style, make)
