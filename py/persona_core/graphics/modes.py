"""What a person chooses (:class:`GPUMode`), and what it is drawn with (:class:`Rung`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final


class GPUMode(Enum):
    """What the person lets the app draw with; the value is kept and stands in addresses."""

    AUTO = "auto"
    WEBGPU = "webgpu"
    WEBGL = "webgl"
    CPU = "cpu"


class Rung(Enum):
    """One way of drawing an avatar. The members stand in order, the best first."""

    SERVER = "server"
    """A neural portrait, drawn by a render server that the person agreed to."""
    NEURAL_WEBGPU = "neural-webgpu"
    """A neural portrait, inferred and drawn by WebGPU."""
    NEURAL_WASM = "neural-wasm"
    """A neural portrait, inferred by WebAssembly."""
    WEBGPU = "webgpu"
    """Portrait mesh and effects by WebGPU."""
    WEBGL = "webgl"
    """Portrait mesh and effects by WebGL2."""
    CANVAS = "canvas"
    """On a 2D canvas, without effects: drawn characters as they are, portraits painted by the CPU,
    coarser. Works wherever there is a browser."""
    STILL = "still"
    """Portraits as still photos with a level meter, on a 2D canvas."""

    @property
    def api(self) -> str:
        """The context that its canvas needs: ``webgpu``, ``webgl2`` or ``2d``."""
        return _APIS[self]

    @property
    def is_neural(self) -> bool:
        """Whether it draws whom a model draws, here or on a server, and nobody else."""
        return self in NEURAL or self is Rung.SERVER

    def is_above(self, other: Rung) -> bool:
        """Whether it is the better of the two."""
        return LADDER.index(self) < LADDER.index(other)


LADDER: Final = tuple(Rung)
"""All rungs, the best first."""

NEURAL: Final = frozenset({Rung.NEURAL_WEBGPU, Rung.NEURAL_WASM})
"""Those that need a model loaded on this device."""

_APIS: Final[Mapping[Rung, str]] = {
    Rung.SERVER: "2d",
    Rung.NEURAL_WEBGPU: "webgpu",
    Rung.NEURAL_WASM: "2d",
    Rung.WEBGPU: "webgpu",
    Rung.WEBGL: "webgl2",
    Rung.CANVAS: "2d",
    Rung.STILL: "2d",
}

OWN_RUNGS: Final[Mapping[GPUMode, tuple[Rung, ...]]] = MappingProxyType(
    {
        GPUMode.AUTO: LADDER,
        GPUMode.WEBGPU: (Rung.NEURAL_WEBGPU, Rung.WEBGPU),
        GPUMode.WEBGL: (Rung.WEBGL,),
        GPUMode.CPU: (Rung.NEURAL_WASM, Rung.CANVAS, Rung.STILL),
    }
)
"""What a mode asks for. Slowness moves an avatar among these only: who pinned a mode keeps it."""

REFUGES: Final[Mapping[GPUMode, tuple[Rung, ...]]] = MappingProxyType(
    {
        GPUMode.AUTO: (),
        GPUMode.WEBGPU: (Rung.WEBGL, Rung.CANVAS, Rung.STILL),
        GPUMode.WEBGL: (Rung.CANVAS, Rung.STILL),
        GPUMode.CPU: (),
    }
)
"""Where a mode goes when nothing of its own works: an avatar is always shown."""


class RenderQuality(Enum):
    """How much a frame may cost, the least first."""

    SPARING = "sparing"
    """As plain, and fewer pictures are drawn."""
    PLAIN = "plain"
    """As low, without effects."""
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    ULTRA = "ultra"


CHOOSABLE: Final = (
    RenderQuality.LOW,
    RenderQuality.MEDIUM,
    RenderQuality.HIGH,
    RenderQuality.ULTRA,
)
"""What a person may pin: all that shows what they chose to see."""


@dataclass(frozen=True, slots=True)
class WebGPUStatus:
    """What there is to say of WebGPU on this machine.

    Attributes:
        is_supported: whether an adapter was given.
        gpu_info: ``vendor``, ``architecture``, ``device``, ``description``, as far as told.
        fallback_mode: what ``auto`` comes to without WebGPU, None where it is supported.
        error: reason code why it is not supported, None where it is; the catalogue's key is
            ``gpu.reason.<code>``.
    """

    is_supported: bool
    gpu_info: Mapping[str, str]
    fallback_mode: GPUMode | None
    error: str | None
