"""What the loading of a neural model tells, and what it asks of a machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from persona_core.neural.plan import Computes


class LoadingStep(Enum):
    """What loading is at; the value is the word of ``neural.step.<word>``."""

    DOWNLOAD = "download"
    SESSIONS = "sessions"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Loading:
    """How far loading is.

    Attributes:
        received: bytes that are here, of ``total``; they never fall and end at ``total``.
        kept: False once the browser had no room to keep files; they are used all the same.
    """

    step: LoadingStep
    received: int
    total: int
    kept: bool = True


Listener = Callable[[Loading], None]


class MachineNeeds(Computes, Protocol):
    """What is asked of a machine: :class:`persona_core.graphics.capabilities.Capabilities`."""


class WasmMachine:
    """Where the CPU computes, in 32-bit floats whatever the GPU can do."""

    has_half_floats = False
