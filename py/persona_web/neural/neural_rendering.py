"""Puts neural portraits together from the parts of the browser; loaded with the first of them."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np

from persona_core.drawn.style import AvatarStyle
from persona_core.graphics.modes import Rung
from persona_core.neural.drivers import driver_of
from persona_core.neural.families.lite_driver import LiteDriver, LiteFaceDriver
from persona_core.neural.families.lite_layer import LiteLayer, strengths_of
from persona_core.neural.families.lite_patches import CROP_SIDE, STRENGTH, patch_sizes
from persona_core.neural.manifest.manifest import Family
from persona_core.neural.portrait_crop import Square
from persona_core.neural.reprojection import VERTICES, Reprojection
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.graphics.gpu import shared_device
from persona_web.bridge.graphics.sheet import DrawingSheet
from persona_web.bridge.graphics.surface import Surface
from persona_web.bridge.neural.lite_scene import LiteScene
from persona_web.bridge.neural.neural_picture import NeuralPicture, photo_pixels
from persona_web.bridge.page import Element
from persona_web.bridge.site import Site
from persona_web.neural.lite_face import LiteFace
from persona_web.neural.lite_portrait import LitePortrait
from persona_web.neural.neural_host import NeuralHost
from persona_web.neural.neural_model import NeuralModel
from persona_web.neural.neural_portrait import NeuralCanvasRenderer, NeuralPortrait
from persona_web.view.graphics import Graphics
from persona_web.view.renderer import Renderer, SurfaceRenderer
from persona_web.view.worn_portrait import MakePortrait

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
        drawing: ``view/js/canvas2d.js``.

    Raises:
        ModelError: the model cannot serve the rung.
        SurfaceError: the canvas's API refuses.
    """
    model = await host.model_for(rung)
    if rung is Rung.NEURAL_WASM and graphics.capabilities.lack_of(Rung.WEBGL) is not None:
        make: MakePortrait
        if model.manifest.family is Family.LITE:
            make = functools.partial(_make_plain_lite, site, graphics, model, canvas)
        else:
            open_plain = functools.partial(_plain, site, canvas)
            make = functools.partial(_make_portrait, site, graphics, model, open_plain)
        return NeuralCanvasRenderer(DrawingCanvas(drawing, canvas), style, make)
    if rung is Rung.NEURAL_WASM:
        surface = await Surface.open(site, canvas, "webgl2", on_lost)
    else:
        device = await shared_device(site)
        surface = await Surface.open(site, canvas, "webgpu", on_lost, device)
    if model.manifest.family is Family.LITE:
        make = functools.partial(_make_lite, site, graphics, model, surface)
    else:
        open_screen = functools.partial(_bent, site, surface)
        make = functools.partial(_make_portrait, site, graphics, model, open_screen)
    return SurfaceRenderer(surface, DrawingSheet(drawing), style, make)


async def _make_lite(
    site: Site, graphics: Graphics, model: NeuralModel, surface: Surface, portrait: Portrait
) -> LitePortrait:
    """
    Raises:
        PortraitError: the photo cannot be decoded.
        ModelError: the model fails.
    """
    manifest, rig = model.manifest, PortraitRig(portrait)
    driver = LiteDriver(portrait, rig, manifest.rig.crop)
    settled = driver.settle(await photo_pixels(site, portrait))
    layer = LiteLayer.of(portrait, manifest.rig.crop, patch_sizes(manifest))
    scene = await LiteScene.open_with(site, surface, portrait, rig, layer)
    lite = LitePortrait(
        LiteFace(model, settled),
        driver,
        rig,
        scene,
        graphics.monitor,
        BrowserClock(),
        lambda: graphics.quality_step.inference_hz,
    )
    async with _first_run(model, lite):
        await lite.begin()
    return lite


async def _make_plain_lite(
    site: Site, graphics: Graphics, model: NeuralModel, canvas: Element, portrait: Portrait
) -> NeuralPortrait:
    """Whole pictures from the worker, as coarse as the nets see.

    Raises:
        PortraitError: the photo cannot be decoded.
        ModelError: the model fails.
    """
    rig, crop = PortraitRig(portrait), model.manifest.rig.crop
    driver = LiteDriver(portrait, rig, crop)
    settled = driver.settle(await photo_pixels(site, portrait))
    settled[STRENGTH] = np.array(strengths_of(portrait), dtype=np.float32)
    screen = await NeuralPicture.on_canvas(site, canvas, (CROP_SIDE, CROP_SIDE))
    neural = NeuralPortrait(
        LiteFace(model, settled, whole=True),
        LiteFaceDriver(driver, rig),
        screen,
        Reprojection(portrait, Square.about(portrait.landmarks, crop)),
        graphics.monitor,
        BrowserClock(),
        lambda: graphics.quality_step.inference_hz,
    )
    async with _first_run(model, neural):
        await neural.begin()
    return neural


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
    async with _first_run(model, neural):
        await face.settle(driver.settle(await face.set_portrait(inputs, driver.wanted)))
        await neural.begin()
    return neural


@asynccontextmanager
async def _first_run(
    model: NeuralModel, avatar: LitePortrait | NeuralPortrait
) -> AsyncIterator[None]:
    """The model's turn, for an avatar that is closed where its first picture fails."""
    try:
        async with model.turn():
            yield
    except BaseException:
        avatar.close()
        raise
