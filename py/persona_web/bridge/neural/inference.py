"""Running a model's graphs with onnxruntime-web: in a worker on wasm, or on the GPU device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

import js
import numpy as np
from pyodide.ffi import JsException, to_js

from persona_core.base.arrays import Floats
from persona_core.errors import ModelError
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site

WASM_FOLDER = "vendor/ort/"
MAX_THREADS = 4
"""More gain little on nets of this size, and the page and the tracker want cores, too."""


class Backend(Enum):
    """What computes; the value is onnxruntime's name of it."""

    WEBGPU = "webgpu"
    WASM = "wasm"


_BUNDLES = {
    Backend.WEBGPU: "vendor/ort/ort.webgpu.min.mjs",
    Backend.WASM: "vendor/ort/ort.wasm.min.mjs",
}
FASTER_BUNDLE = "vendor/ort/ort.jspi.min.mjs"
"""For WebGPU where the browser can suspend wasm: 10 MB less to load, half the time to start."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run gave.

    Attributes:
        ms: how long it took, without the way to the worker and back.
        picture: a JavaScript ``ImageBitmap`` of the picture that was asked for; None on WebGPU,
            where it stays on the GPU in its :meth:`Inference.slot`.
        values: what was asked to be read, flat.
        arrays: a JavaScript object of what was asked to be handed over, by tensor: flat
            ``Float32Array``.
    """

    ms: float
    picture: Any
    values: dict[str, Floats]
    arrays: Any = None


class Inference:
    """One model's sessions and the values that live between its runs; one run at a time."""

    def __init__(self, host: Any, proxies: Proxies) -> None:
        self.js = host
        """The JavaScript host, for painters that draw a slot."""
        self._proxies = proxies
        self._inputs: dict[tuple[str, str], Any] = {}
        self._running = False
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def is_running(self) -> bool:
        """Whether another run would be refused now."""
        return self._running

    @classmethod
    async def open(
        cls,
        site: Site,
        backend: Backend,
        device: Any = None,
        *,
        threads: int | None = None,
        on_alive: Callable[[], None] = lambda: None,
    ) -> Self:
        """A worker may still be starting; what it is asked for waits, and fails where it cannot
        start.

        Args:
            device: the page's ``GPUDevice``, for WebGPU.
            threads: of wasm; by default as many as do the machine good.
            on_alive: hears of every piece of the runtime that reaches a worker.

        Raises:
            ModelError: onnxruntime cannot be started.
        """
        proxies = Proxies()
        module = await site.load("bridge/neural/inference.js")
        where = {"ort": site.address(bundle_of(backend)), "wasm": site.address(WASM_FOLDER)}
        with _refusals():
            if backend is Backend.WEBGPU:
                return cls(await module.openWebGpu(device, site.to_object(where)), proxies)
            options = site.to_object(where | {"threads": threads or wasm_threads()})
            worker = site.web_address("bridge/neural/inference.worker.js")
            return cls(module.openWasm(worker, options, proxies.keep(on_alive)), proxies)

    @property
    def on_gpu(self) -> bool:
        """Whether what it puts out stays on the GPU."""
        return str(self.js.backend) == Backend.WEBGPU.value

    @property
    def is_lost(self) -> bool:
        """Whether the device or the worker is gone that it computed on."""
        return bool(self.js.isLost())

    async def add_weights(self, name: str, data: Any) -> None:
        """Takes a weights file, a JavaScript ``ArrayBuffer`` that is given away."""
        with _refusals():
            await self.js.addWeights(name, data)

    async def create(self, name: str, graph: Any, weights: str | None) -> None:
        """Makes one graph's session from its ONNX file.

        Raises:
            ModelError: ``model-unsupported`` where this runtime cannot run it.
        """
        with _refusals():
            await self.js.create(name, graph, weights)

    async def created(self) -> None:
        """Says that every session is made, so that the weights can go."""
        with _refusals():
            await self.js.created()

    async def add_steps(self, site: Site, module: str, options: Mapping[str, Any]) -> None:
        """Adds steps that a script computes where the model runs; a run takes them for graphs.

        Args:
            module: of this package, as ``bridge/neural/lite_steps.js``.
            options: plain data that it is told.
        """
        with _refusals():
            await self.js.addSteps(site.web_address(module), Site.to_object(dict(options)))

    async def idle(self) -> None:
        """Waits for the run in progress."""
        await self._ended.wait()

    async def run(
        self,
        graphs: Sequence[str],
        inputs: Mapping[str, Floats],
        *,
        picture: str | None = None,
        read: Sequence[str] = (),
        hand: Sequence[str] = (),
        face: str = "",
    ) -> Ran:
        """Runs graphs in order, after the inputs have been put under their names.

        Args:
            picture: the tensor to be given as a picture.
            read: tensors to be given as values.
            hand: tensors to be handed over as they are, for painters.
            face: whose values they are; those of other faces are left alone.

        Raises:
            ModelError: ``model-busy``, ``model-timeout``, ``model-run-failed``, ``gpu-lost``.
        """
        if self._running:
            raise ModelError("a run is in progress", code="model-busy")
        options: dict[str, Any] = {"read": to_js([*read, *hand]), "face": face}
        if picture is not None:
            options["picture"] = picture
        given = Site.to_object(
            {name: self._tensor(face, name, each) for name, each in inputs.items()}
        )
        self._running = True
        self._ended.clear()
        try:
            with _refusals():
                ran = await self.js.run(to_js(list(graphs)), given, Site.to_object(options))
        finally:
            self._running = False
            self._ended.set()
        values = {name: np.array(getattr(ran.values, name).to_py()) for name in read}
        return Ran(float(ran.ms), ran.bitmap, values, ran.values if hand else None)

    def slot(self, name: str, face: str = "") -> Any:
        """The JavaScript tensor of a value on the GPU; it may be drawn until the face's run
        after the next one begins.

        Raises:
            ModelError: nothing has given it.
        """
        with _refusals():
            return self.js.slot(name, face)

    async def drop(self, face: str) -> None:
        """Frees a face's values."""
        await self.js.drop(face)
        self._inputs = {key: held for key, held in self._inputs.items() if key[0] != face}

    async def memory_bytes(self) -> int | None:
        """Wasm memory that the worker holds, in bytes; None without a worker."""
        held = await self.js.memory()
        return None if held is None else int(held)

    async def close(self) -> None:
        """Frees sessions and values, after the run in progress; a worker ends at once."""
        await self.js.close()
        self._proxies.close()

    def _tensor(self, face: str, name: str, values: Floats) -> Any:
        """The JavaScript description of an input; its array is made once and filled anew."""
        held = self._inputs.get((face, name))
        if held is None or held.data.length != values.size:
            dims, data = to_js(list(values.shape)), js.Float32Array.new(values.size)
            held = Site.to_object({"type": "float32", "dims": dims, "data": data})
            self._inputs[face, name] = held
        held.data.assign(np.ascontiguousarray(values, dtype=np.float32).reshape(-1))
        return held


def bundle_of(backend: Backend) -> str:
    """The onnxruntime-web bundle for a backend in this browser, below the site's root."""
    if backend is Backend.WEBGPU and hasattr(js.WebAssembly, "Suspending"):
        return FASTER_BUNDLE
    return _BUNDLES[backend]


def wasm_threads() -> int:
    """Threads for wasm: 1 where memory cannot be shared."""
    if not js.crossOriginIsolated:
        return 1
    return max(1, min(int(js.navigator.hardwareConcurrency), MAX_THREADS))


@contextmanager
def _refusals() -> Iterator[None]:
    """Turns what our JavaScript refuses into :class:`ModelError` with its code."""
    try:
        yield
    except JsException as error:
        name = str(error.name)
        code = name if name.startswith(("model-", "gpu-")) else "model-failed"
        raise ModelError(str(error.message), code=code) from None
