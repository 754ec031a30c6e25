"""``PacedInference``: a model beside a display that never waits for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from persona_core.base.ports import Clock
from persona_core.errors import ModelError
from persona_core.graphics.monitor import PerformanceMonitor
from persona_core.neural.pacing import InferencePacing
from persona_web.base.background import Background

Floats = npt.NDArray[np.float32]
Tensors = dict[str, Floats]

_HARMLESS: Final = frozenset({"model-busy", "model-cancelled"})


class Drawn(Protocol):
    """What a model gave for a frame."""

    @property
    def ms(self) -> float: ...

    @property
    def picture(self) -> Any: ...


class Face(Protocol):
    """A portrait on a model; in the browser a ``NeuralFace`` of ``neural_model``."""

    @property
    def is_free(self) -> bool: ...

    async def draw(self, parameters: Tensors) -> Drawn: ...

    async def close(self) -> None: ...


class PacedInference:
    """Asks a face's model at a pace: one run at a time, each with the newest parameters.

    Args:
        limit_hz: pictures a second that are wanted at most, now.

    Attributes:
        pacing: how often the model is asked.
    """

    def __init__(
        self,
        face: Face,
        monitor: PerformanceMonitor,
        clock: Clock,
        limit_hz: Callable[[], float],
    ) -> None:
        self.pacing = InferencePacing()
        self._face = face
        self._monitor = monitor
        self._clock = clock
        self._limit_hz = limit_hz
        self._background = Background()
        self._failure: Exception | None = None
        self._closed = False

    def offer(self, parameters: Callable[[], Tensors], take: Callable[[Any], None]) -> None:
        """A frame is displayed: a run begins if one is due.

        Args:
            parameters: gives its inputs, if it begins.
            take: is given its picture, even after :meth:`close`.

        Raises:
            ModelError: the model has failed since the last frame.
        """
        if self._failure is not None:
            raise self._failure
        self.pacing.limit_hz = self._limit_hz()
        if self._face.is_free and self.pacing.is_due(self._clock.now_ms()):
            self.pacing.began(self._clock.now_ms())
            self._background.run(self._infer(parameters(), take))

    async def _infer(self, parameters: Tensors, take: Callable[[Any], None]) -> None:
        try:
            drawn = await self._face.draw(parameters)
        except Exception as error:  # told with the next frame, which the stage asks for
            self.pacing.given_up()
            # A model that is being unloaded is no failure: its last picture stays.
            harmless = isinstance(error, ModelError) and error.code in _HARMLESS
            self._failure = None if harmless else error
            return
        take(drawn.picture)
        if self._closed:
            return
        now_ms = self._clock.now_ms()
        self.pacing.ended(now_ms)
        self._monitor.inferred(now_ms, drawn.ms)

    def close(self) -> None:
        """Lets go of the face, after the run in progress."""
        self._closed = True
        self._monitor.inference_stopped()
        self._background.run(self._face.close())
