"""A neural avatar's model from its folder to the first trusted run.

    manifest -> download -> sessions -> self-check -> ready

Half floats are tried first where the machine has them. A precision that fails its self-check is
given up for the other one; the model is given up when none is left. Nothing here draws.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from persona_core.errors import ModelError
from persona_core.neural.families.lite_patches import topology
from persona_core.neural.manifest.manifest import (
    Family,
    File,
    GraphStage,
    Manifest,
    ModelGraph,
    Precision,
    Priority,
)
from persona_core.neural.manifest.manifest_json import FILE_NAME, read_manifest
from persona_core.neural.plan import choose_precision, plan
from persona_core.neural.self_check import Verdict, check_inputs, judge
from persona_web.bridge.neural.inference import Backend, Inference, Ran
from persona_web.bridge.neural.model_store import ModelFile, ModelStore
from persona_web.bridge.site import Site
from persona_web.neural.neural_loading import Listener, Loading, LoadingStep, MachineNeeds

Floats = npt.NDArray[np.float32]

MODELS: Final = "models/"
LITE_STEPS: Final = "bridge/neural/lite_steps.js"
"""What computes the inputs of LivePortrait-Lite's nets, beside them."""


async def fetch_manifest(site: Site, name: str) -> Manifest:
    """What there is to know of a model before it is downloaded.

    Raises:
        ModelError: the site does not give its manifest.
        ManifestError: it cannot be used.
    """
    try:
        return read_manifest(await site.fetch_bytes(f"{MODELS}{name}/{FILE_NAME}"))
    except OSError as error:
        raise ModelError(str(error), code="model-download") from None


class NeuralModel:
    """A loaded model that has passed its self-check on one backend."""

    def __init__(self, manifest: Manifest, inference: Inference, precision: Precision) -> None:
        """Made by :meth:`load`."""
        self.manifest = manifest
        self.inference = inference
        self.precision = precision
        self._turn = asyncio.Lock()
        self._faces = 0

    @classmethod
    async def load(
        cls,
        site: Site,
        store: ModelStore,
        manifest: Manifest,
        backend: Backend,
        machine: MachineNeeds,
        on_step: Listener,
        device: Any = None,
    ) -> NeuralModel:
        """Downloads what is missing, makes the sessions and lets them prove themselves.

        Args:
            machine: says whether half floats may be tried; :class:`WasmMachine` on wasm.
            device: the page's ``GPUDevice``, for WebGPU.

        Raises:
            ModelError: it cannot be had or cannot be run here; ``code`` says why.
        """
        preferred = choose_precision(manifest, machine)
        others = [each for each in _offered(manifest) if each is not preferred]
        failure: ModelError | None = None
        for precision in (preferred, *others):
            try:
                return await _attempt(
                    site, store, manifest, backend, precision, on_step, device, cls
                )
            except ModelError as error:
                if error.code not in _WORTH_ANOTHER_PRECISION:
                    raise
                failure = error
        assert failure is not None
        raise failure

    @property
    def picture_size(self) -> tuple[int, int]:
        """Height and width of its pictures."""
        height, width = self.manifest.tensor(self.manifest.interface.images[0]).shape[-2:]
        return height, width

    @property
    def is_lost(self) -> bool:
        """Whether the device it computed on is gone."""
        return self.inference.is_lost

    @property
    def is_free(self) -> bool:
        """Whether it is at work for no face, and nobody waits for it."""
        return not (self.inference.is_running or self._turn.locked())

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The model to oneself for several runs, once the present one has ended."""
        async with self._turn:
            await self.inference.idle()
            yield

    def face(self) -> NeuralFace:
        """A portrait to be drawn by this model, beside others."""
        return NeuralFace(self, self.name_face())

    def name_face(self) -> str:
        """A name of its own for the slots of one more portrait."""
        self._faces += 1
        return f"face-{self._faces}"

    async def close(self) -> None:
        await self.inference.close()


class NeuralFace:
    """One portrait on a model: what was computed once for it, and its newest picture."""

    def __init__(self, model: NeuralModel, name: str) -> None:
        """Made by :meth:`NeuralModel.face`."""
        manifest = model.manifest
        self.image = manifest.tensor(manifest.interface.images[0])
        """The picture's name and shape."""
        self._model = model
        self._inference = model.inference
        self._name = name
        self._portrait = [graph.name for graph in manifest.stage(GraphStage.PORTRAIT)]
        self._frame = [graph.name for graph in manifest.stage(GraphStage.FRAME)]

    @property
    def is_free(self) -> bool:
        """Whether a frame would be drawn now."""
        return self._model.is_free

    async def set_portrait(
        self, inputs: Mapping[str, Floats], read: Sequence[str] = ()
    ) -> dict[str, Floats]:
        """Runs what is run once for a portrait.

        Args:
            inputs: the picture by tensor, in its shape.
            read: tensors to be given back, flat.
        """
        ran = await self._inference.run(self._portrait, inputs, read=read, face=self._name)
        return ran.values

    async def settle(self, inputs: Mapping[str, Floats]) -> None:
        """Takes what the driver computes once a portrait, by tensor, in their shapes."""
        if inputs:
            await self._inference.run([], inputs, face=self._name)

    async def draw(self, parameters: Mapping[str, Floats]) -> Ran:
        """One frame.

        Args:
            parameters: the frame's inputs by tensor, in their shapes.

        Returns:
            with the picture: an ``ImageBitmap`` that is the caller's to close, or on WebGPU the
            tensor, which lives until the face's run after the next one begins.
        """
        name = self.image.name
        ran = await self._inference.run(self._frame, parameters, picture=name, face=self._name)
        if ran.picture is not None:
            return ran
        return replace(ran, picture=self._inference.slot(name, self._name))

    async def close(self) -> None:
        """Frees what it holds."""
        await self._inference.drop(self._name)


_WORTH_ANOTHER_PRECISION: Final = frozenset(
    {"model-wrong", "model-unsupported", "model-run-failed"}
)


def _offered(manifest: Manifest) -> list[Precision]:
    return [each for each in Precision if any(each in graph.files for graph in manifest.graphs)]


async def _attempt(
    site: Site,
    store: ModelStore,
    manifest: Manifest,
    backend: Backend,
    precision: Precision,
    on_step: Listener,
    device: Any,
    make: Callable[[Manifest, Inference, Precision], NeuralModel],
) -> NeuralModel:
    graphs = [graph for graph in manifest.graphs if graph.priority is Priority.ESSENTIAL]
    weights = [each for each in manifest.weights if each.priority is Priority.ESSENTIAL]
    parts = [[graph.file(precision)] for graph in graphs] + [list(w.shards) for w in weights]
    progress = _Download(sum(file.bytes for part in parts for file in part), on_step)
    folder = f"{MODELS}{manifest.name}/"
    buffers = await store.fetch(
        [[_wanted(folder, file) for file in part] for part in parts],
        progress.received,
        progress.unkept,
    )
    on_step(progress.at(LoadingStep.SESSIONS))
    inference = await Inference.open(site, backend, device)
    try:
        for each, buffer in zip(weights, buffers[len(graphs) :], strict=True):
            await inference.add_weights(each.name, buffer)
        for graph, buffer in zip(graphs, buffers, strict=False):
            await inference.create(graph.name, buffer, graph.weights)
        await inference.created()
        if manifest.family is Family.LITE:
            await inference.add_steps(site, LITE_STEPS, topology(manifest))
        on_step(progress.at(LoadingStep.CHECK))
        await _check(manifest, graphs, inference, precision)
        await inference.drop("")
    except BaseException:
        await inference.close()
        raise
    return make(manifest, inference, precision)


async def _check(
    manifest: Manifest, graphs: list[ModelGraph], inference: Inference, precision: Precision
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


async def missing_bytes(manifest: Manifest, machine: MachineNeeds, store: ModelStore) -> int:
    """What loading would download, to be told before it begins."""
    return plan(manifest, machine, await store.inventory()).bytes(Priority.ESSENTIAL)
