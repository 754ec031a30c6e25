"""Puts a page's neural model together from the parts of the browser."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable

from persona_core.errors import ModelError
from persona_core.graphics.modes import Rung
from persona_core.neural.catalogue import FILE_NAME, read_index
from persona_core.neural.manifest.manifest import Manifest
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.gpu import shared_device
from persona_web.bridge.neural.inference import Backend
from persona_web.bridge.neural.model_store import ModelStore
from persona_web.bridge.site import Site
from persona_web.neural.model_choice import ModelChoice
from persona_web.neural.neural_host import NeuralHost
from persona_web.neural.neural_loading import Loading, WasmMachine
from persona_web.neural.neural_model import MODELS, NeuralModel, fetch_manifest
from persona_web.view.graphics import Graphics


async def open_neural_host(
    site: Site, graphics: Graphics, choice: ModelChoice | None = None
) -> NeuralHost:
    """A page's neural model; none is in use yet, and nothing is downloaded."""
    store = await ModelStore.load_store(site)
    graphics.on_close(store.close)

    async def load(
        manifest: Manifest, rung: Rung, on_step: Callable[[Loading], None]
    ) -> NeuralModel:
        if rung is Rung.NEURAL_WASM:
            machine = WasmMachine()
            return await NeuralModel.load(site, store, manifest, Backend.WASM, machine, on_step)
        device, machine = await shared_device(site), graphics.capabilities
        return await NeuralModel.load(
            site, store, manifest, Backend.WEBGPU, machine, on_step, device
        )

    list_models = functools.partial(_manifests, site)
    return NeuralHost(graphics, list_models, store, load, BrowserClock(), choice)


async def _manifests(site: Site) -> list[Manifest]:
    try:
        names = read_index(await site.fetch_bytes(f"{MODELS}{FILE_NAME}"))
    except OSError as error:
        raise ModelError(str(error), code="model-download") from None
    return list(await asyncio.gather(*(fetch_manifest(site, name) for name in names)))
