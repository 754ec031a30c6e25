"""The families of models: what runs beside their graphs, and how their portraits are shown.

:data:`FAMILIES` is the one place that tells them apart. Loaded with the first model.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from persona_core.drawn.style import AvatarStyle
from persona_core.graphics.modes import Rung
from persona_core.neural.families.lite_driver import LiteDriver
from persona_core.neural.families.lite_layer import LiteLayer, strengths_of
from persona_core.neural.families.lite_patches import (
    CHANGES,
    CROP_SIDE,
    PICTURE,
    PICTURE_STEP,
    PLACES,
    STEP,
    STRENGTH,
    patch_sizes,
    topology,
)
from persona_core.neural.families.liveportrait_driver import KeypointDriver
from persona_core.neural.families.liveportrait_motion import HEADS
from persona_core.neural.manifest.manifest import Family, Manifest
from persona_core.neural.portrait_crop import Square
from persona_core.neural.reprojection import VERTICES, Reprojection
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.canvas import DrawingCanvas, DrawingSheet
from persona_web.bridge.graphics.gpu import shared_device
from persona_web.bridge.graphics.portrait_scene import picture_pixels
from persona_web.bridge.graphics.surface import Surface
from persona_web.bridge.neural.lite_scene import LiteScene
from persona_web.bridge.neural.neural_picture import NeuralPicture
from persona_web.neural.neural_portrait import (
    BentPicture,
    Drawing,
    NeuralPortrait,
    PatchedPhoto,
)
from persona_web.view.renderer import CanvasRenderer, Renderer, SurfaceRenderer

if TYPE_CHECKING:
    from persona_web.bridge.page import Element
    from persona_web.bridge.site import Site
    from persona_web.neural.neural_host import NeuralHost
    from persona_web.neural.neural_model import NeuralFace, NeuralModel
    from persona_web.view.graphics import Graphics


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of a script that run with a model's graphs.

    Attributes:
        script: of this package; see ``Inference.add_steps``.
        options: plain data that it is told.
    """

    script: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PortraitPlace:
    """Where portraits of a model are to be seen.

    Attributes:
        surface: what the canvas was given to; None for a canvas without a GPU.
    """

    site: Site
    model: NeuralModel
    canvas: Element
    surface: Surface | None

    async def screen(self, size: tuple[int, int], mesh: Reprojection) -> NeuralPicture:
        """For pictures of this height and width, bent by the mesh where there is a GPU."""
        if self.surface is None:
            return await NeuralPicture.on_canvas(self.site, self.canvas, size)
        return await NeuralPicture.on_surface(
            self.site, self.surface, size, VERTICES, mesh.triangles
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """A portrait that is yet to have the model's turn.

    Attributes:
        settle: computes what is computed once a portrait.
    """

    face: NeuralFace
    drawing: Drawing[Any]
    settle: Callable[[], Awaitable[None]]


class ModelFamily(Protocol):
    """What is special about a family of models."""

    def steps(self, manifest: Manifest) -> Steps | None:
        """What runs beside a model's graphs; None for nothing."""
        ...

    async def prepare(self, place: PortraitPlace, portrait: Portrait) -> Prepared:
        """
        Raises:
            PortraitError: the photo cannot be decoded.
        """
        ...


class LivePortraitFamily:
    """Features once a portrait, a picture a frame by the keypoints of a face."""

    def steps(self, manifest: Manifest) -> Steps | None:
        return None

    async def prepare(self, place: PortraitPlace, portrait: Portrait) -> Prepared:
        model, manifest = place.model, place.model.manifest
        square = Square.about(portrait.landmarks, manifest.rig.crop)
        inputs = {}
        if manifest.interface.portrait is not None:
            tensor = manifest.tensor(manifest.interface.portrait)
            pixels = await picture_pixels(place.site, portrait)
            inputs[tensor.name] = square.cut(pixels, *tensor.shape[-2:])
        face, driver, mesh = model.face(), KeypointDriver(), Reprojection(portrait, square)

        async def settle() -> None:
            await face.settle(driver.settle(await face.set_portrait(inputs, HEADS)))

        screen = await place.screen(model.picture_size, mesh)
        return Prepared(face, BentPicture(driver.parameters, screen, mesh), settle)


class LiteFamily:
    """LivePortrait-Lite: nets change a bent photo at mouth and eyes.

    The script that computes what the nets see runs where they do: only landmarks go there, and
    only small patches come back; without a GPU whole pictures, as coarse as the nets see.
    """

    def steps(self, manifest: Manifest) -> Steps | None:
        return Steps("bridge/neural/lite_steps.js", topology(manifest))

    async def prepare(self, place: PortraitPlace, portrait: Portrait) -> Prepared:
        model, crop = place.model, place.model.manifest.rig.crop
        rig = PortraitRig(portrait)
        driver = LiteDriver(portrait, rig, crop)
        settled = driver.settle(await picture_pixels(place.site, portrait))
        drawing: Drawing[Any]
        if place.surface is None:
            settled[STRENGTH] = np.array(strengths_of(portrait), dtype=np.float32)
            mesh = Reprojection(portrait, Square.about(portrait.landmarks, crop))
            screen = await place.screen((CROP_SIDE, CROP_SIDE), mesh)
            face = model.face(before=[STEP], after=[PICTURE_STEP], picture=PICTURE)
            drawing = BentPicture(
                lambda params: driver.parameters(rig.pose(params, params.time_ms)), screen, mesh
            )
        else:
            layer = LiteLayer.of(portrait, crop, patch_sizes(model.manifest))
            scene = await LiteScene.open_with(place.site, place.surface, portrait, rig, layer)
            face = model.face(before=[STEP], hand=(*CHANGES, PLACES))
            drawing = PatchedPhoto(driver, rig, scene, BrowserClock())
        return Prepared(face, drawing, functools.partial(face.settle, settled))


FAMILIES: Final[Mapping[Family, ModelFamily]] = {
    Family.LIVEPORTRAIT: LivePortraitFamily(),
    Family.LITE: LiteFamily(),
}


async def open_neural_renderer(
    site: Site,
    drawing: Any,
    graphics: Graphics,
    host: NeuralHost,
    rung: Rung,
    canvas: Element,
    style: AvatarStyle,
    on_lost: Callable[[str], None],
) -> Renderer:
    """What draws on a neural rung; persons without a portrait as drawn characters.

    Args:
        drawing: ``view/js/canvas2d.js``.

    Raises:
        ModelError: the model cannot serve the rung.
        SurfaceError: the canvas's API refuses.
    """
    model = await host.model_for(rung)
    surface = None
    if rung is Rung.NEURAL_WEBGPU:
        device = await shared_device(site)
        surface = await Surface.open(site, canvas, "webgpu", on_lost, device)
    elif graphics.capabilities.lack_of(Rung.WEBGL) is None:
        surface = await Surface.open(site, canvas, "webgl2", on_lost)
    place = PortraitPlace(site, model, canvas, surface)
    make = functools.partial(_open_portrait, graphics, place)
    if surface is None:
        return CanvasRenderer(DrawingCanvas(drawing, canvas), style, make)
    return SurfaceRenderer(surface, DrawingSheet(drawing), style, make)


async def _open_portrait(
    graphics: Graphics, place: PortraitPlace, portrait: Portrait
) -> NeuralPortrait[Any]:
    """
    Raises:
        PortraitError: the photo cannot be decoded.
        ModelError: the model fails.
    """
    prepared = await FAMILIES[place.model.manifest.family].prepare(place, portrait)
    neural = NeuralPortrait(
        prepared.face,
        prepared.drawing,
        graphics.monitor,
        BrowserClock(),
        lambda: graphics.quality_step.inference_hz,
    )
    try:
        async with place.model.turn():
            await prepared.settle()
            await neural.begin()
    except BaseException:
        neural.close()
        raise
    return neural
