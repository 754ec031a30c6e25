"""How far a model is on its way, and how long it may stand still there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeVar

from persona_core.base.ports import Scheduler, Timer
from persona_core.errors import ModelError
from persona_core.graphics.modes import Rung

STUCK: Final = "model-stuck"
"""Code of a load that stood still."""


class LoadingStep(Enum):
    """What loading is at; the value is the word of ``model.step.<word>``."""

    DOWNLOAD = "download"
    SESSIONS = "sessions"
    SIMPLER = "simpler"
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

STANDSTILL_MS: Final[Mapping[Rung, float]] = {
    # Every piece of the runtime that comes over the network is a sign of life here,
    Rung.NEURAL_WASM: 45_000.0,
    # and none there: 27 MB of it.
    Rung.NEURAL_WEBGPU: 240_000.0,
}
"""How long nothing may happen on a rung, once the model's files are here."""

Loaded = TypeVar("Loaded")


async def while_it_moves(
    load: Callable[[Listener], Coroutine[Any, Any, Loaded]],
    on_step: Listener,
    standstill_ms: float,
    scheduler: Scheduler,
) -> Loaded:
    """Loads, and breaks off once a step after the download has given no sign for too long. Of the
    download its store takes care.

    Raises:
        ModelError: :data:`STUCK`, or what ``load`` raises.
    """
    timer: Timer | None = None
    is_stuck = False

    def give_up() -> None:
        nonlocal is_stuck
        is_stuck = True
        work.cancel()

    def told(loading: Loading) -> None:
        nonlocal timer
        if timer is not None:
            timer.cancel()
        waits = loading.step is not LoadingStep.DOWNLOAD
        timer = scheduler.call_later(standstill_ms, give_up) if waits else None
        on_step(loading)

    work = asyncio.ensure_future(load(told))
    try:
        return await work
    except asyncio.CancelledError:
        if not is_stuck:
            raise
        detail = f"nothing happened for {standstill_ms:.0f} ms"
        raise ModelError(detail, code=STUCK) from None
    finally:
        if timer is not None:
            timer.cancel()
