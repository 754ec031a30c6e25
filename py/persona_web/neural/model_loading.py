"""A neural model from the site's list to the first trusted run.

    manifest -> download -> sessions -> self-check -> ready

What computes fastest is tried first: whole numbers on a processor, half floats on a GPU that has
them. A precision that fails its self-check is given up for the next one; the model is given up when
none is left. Nothing here draws.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from typing import Any, Final

from persona_core.errors import ModelError
from persona_core.graphics.modes import Rung
from persona_core.neural import catalogue
from persona_core.neural.manifest import manifest_json
from persona_core.neural.manifest.manifest import File, Manifest, ModelGraph, Precision, Priority
from persona_core.neural.plan import GPU, GPU_WITH_HALVES, PROCESSOR, Precisions, offered
from persona_core.neural.self_check import Verdict, check_inputs, judge
from persona_web.bridge.clock import BrowserClock, BrowserScheduler
from persona_web.bridge.graphics.gpu import shared_device
from persona_web.bridge.neural.inference import Backend, Inference
from persona_web.bridge.neural.model_store import ModelFile, ModelStore
from persona_web.bridge.site import Site
from persona_web.neural.loading import Listener, Loading, LoadingStep
from persona_web.neural.neural_access import ModelChoice
from persona_web.neural.neural_host import NeuralHost
from persona_web.neural.neural_model import NeuralModel
from persona_web.view.graphics import Graphics

MODELS: Final = "models/"
_WORTH_ANOTHER_PRECISION: Final = frozenset(
    {"model-wrong", "model-unsupported", "model-run-failed"}
)


async def open_neural_host(
    site: Site, graphics: Graphics, choice: ModelChoice | None = None
) -> NeuralHost:
    """A page's neural model; none is in use yet, and nothing is downloaded."""
    store = await ModelStore.load_store(site)
    graphics.on_close(store.close)

    async def load(
        manifest: Manifest, rung: Rung, on_step: Listener, *, on_one_thread: bool
    ) -> NeuralModel:
        if rung is Rung.NEURAL_WASM:
            threads = 1 if on_one_thread else None
            return await load_model(site, store, manifest, Backend.WASM, on_step, threads=threads)
        device, halves = await shared_device(site), graphics.capabilities.has_half_floats
        precisions = GPU_WITH_HALVES if halves else GPU
        return await load_model(
            site, store, manifest, Backend.WEBGPU, on_step, precisions, device=device
        )

    list_models = functools.partial(_manifests, site)
    return NeuralHost(
        graphics, list_models, store, load, BrowserClock(), BrowserScheduler(), choice
    )


async def _manifests(site: Site) -> list[Manifest]:
    try:
        names = catalogue.read_index(await site.fetch_bytes(f"{MODELS}{catalogue.FILE_NAME}"))
    except OSError as error:
        raise ModelError(str(error), code="model-download") from None
    return list(await asyncio.gather(*(fetch_manifest(site, name) for name in names)))


async def fetch_manifest(site: Site, name: str) -> Manifest:
    """What there is to know of a model before it is downloaded.

    Raises:
        ModelError: the site does not give its manifest.
        ManifestError: it cannot be used.
    """
    try:
        data = await site.fetch_bytes(f"{MODELS}{name}/{manifest_json.FILE_NAME}")
    except OSError as error:
        raise ModelError(str(error), code="model-download") from None
    return manifest_json.read_manifest(data)


async def load_model(
    site: Site,
    store: ModelStore,
    manifest: Manifest,
    backend: Backend,
    on_step: Listener,
    precisions: Precisions = PROCESSOR,
    *,
    device: Any = None,
    threads: int | None = None,
) -> NeuralModel:
    """Downloads what is missing, makes the sessions and lets them prove themselves.

    Args:
        precisions: what the backend computes in, the best first.
        device: the page's ``GPUDevice``, for WebGPU.
        threads: of wasm; by default as many as do the machine good.

    Raises:
        ModelError: it cannot be had or cannot be run here; ``code`` says why.
    """
    failure: ModelError | None = None
    for precision in offered(manifest, precisions):
        try:
            return await _attempt(
                site, store, manifest, backend, precision, on_step, device, threads
            )
        except ModelError as error:
            if error.code not in _WORTH_ANOTHER_PRECISION:
                raise
            failure = error
    assert failure is not None
    raise failure


async def _attempt(
    site: Site,
    store: ModelStore,
    manifest: Manifest,
    backend: Backend,
    precision: Precision,
    on_step: Listener,
    device: Any,
    threads: int | None,
) -> NeuralModel:
    graphs = manifest.essential
    weights = [
        each for each in manifest.weights_for(precision) if each.priority is Priority.ESSENTIAL
    ]
    parts = [[graph.file(precision)] for graph in graphs] + [list(w.shards) for w in weights]
    progress = _Download(sum(file.bytes for part in parts for file in part), on_step)
    folder = f"{MODELS}{manifest.name}/"
    buffers = await store.fetch(
        [[_wanted(folder, file) for file in part] for part in parts],
        progress.received,
        progress.unkept,
    )

    def moves() -> None:
        on_step(progress.at(LoadingStep.SESSIONS))

    moves()
    inference = await Inference.open(site, backend, device, threads=threads, on_alive=moves)
    try:
        for each, buffer in zip(weights, buffers[len(graphs) :], strict=True):
            await inference.add_weights(each.name, buffer)
        for graph, buffer in zip(graphs, buffers, strict=False):
            await inference.create(graph.name, buffer, graph.weights_in(precision))
            moves()
        await inference.created()
        # Only now: a page lists its models long before somebody takes one.
        from persona_web.neural.families import FAMILIES

        steps = FAMILIES[manifest.family].steps(manifest)
        if steps is not None:
            await inference.add_steps(site, steps.script, steps.options)
        on_step(progress.at(LoadingStep.CHECK))
        await _check(manifest, graphs, inference, precision)
        await inference.drop("")
    except BaseException:
        await inference.close()
        raise
    return NeuralModel(manifest, inference, precision)


async def _check(
    manifest: Manifest, graphs: Sequence[ModelGraph], inference: Inference, precision: Precision
) -> None:
    """Runs the self-check, which also compiles what the first frame would wait for."""
    names = [expected.tensor for expected in manifest.check.expected]
    ran = await inference.run([graph.name for graph in graphs], check_inputs(manifest), read=names)
    for expected in manifest.check.expected:
        verdict = judge(manifest, expected, ran.values[expected.tensor], precision)
        if verdict is not Verdict.RIGHT:
            detail = f"{expected.tensor} in {precision.value}: {verdict.value}"
            raise ModelError(detail, code="model-wrong")


def _wanted(folder: str, file: File) -> ModelFile:
    return ModelFile(f"{folder}{file.path}", file.sha256, file.bytes)


class _Download:
    """Tells a listener of the bytes."""

    def __init__(self, total: int, on_step: Listener) -> None:
        self._total = total
        self._received = 0
        self._kept = True
        self._on_step = on_step

    def received(self, received: int) -> None:
        self._received = received
        self._on_step(self.at(LoadingStep.DOWNLOAD))

    def unkept(self, _why: str) -> None:
        self._kept = False
        self._on_step(self.at(LoadingStep.DOWNLOAD))

    def at(self, step: LoadingStep) -> Loading:
        return Loading(step, self._received, self._total, self._kept)
