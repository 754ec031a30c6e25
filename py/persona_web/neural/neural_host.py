"""``NeuralHost``: the one neural model of a page, from the list of models to the rungs it serves.

    none -> loading -> ready -> none
               |
               v
             failed

A model is loaded for the best rung that the mode and the machine allow, and steps down a rung
where it does not pass its self-check. On a processor where it stands still, one thread is tried
before the rung is given up. Once it serves one rung, others are offered to the ladder as well; they
load from what is kept when they are entered.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol

from persona_core.base.ports import Clock, Scheduler
from persona_core.errors import ModelError, PersonaError, SurfaceError
from persona_core.graphics.modes import OWN_RUNGS, Rung
from persona_core.neural.catalogue import Offer, offers
from persona_core.neural.manifest.manifest import GraphStage, Manifest, Priority
from persona_core.neural.plan import GPU, GPU_WITH_HALVES, PROCESSOR
from persona_core.neural.progress import DownloadProgress, ProgressMeter
from persona_web.base.background import Background, Latest
from persona_web.neural.loading import (
    STANDSTILL_MS,
    STUCK,
    Listener,
    Loading,
    LoadingStep,
    while_it_moves,
)
from persona_web.neural.neural_access import ModelChoice
from persona_web.view.graphics import Graphics

if TYPE_CHECKING:
    from persona_web.neural.neural_model import NeuralModel

logger = logging.getLogger(__name__)

RUNGS: Final = (Rung.NEURAL_WEBGPU, Rung.NEURAL_WASM)
WASM_GFLOP: Final = 4.0
"""Cost of a frame, in 10^9 operations, up to which the CPU is worth trying: wasm with threads
does some 40 of them a second."""
LINGER_S: Final = 3.0
_NO_BACKEND: Final = frozenset(
    {
        "model-wrong",
        "model-unsupported",
        "model-run-failed",
        "model-timeout",
        STUCK,
        "gpu-lost",
        "surface-failed",
    }
)
"""Failures of a backend, which say nothing against the next one."""


class State(Enum):
    """Where the page stands with its model."""

    NONE = "none"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class HostStatus:
    """What a page shows of it.

    Attributes:
        model: name of the model in question; None for none.
        step: what loading is at.
        progress: of the download.
        kept: False where the browser had no room to keep the model.
        problem: code of what went wrong, where loading failed.
    """

    state: State
    model: str | None = None
    step: LoadingStep | None = None
    progress: DownloadProgress | None = None
    kept: bool = True
    problem: str | None = None


class Store(Protocol):
    """Model files on this machine; in the browser a ``ModelStore``."""

    def cancel(self) -> None: ...

    async def inventory(self) -> frozenset[str]: ...

    async def clear(self) -> None: ...


class LoadModel(Protocol):
    """Loads a model for a rung from the store."""

    def __call__(
        self, manifest: Manifest, rung: Rung, on_step: Listener, /, *, on_one_thread: bool
    ) -> Coroutine[Any, Any, NeuralModel]:
        """
        Args:
            on_one_thread: of wasm, though the machine has more.

        Raises:
            ModelError: it cannot be had, or cannot be run there.
        """
        ...


class NeuralHost:
    """One page's neural model.

    Args:
        list_models: gives the manifests of the site's models.
        store: keeps their files.
        load: makes a model.
        scheduler: tells when a load has stood still for too long.
        choice: remembers what is used.
        linger_s: how long a model that was given up goes on.
    """

    def __init__(
        self,
        graphics: Graphics,
        list_models: Callable[[], Awaitable[list[Manifest]]],
        store: Store,
        load: LoadModel,
        clock: Clock,
        scheduler: Scheduler,
        choice: ModelChoice | None = None,
        linger_s: float = LINGER_S,
    ) -> None:
        self.status = HostStatus(State.NONE)
        self._graphics = graphics
        self._list_models = list_models
        self._store = store
        self._load = load
        self._clock = clock
        self._scheduler = scheduler
        self._choice = choice or ModelChoice()
        self._linger_s = linger_s
        self._listeners: list[Callable[[], None]] = []
        self._manifest: Manifest | None = None
        self._models: dict[Rung, NeuralModel] = {}
        self._failed: set[Rung] = set()
        self._on_one_thread = False
        self._one_at_a_time = asyncio.Lock()
        self._latest = Latest()
        self._background = Background()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` at every change of :attr:`status`."""
        self._listeners.append(listener)

    @property
    def is_idle(self) -> bool:
        """Whether there is no model, and none was asked for."""
        return self.status.state is State.NONE

    async def offers(self) -> tuple[Offer, ...]:
        """The models to choose from, with what each would still have to download.

        Raises:
            ModelError: the site does not tell.
        """
        manifests = await self._list_models()
        halves = self._graphics.capabilities.has_half_floats
        on_gpu = Rung.NEURAL_WEBGPU in self._rungs()[:1]
        precisions = (GPU_WITH_HALVES if halves else GPU) if on_gpu else PROCESSOR
        return offers(manifests, await self._store.inventory(), precisions)

    def runs(self, manifest: Manifest) -> bool:
        """Whether this machine can be expected to run a model at all."""
        return bool(self._rungs(manifest))

    async def resume(self, name: str) -> None:
        """Uses a model of an earlier visit, if it is still on this machine: a download of that
        size is for the person to begin. :attr:`status` tells how it goes."""
        is_wanted = self._latest.ask()
        try:
            offer = next((one for one in await self.offers() if one.manifest.name == name), None)
            if offer is None or offer.plan.bytes(Priority.ESSENTIAL) > 0:
                raise ModelError(f"{name} is not on this machine", code="model-not-here")
        except PersonaError as error:
            logger.warning("%s: %s", name, error)
            if is_wanted():
                self._tell(HostStatus(State.FAILED, name, problem=error.code))
            return
        if is_wanted():
            await self.use(offer.manifest)

    async def use(self, manifest: Manifest) -> None:
        """Loads a model and offers it to the ladder; :attr:`status` tells how it goes."""
        is_wanted = self._drop()
        self._failed.clear()
        self._tell(HostStatus(State.LOADING, manifest.name))
        try:
            model, rung = await self._first(manifest, is_wanted)
        except PersonaError as error:
            logger.warning("%s: %s", manifest.name, error)
            if is_wanted():
                self._tell(HostStatus(State.FAILED, manifest.name, problem=error.code))
            return
        if not is_wanted():
            await model.close()
            return
        self._manifest, self._models[rung] = manifest, model
        self._choice.keep(manifest.name)
        kept = self.status.kept
        self._tell(HostStatus(State.READY, manifest.name, kept=kept))
        self._graphics.set_neural(frozenset(self._rungs(manifest)))

    def report(self) -> dict[str, Any]:
        """Plain data for reports."""
        status = self.status
        return {
            "state": status.state.value,
            "model": status.model,
            "step": None if status.step is None else status.step.value,
            "problem": status.problem,
            "kept": status.kept,
            "backends": {rung.value: model.precision.value for rung, model in self._models.items()},
        }

    def cancel(self) -> None:
        """Breaks off a download; what is here of it stays kept."""
        self._store.cancel()

    async def unload(self) -> None:
        """Does without a model from now on; its files stay."""
        self._choice.forget()
        self._drop()

    def _drop(self) -> Callable[[], bool]:
        is_wanted = self._latest.ask()
        self._store.cancel()
        self._manifest = None
        self._graphics.set_neural(frozenset())
        models, self._models = self._models, {}
        for model in models.values():
            self._background.run(self._close_later(model))
        self._tell(HostStatus(State.NONE))
        return is_wanted

    async def _close_later(self, model: NeuralModel) -> None:
        """Its last pictures are seen until the next rung has drawn."""
        await asyncio.sleep(self._linger_s)
        await model.close()

    async def delete(self) -> None:
        """Unloads the model and deletes the files of all models from this machine."""
        await self.unload()
        await self._store.clear()
        self._tell(HostStatus(State.NONE))

    async def model_for(self, rung: Rung) -> NeuralModel:
        """The model as it serves a rung; loaded anew where a device was lost or a rung is new.

        Raises:
            ModelError: it cannot serve it; the rung is not offered any more.
        """
        async with self._one_at_a_time:
            manifest, model = self._manifest, self._models.get(rung)
            if manifest is None:
                raise ModelError("no model is chosen")
            if model is not None and not model.is_lost:
                return model
            if model is not None:
                self._models.pop(rung)
                await model.close()
            try:
                model = await self._load_on(rung, manifest, lambda _loading: None)
            except PersonaError as error:
                self._failed.add(rung)
                self._background.run(self._offer_rest(error.code))
                raise
            self._models[rung] = model
            return model

    async def _offer_rest(self, problem: str) -> None:
        """Later: the ladder is just being told of the failure."""
        if self._manifest is None:
            return
        rungs = self._rungs(self._manifest)
        self._graphics.set_neural(frozenset(rungs))
        if not rungs:
            self._tell(HostStatus(State.FAILED, self._manifest.name, problem=problem))

    async def _first(
        self, manifest: Manifest, is_wanted: Callable[[], bool]
    ) -> tuple[NeuralModel, Rung]:
        """The model on the best rung that it passes its self-check on."""
        detail = f"{manifest.name} is too much for this machine"
        failure: PersonaError = ModelError(detail, code="model-unsupported")
        meter = ProgressMeter(0)
        total = -1

        def told(loading: Loading) -> None:
            nonlocal meter, total
            if not is_wanted():
                return
            if loading.total != total:
                meter, total = ProgressMeter(loading.total), loading.total
            progress = meter.update(loading.received, self._clock.now_ms())
            status = HostStatus(State.LOADING, manifest.name, loading.step, progress, loading.kept)
            self._tell(status)

        for rung in self._rungs(manifest):
            try:
                return await self._load_on(rung, manifest, told), rung
            except (ModelError, SurfaceError) as error:
                if error.code not in _NO_BACKEND:
                    raise
                logger.warning("%s on %s: %s", manifest.name, rung.value, error)
                self._failed.add(rung)
                failure = error
        raise failure

    async def _load_on(self, rung: Rung, manifest: Manifest, told: Listener) -> NeuralModel:
        """The model for a rung; where it stood still with threads once, on one from then on."""

        def told_again(loading: Loading) -> None:
            is_sessions = loading.step is LoadingStep.SESSIONS
            told(replace(loading, step=LoadingStep.SIMPLER) if is_sessions else loading)

        threaded = rung is Rung.NEURAL_WASM and not self._on_one_thread
        if threaded:
            try:
                return await self._load_within(rung, manifest, told)
            except ModelError as error:
                if error.code != STUCK:
                    raise
                logger.warning("%s on %s, with threads: %s", manifest.name, rung.value, error)
                self._on_one_thread = True
        return await self._load_within(rung, manifest, told_again if threaded else told)

    async def _load_within(self, rung: Rung, manifest: Manifest, told: Listener) -> NeuralModel:
        load = functools.partial(self._load, manifest, rung, on_one_thread=self._on_one_thread)
        return await while_it_moves(load, told, STANDSTILL_MS[rung], self._scheduler)

    def _rungs(self, manifest: Manifest | None = None) -> list[Rung]:
        """Those that the machine, and the mode where it has any, leave; the best first."""
        capable = [rung for rung in RUNGS if self._graphics.capabilities.lack_of(rung) is None]
        own = [rung for rung in capable if rung in OWN_RUNGS[self._graphics.mode]]
        return [
            rung
            for rung in own or capable
            if rung not in self._failed
            and (
                rung is not Rung.NEURAL_WASM
                or manifest is None
                or manifest.gflop(GraphStage.FRAME) <= WASM_GFLOP
            )
        ]

    def _tell(self, status: HostStatus) -> None:
        self.status = status
        for listener in self._listeners:
            listener()
