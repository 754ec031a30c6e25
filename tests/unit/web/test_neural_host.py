"""A page's neural model: which rung it is loaded for, and what people are told meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tests.support.storage import DictStorage
from tests.support.world import ManualTime
from tests.unit.core.neural.sample_manifest import make_manifest
from tests.unit.web.stage_parts import FakeClock

from persona_core.errors import ModelError
from persona_core.graphics.capabilities import Capabilities
from persona_core.graphics.modes import GPUMode, Rung
from persona_core.neural.manifest.manifest import Manifest, ModelGraph, Precision, Purpose
from persona_web.neural.loading import STANDSTILL_MS, Loading, LoadingStep, while_it_moves
from persona_web.neural.neural_access import ModelChoice
from persona_web.neural.neural_host import WASM_GFLOP, NeuralHost, State
from persona_web.view.graphics import Graphics
from persona_web.view.graphics_choice import GraphicsChoice

WEBGPU, WASM = Rung.NEURAL_WEBGPU, Rung.NEURAL_WASM
PROBE: dict[str, Any] = {
    "webgpu": {"api": True, "adapter": True},
    "webgl": {"context": True},
    "wasm": True,
    "wasmSimd": True,
}


class FakeModel:
    precision = Precision.FP32

    def __init__(self) -> None:
        self.is_lost = False
        self.closed = False

    async def close(self) -> None:
        self.closed = True


class House:
    """A host with everything around it.

    Attributes:
        loaded: rungs that a model was loaded for, in order.
        faults: what keeps a rung's model from being loaded.
        stuck: rungs whose sessions are never made; with "threads", only where there are several.
        given_up: loads that were broken off.
    """

    def __init__(self, probe: dict[str, Any] = PROBE, mode: GPUMode = GPUMode.AUTO) -> None:
        self.manifest = make_manifest()
        self.choice = ModelChoice(DictStorage())
        self.graphics = Graphics(
            Capabilities.from_probe(probe), GraphicsChoice(mode=mode), FakeClock()
        )
        self.offered: list[frozenset[Rung]] = []
        self.graphics.set_neural = self.offered.append  # type: ignore[method-assign]
        self.loaded: list[Rung] = []
        self.models: list[FakeModel] = []
        self.faults: dict[Rung, Exception] = {}
        self.stuck: set[Rung | str] = set()
        self.given_up: list[Rung] = []
        self.time = ManualTime()
        self.kept = frozenset({"0" * 64})
        self.cancelled = 0
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.host = NeuralHost(
            self.graphics,
            self._manifests,
            self,
            self._load,
            self.time,
            self.time,
            self.choice,
            linger_s=0.0,
        )
        self.told: list[Any] = []
        self.host.on_change(lambda: self.told.append(self.host.status))

    async def _manifests(self) -> list[Manifest]:
        return [self.manifest, replace(self.manifest, name="toy", purpose=Purpose.TEST)]

    async def _load(
        self,
        _manifest: Manifest,
        rung: Rung,
        on_step: Callable[..., None],
        *,
        on_one_thread: bool,
    ) -> Any:
        self.loaded.append(rung)
        on_step(Loading(LoadingStep.DOWNLOAD, 50, 100))
        await self.goes_on.wait()
        if rung in self.stuck or ("threads" in self.stuck and not on_one_thread):
            on_step(Loading(LoadingStep.SESSIONS, 100, 100))
            try:
                await asyncio.Event().wait()
            finally:
                self.given_up.append(rung)
        if rung in self.faults:
            raise self.faults[rung]
        on_step(Loading(LoadingStep.CHECK, 100, 100, kept=False))
        self.models.append(FakeModel())
        return self.models[-1]

    # The store

    def cancel(self) -> None:
        self.cancelled += 1

    async def inventory(self) -> frozenset[str]:
        return self.kept

    async def clear(self) -> None:
        self.kept = frozenset()


def heavy(manifest: Manifest) -> Manifest:
    graphs: tuple[ModelGraph, ...] = tuple(
        replace(graph, gflop=2.0 * WASM_GFLOP) for graph in manifest.graphs
    )
    return replace(manifest, graphs=graphs)


async def test_host_offers_products_alone() -> None:
    house = House()
    assert [offer.manifest.name for offer in await house.host.offers()] == [house.manifest.name]


@pytest.mark.parametrize(
    ("mode", "precision"), [(GPUMode.AUTO, Precision.FP16), (GPUMode.CPU, Precision.FP32)]
)
async def test_host_offers_half_floats_where_the_gpu_would_compute_with_them(
    mode: GPUMode, precision: Precision
) -> None:
    webgpu = {"api": True, "adapter": True, "features": ["shader-f16"]}
    [offer] = await House(PROBE | {"webgpu": webgpu}, mode).host.offers()
    assert offer.plan.precision is precision


async def test_host_loads_for_the_best_rung_and_tells_how_it_goes() -> None:
    house = House()
    await house.host.use(house.manifest)
    assert house.loaded == [WEBGPU]
    assert house.offered[-1] == {WEBGPU, WASM}
    assert [status.step for status in house.told if status.step] == [
        LoadingStep.DOWNLOAD,
        LoadingStep.CHECK,
    ]
    shares = [status.progress.share for status in house.told if status.progress]
    assert shares == [0.5, 1.0]
    assert house.host.status.state is State.READY
    assert not house.host.status.kept
    assert house.host.report()["backends"] == {"neural-webgpu": "fp32"}


@pytest.mark.parametrize("code", ["model-wrong", "model-unsupported", "gpu-lost"])
async def test_host_steps_down_when_a_backend_computes_wrongly(code: str) -> None:
    house = House()
    house.faults[WEBGPU] = ModelError("no", code=code)
    await house.host.use(house.manifest)
    assert house.loaded == [WEBGPU, WASM]
    assert house.offered[-1] == {WASM}
    assert house.host.status.state is State.READY


async def test_host_says_why_when_the_download_fails_and_tries_no_other_backend() -> None:
    house = House()
    house.faults[WEBGPU] = ModelError("no", code="model-download")
    await house.host.use(house.manifest)
    assert house.loaded == [WEBGPU]
    assert house.host.status.state is State.FAILED
    assert house.host.status.problem == "model-download"
    assert house.offered[-1] == frozenset()


async def test_host_never_tries_a_heavy_model_on_the_cpu() -> None:
    house = House()
    model = heavy(house.manifest)
    house.faults[WEBGPU] = ModelError("no", code="model-wrong")
    await house.host.use(model)
    assert house.loaded == [WEBGPU]
    assert house.host.status.problem == "model-wrong"

    lesser = House(PROBE | {"webgpu": {}})
    assert not lesser.host.runs(heavy(lesser.manifest))
    assert lesser.host.runs(lesser.manifest)
    await lesser.host.use(heavy(lesser.manifest))
    assert lesser.loaded == []
    assert lesser.host.status.problem == "model-unsupported"


async def test_host_loads_for_the_mode_that_the_person_chose() -> None:
    house = House(mode=GPUMode.CPU)
    await house.host.use(house.manifest)
    assert house.loaded == [WASM]
    assert house.offered[-1] == {WASM}


async def test_host_gives_one_model_to_all_stages_and_a_new_one_after_a_loss() -> None:
    house = House()
    await house.host.use(house.manifest)
    first, second = await asyncio.gather(house.host.model_for(WEBGPU), house.host.model_for(WEBGPU))
    assert first is second is house.models[0]
    house.models[0].is_lost = True
    third = await house.host.model_for(WEBGPU)
    assert third is house.models[1]
    assert house.models[0].closed
    assert house.loaded == [WEBGPU, WEBGPU]


async def test_host_offers_a_rung_no_more_when_it_cannot_be_entered() -> None:
    house = House()
    await house.host.use(house.manifest)
    house.faults[WASM] = ModelError("no", code="model-timeout")
    with pytest.raises(ModelError):
        await house.host.model_for(WASM)
    for _turn in range(3):
        await asyncio.sleep(0)
    assert house.offered[-1] == {WEBGPU}


async def test_host_says_so_when_no_rung_is_left() -> None:
    house = House(mode=GPUMode.CPU)
    await house.host.use(house.manifest)
    house.models[0].is_lost = True
    house.faults[WASM] = ModelError("no", code="model-timeout")
    with pytest.raises(ModelError):
        await house.host.model_for(WASM)
    for _turn in range(3):
        await asyncio.sleep(0)
    assert house.offered[-1] == frozenset()
    assert house.host.status.state is State.FAILED
    assert house.host.status.problem == "model-timeout"


async def test_host_remembers_what_is_used_until_the_person_does_without() -> None:
    house = House()
    house.faults[WEBGPU] = ModelError("no", code="model-download")
    await house.host.use(house.manifest)
    assert house.choice.name is None, "it was never had"
    house.faults.clear()
    await house.host.use(house.manifest)
    assert house.choice.name == house.manifest.name
    house.faults[WEBGPU] = ModelError("no", code="model-download")
    await house.host.use(house.manifest)
    assert house.choice.name == house.manifest.name, "it may be had again tomorrow"
    await house.host.unload()
    assert house.choice.name is None


async def test_host_resumes_a_model_that_is_here_whole() -> None:
    house = House()
    house.kept = frozenset(
        file.sha256 for graph in house.manifest.graphs for file in graph.files.values()
    ) | frozenset(shard.sha256 for each in house.manifest.weights for shard in each.shards)
    await house.host.resume(house.manifest.name)
    assert house.loaded == [WEBGPU]
    assert house.host.status.state is State.READY


@pytest.mark.parametrize("name", ["", "another"])
async def test_host_downloads_nothing_when_what_it_resumes_is_gone(name: str) -> None:
    house = House()
    await house.host.resume(name or house.manifest.name)
    assert house.loaded == []
    assert house.host.status.state is State.FAILED
    assert house.host.status.problem == "model-not-here"


async def test_host_forgets_a_load_that_was_overtaken() -> None:
    house = House()
    house.goes_on.clear()
    loading = asyncio.ensure_future(house.host.use(house.manifest))
    await asyncio.sleep(0.0)
    await house.host.delete()
    assert house.cancelled > 0
    assert house.kept == frozenset()
    house.goes_on.set()
    await loading
    assert house.host.status.state is State.NONE
    assert all(model.closed for model in house.models)
    assert house.offered[-1] == frozenset()
    with pytest.raises(ModelError):
        await house.host.model_for(WEBGPU)


async def test_host_closes_its_models_when_the_person_does_without() -> None:
    house = House()
    await house.host.use(house.manifest)
    await house.host.unload()
    for _turn in range(3):
        await asyncio.sleep(0)
    assert house.models[0].closed
    assert house.offered[-1] == frozenset()
    assert house.host.status.state is State.NONE


async def test_host_tries_one_thread_when_sessions_are_never_made_with_several() -> None:
    house = House(mode=GPUMode.CPU)
    house.stuck = {"threads"}
    using = asyncio.ensure_future(house.host.use(house.manifest))
    await house.time.run(STANDSTILL_MS[WASM] - 1.0)
    assert house.host.status.step is LoadingStep.SESSIONS
    assert house.loaded == [WASM]
    await house.time.run(1.0)
    await using
    assert house.loaded == [WASM, WASM]
    assert house.given_up == [WASM]
    assert house.host.status.state is State.READY
    assert house.time.pending == 0

    house.models[0].is_lost = True
    await house.host.model_for(WASM)
    assert house.given_up == [WASM], "it is known by then"


async def test_host_says_what_helps_when_sessions_are_never_made() -> None:
    house = House(mode=GPUMode.CPU)
    house.stuck = {WASM}
    using = asyncio.ensure_future(house.host.use(house.manifest))
    await house.time.run(STANDSTILL_MS[WASM])
    assert house.told[-1].step is LoadingStep.SIMPLER
    await house.time.run(STANDSTILL_MS[WASM])
    await using
    assert house.given_up == [WASM, WASM]
    assert house.host.status.state is State.FAILED
    assert house.host.status.problem == "model-stuck"
    assert house.offered[-1] == frozenset()
    assert house.time.pending == 0


async def test_host_steps_down_when_sessions_are_never_made_on_a_gpu() -> None:
    house = House()
    house.stuck = {WEBGPU}
    using = asyncio.ensure_future(house.host.use(house.manifest))
    await house.time.run(STANDSTILL_MS[WEBGPU])
    await using
    assert house.loaded == [WEBGPU, WASM]
    assert house.host.status.state is State.READY


async def test_host_waits_for_a_download_as_long_as_its_store_does() -> None:
    house = House(mode=GPUMode.CPU)
    house.goes_on.clear()
    using = asyncio.ensure_future(house.host.use(house.manifest))
    await house.time.run(100.0 * STANDSTILL_MS[WASM])
    assert house.given_up == []
    house.goes_on.set()
    await using
    assert house.host.status.state is State.READY


async def test_load_goes_on_while_it_gives_signs_of_life() -> None:
    time = ManualTime()
    heard: list[Loading] = []

    async def load(on_step: Callable[[Loading], None]) -> str:
        for _piece in range(10):
            on_step(Loading(LoadingStep.SESSIONS, 1, 1))
            moved = asyncio.Event()
            time.call_later(900.0, moved.set)
            await moved.wait()
        return "model"

    loading = asyncio.ensure_future(while_it_moves(load, heard.append, 1000.0, time))
    await time.run(10 * 900.0)
    assert await loading == "model"
    assert len(heard) == 10
    assert time.pending == 0


async def test_load_that_is_cancelled_from_outside_is_not_called_stuck() -> None:
    time = ManualTime()

    async def load(on_step: Callable[[Loading], None]) -> None:
        on_step(Loading(LoadingStep.CHECK, 1, 1))
        await asyncio.Event().wait()

    loading = asyncio.ensure_future(while_it_moves(load, lambda _step: None, 1000.0, time))
    await time.run(10.0)
    loading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loading
    assert time.pending == 0
