"""What this machine and browser can do for drawing, found out once by the probe.

Everything is told apart by what it can do, never by a browser's name. The probe
(``persona_web/bridge/graphics/gpu_probe.js``) gives plain data; here it is checked and frozen, and
the questions are answered that the rest of the app asks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from persona_core.graphics.modes import OWN_RUNGS, GPUMode, Rung, WebGPUStatus

NO_API: Final = "webgpu-missing"
NO_ADAPTER: Final = "webgpu-no-adapter"
WEBGPU_ERROR: Final = "webgpu-error"
WEBGL_MISSING: Final = "webgl-missing"
MODEL_MISSING: Final = "model-missing"
SERVER_MISSING: Final = "server-missing"
PORTRAIT_MISSING: Final = "portrait-missing"
WASM_MISSING: Final = "wasm-missing"
NOT_PROBED: Final = "not-probed"
SOFTWARE_ONLY: Final = "software-only"
"""It could be done, but a plain canvas does the same for less."""

MAX_TEXT: Final = 200
"""Characters of a text that are kept; drivers tell whole stories."""

_EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class WebGPUCapability:
    """What ``navigator.gpu`` gave.

    Attributes:
        error: why there is no adapter, as a reason code; None where there is one.
        detail: what the platform said about it, for reports.
        info: ``vendor``, ``architecture``, ``device``, ``description``; empty where withheld.
        limits: the adapter's limits by their WebGPU names.
        features: the adapter's features, such as ``shader-f16``.
        software: whether the adapter is a CPU in disguise.
    """

    error: str | None = NOT_PROBED
    detail: str = ""
    info: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    limits: Mapping[str, int] = field(default_factory=lambda: _EMPTY)
    features: frozenset[str] = frozenset()
    software: bool = False


@dataclass(frozen=True, slots=True)
class WebGLCapability:
    """What a WebGL2 context said of itself.

    Attributes:
        error: why there is none, as a reason code; None where there is one.
        renderer: the driver's name, empty where withheld.
        max_texture: longest side of a texture in pixels.
        software: whether a CPU does the work.
    """

    error: str | None = NOT_PROBED
    renderer: str = ""
    max_texture: int = 0
    software: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The whole probe, frozen. Without arguments: nothing but Canvas 2D, nothing probed.

    Attributes:
        wasm: whether WebAssembly runs; where Python runs, it does.
        wasm_simd: whether it has fixed-width SIMD.
        wasm_threads: whether it has shared memory, which needs ``isolated``.
        cores: logical processors, at least 1.
        memory_gb: a coarse hint of the machine's memory, capped by browsers; None where
            withheld.
        isolated: whether the page is ``crossOriginIsolated``.
    """

    webgpu: WebGPUCapability = WebGPUCapability()
    webgl: WebGLCapability = WebGLCapability()
    wasm: bool = True
    wasm_simd: bool = False
    wasm_threads: bool = False
    cores: int = 1
    memory_gb: float | None = None
    isolated: bool = False

    @classmethod
    def from_probe(cls, probe: object) -> Capabilities:
        """The capabilities that a probe's plain data tells.

        Never raises: whatever is missing or of another kind than it should be counts as not
        there, for a browser that answers oddly is one that cannot be built upon.
        """
        given = _mapping(probe)
        return cls(
            webgpu=_webgpu(_mapping(given.get("webgpu"))),
            webgl=_webgl(_mapping(given.get("webgl"))),
            wasm=given.get("wasm") is not False,
            wasm_simd=given.get("wasmSimd") is True,
            wasm_threads=given.get("wasmThreads") is True,
            cores=max(_whole(given.get("cores")), 1),
            memory_gb=_positive(given.get("memoryGb")),
            isolated=given.get("isolated") is True,
        )

    @property
    def has_gpu(self) -> bool:
        """Whether anything but the CPU draws."""
        return any(api.error is None and not api.software for api in (self.webgpu, self.webgl))

    @property
    def has_half_floats(self) -> bool:
        """Whether WebGPU shaders compute with 16-bit floats."""
        return "shader-f16" in self.webgpu.features

    @property
    def webgpu_status(self) -> WebGPUStatus:
        """WebGPU's part, as pages show it."""
        supported = self.webgpu.error is None
        instead = GPUMode.CPU if self.webgl.error else GPUMode.WEBGL
        return WebGPUStatus(
            supported, self.webgpu.info, None if supported else instead, self.webgpu.error
        )

    @property
    def has_card(self) -> bool:
        """Whether WebGL2 is there, and more than a CPU behind it."""
        return self.webgl.error is None and not self.webgl.software

    def lack_of(self, rung: Rung) -> str | None:
        """Why this machine cannot do a rung, as a reason code; None where it can.

        Whether a neural model is loaded, or a server there, is not the machine's affair.
        """
        if rung.api == "webgpu":
            return self.webgpu.error
        if rung.api == "webgl2":
            return self.webgl.error
        if rung is Rung.NEURAL_WASM:
            return None if self.wasm and self.wasm_simd else WASM_MISSING
        return None

    def is_software(self, rung: Rung) -> bool:
        """Whether a CPU would do the GPU's part of a rung."""
        if rung.api == "webgpu":
            return self.webgpu.software
        return rung.api == "webgl2" and self.webgl.software

    def lack_of_mode(self, mode: GPUMode) -> str | None:
        """Why a mode cannot be chosen, as a reason code (``gpu.reason.<code>``); None where
        it can: at least one of its rungs that needs no model works here."""
        plain = [rung for rung in OWN_RUNGS[mode] if not rung.is_neural]
        lacks = [self.lack_of(rung) for rung in plain]
        return None if None in lacks else lacks[0]

    def to_dict(self) -> dict[str, Any]:
        """Plain data for reports."""
        return {
            "webgpu": {
                "error": self.webgpu.error,
                "detail": self.webgpu.detail,
                "info": dict(self.webgpu.info),
                "limits": dict(self.webgpu.limits),
                "features": sorted(self.webgpu.features),
                "software": self.webgpu.software,
            },
            "webgl": {
                "error": self.webgl.error,
                "renderer": self.webgl.renderer,
                "max_texture": self.webgl.max_texture,
                "software": self.webgl.software,
            },
            "wasm_simd": self.wasm_simd,
            "wasm_threads": self.wasm_threads,
            "cores": self.cores,
            "memory_gb": self.memory_gb,
            "isolated": self.isolated,
        }


def _webgpu(given: Mapping[str, Any]) -> WebGPUCapability:
    if given.get("adapter") is not True:
        error = NO_ADAPTER if given.get("api") is True else NO_API
        if given.get("error"):
            error = WEBGPU_ERROR
        return WebGPUCapability(error, _text(given.get("error")))
    info = {name: _text(value) for name, value in _mapping(given.get("info")).items()}
    limits = {name: _whole(value) for name, value in _mapping(given.get("limits")).items()}
    return WebGPUCapability(
        error=None,
        info=MappingProxyType({name: text for name, text in info.items() if text}),
        limits=MappingProxyType({name: limit for name, limit in limits.items() if limit > 0}),
        features=_words(given.get("features")),
        software=given.get("software") is True,
    )


def _webgl(given: Mapping[str, Any]) -> WebGLCapability:
    if given.get("context") is not True:
        return WebGLCapability(WEBGL_MISSING)
    return WebGLCapability(
        error=None,
        renderer=_text(given.get("renderer")),
        max_texture=_whole(given.get("maxTexture")),
        software=given.get("software") is True,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        return _EMPTY
    return {key: inner for key, inner in value.items() if isinstance(key, str)}


def _words(value: object) -> frozenset[str]:
    if not isinstance(value, list | tuple | set | frozenset):
        return frozenset()
    return frozenset(word[:MAX_TEXT] for word in value if isinstance(word, str) and word)


def _text(value: object) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _positive(value: object) -> float | None:
    """JavaScript's numbers come as int or float; bool is an int to Python only."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value > 0 else None


def _whole(value: object) -> int:
    number = _positive(value)
    return 0 if number is None else int(number)
