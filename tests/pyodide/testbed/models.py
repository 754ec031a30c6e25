"""The nano model, loaded as a page would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import js
import numpy as np

from persona_core.face.blendshapes import COUNT, Blendshape
from persona_core.face.params import FaceParams
from persona_core.neural.families.lite_driver import LiteDriver, Tensors
from persona_core.neural.families.lite_patches import CHANGES, PLACES, STEP
from persona_core.neural.families.liveportrait_driver import KeypointDriver
from persona_core.neural.families.liveportrait_motion import HEADS
from persona_core.neural.manifest.manifest import Manifest, PhotoCrop
from persona_core.portrait.rig import PortraitRig
from persona_web.bridge.neural.inference import Backend, Inference
from persona_web.bridge.neural.model_store import ModelStore
from persona_web.bridge.site import Site
from persona_web.neural.loading import Listener, Loading
from persona_web.neural.model_loading import fetch_manifest, load_model
from persona_web.neural.neural_model import NeuralFace, NeuralModel
from testbed.choosers import portrait as plain_portrait

NANO_FACE = np.random.default_rng(1).random((1, 3, 128, 128), dtype=np.float32)


def speaking(jaw_open: float) -> FaceParams:
    shapes = np.zeros(COUNT, np.float32)
    shapes[Blendshape.JAW_OPEN] = jaw_open
    return FaceParams(0.0, shapes)


async def nano_manifest() -> Manifest:
    return await fetch_manifest(Site(), "nano")


async def load_on_wasm(manifest: Manifest, hear: Listener = lambda _loading: None) -> NeuralModel:
    """Any model, on wasm."""
    store = await ModelStore.load_store(Site())
    try:
        return await load_model(Site(), store, manifest, Backend.WASM, hear)
    finally:
        store.close()


@asynccontextmanager
async def loaded_nano() -> AsyncIterator[tuple[NeuralModel, list[Loading]]]:
    """The model on wasm, and what its loading told."""
    told: list[Loading] = []
    model = await load_on_wasm(await nano_manifest(), told.append)
    try:
        yield model, told
    finally:
        await model.close()


async def nano_face(model: NeuralModel) -> tuple[NeuralFace, Callable[[float], Tensors]]:
    """A portrait on the nano model, and what it is told of a mouth by how far that is open."""
    face, driver = model.face(), KeypointDriver()
    await face.settle(driver.settle(await face.set_portrait({"portrait": NANO_FACE}, HEADS)))
    return face, lambda jaw_open: driver.parameters(speaking(jaw_open))


@asynccontextmanager
async def loaded_lite() -> AsyncIterator[NeuralModel]:
    """LivePortrait-Lite on wasm."""
    model = await load_on_wasm(await fetch_manifest(Site(), "liveportrait-lite"))
    try:
        yield model
    finally:
        await model.close()


async def lite_face(model: NeuralModel) -> tuple[NeuralFace, Callable[[float], Tensors]]:
    """A portrait whose patches the nets hand over, and what they are told of a mouth by how far
    that is open."""
    settled, parameters = lite_portrait()
    face = model.face(before=[STEP], hand=(*CHANGES, PLACES))
    await face.settle(settled)
    return face, parameters


def lite_portrait() -> tuple[Tensors, Callable[[float], Tensors]]:
    """What the nets are told of a portrait, and of a frame by how far its mouth is open."""
    portrait = plain_portrait()
    rig = PortraitRig(portrait)
    driver = LiteDriver(portrait, rig, PhotoCrop(2.3, -0.125, 0.3))

    def parameters(jaw_open: float) -> Tensors:
        return driver.parameters(rig.pose(speaking(jaw_open), 0.0))

    noise = np.random.default_rng(2).integers(0, 256, (256, 256, 3), np.uint8)
    return driver.settle(noise), parameters


@asynccontextmanager
async def bare_inference() -> AsyncIterator[Inference]:
    inference = await Inference.open(Site(), Backend.WASM)
    try:
        yield inference
    finally:
        await inference.close()


async def picture_bytes(face: NeuralFace, parameters: Tensors) -> list[int]:
    """One frame's red, green, blue and opacity values."""
    bitmap = (await face.draw(parameters)).picture
    canvas = js.OffscreenCanvas.new(bitmap.width, bitmap.height)
    context = canvas.getContext("2d")
    context.drawImage(bitmap, 0, 0)
    bitmap.close()
    return list(context.getImageData(0, 0, canvas.width, canvas.height).data.to_py())
