"""Puts neural portraits together from the parts of the browser; loaded with the first of them."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from persona_core.avatar.portrait.portrait import Portrait
from persona_core.avatar.style import AvatarStyle
from persona_core.gpu.modes import Rung
from persona_core.neural.drivers import driver_of
from persona_core.neural.portrait_crop import Square
from persona_core.neural.reprojection import VERTICES, Reprojection
from persona_web.bridge.canvas import DrawingCanvas
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.gpu import shared_device
from persona_web.bridge.neural_picture import NeuralPicture, photo_pixels
from persona_web.bridge.page import Element
from persona_web.bridge.sheet import DrawingSheet
from persona_web.bridge.site import Site
from persona_web.bridge.surface import Surface
from persona_web.graphics import Graphics
from persona_web.neural_host import NeuralHost
from persona_web.neural_model import NeuralModel
from persona_web.render.neural import NeuralCanvasRenderer, NeuralPortrait
from persona_web.render.renderer import Renderer, SurfaceRenderer

OnLost = Callable[[str], None]
OpenScreen = Callable[[NeuralModel, Reprojection], Awaitable[NeuralPicture]]


async def open_neural_renderer(
    site: Site,
    drawing: Any,
    graphics: Graphics,
    host: NeuralHost,
    rung: Rung,
    canvas: Element,
    style: AvatarStyle,
    on_lost: OnLost,
) -> Renderer:
    """What draws on a neural rung; persons without a portrait as drawn characters.

    Args:
        drawing: ``render/canvas2d.js``.

    Raises:
        ModelError: the model cannot serve the rung.
        SurfaceError: the canvas's API refuses.
    """
    model = await host.model_for(rung)
    if rung is Rung.NEURAL_WASM and graphics.capabilities.lack_of(Rung.WEBGL) is not None:
        open_plain = functools.partial(_plain, site, canvas)
        make = functools.partial(_make_portrait, site, graphics, model, open_plain)
        return NeuralCanvasRenderer(DrawingCanvas(drawing, canvas), style, make)
    if rung is Rung.NEURAL_WASM:
        surface = await Surface.open(site, canvas, "webgl2", on_lost)
    else:
        device = await shared_device(site)
        surface = await Surface.open(site, canvas, "webgpu", on_lost, device)
    open_screen = functools.partial(_bent, site, surface)
    make = functools.partial(_make_portrait, site, graphics, model, open_screen)
    return SurfaceRenderer(surface, DrawingSheet(drawing), style, make)


async def _plain(
    site: Site, canvas: Element, model: NeuralModel, _mesh: Reprojection
) -> NeuralPicture:
    return await NeuralPicture.on_canvas(site, canvas, model.picture_size)


async def _bent(
    site: Site, surface: Surface, model: NeuralModel, mesh: Reprojection
) -> NeuralPicture:
    size = model.picture_size
    return await NeuralPicture.on_surface(site, surface, size, VERTICES, mesh.triangles)


async def _make_portrait(
    site: Site, graphics: Graphics, model: NeuralModel, open_screen: OpenScreen, portrait: Portrait
) -> NeuralPortrait:
    """
    Raises:
        PortraitError: the photo cannot be decoded.
        ModelError: the model fails.
    """
    manifest, driver = model.manifest, driver_of(model.manifest)
    square = Square.about(portrait.landmarks, manifest.rig.crop)
    inputs = {}
    if manifest.interface.portrait is not None:
        tensor = manifest.tensor(manifest.interface.portrait)
        pixels = await photo_pixels(site, portrait)
        inputs[tensor.name] = square.cut(pixels, *tensor.shape[-2:])
    face, mesh = model.face(), Reprojection(portrait, square)
    screen = await open_screen(model, mesh)
    neural = NeuralPortrait(
        face,
        driver,
        screen,
        mesh,
        graphics.monitor,
        BrowserClock(),
        lambda: graphics.quality_step.inference_hz,
    )
    try:
        async with model.turn():
            await face.settle(driver.settle(await face.set_portrait(inputs, driver.wanted)))
            await neural.begin()
    except BaseException:
        neural.close()
        raise
    return neural
