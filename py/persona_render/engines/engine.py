"""What an engine is: it opens portraits, and draws each of them with one face after the other.

Engines of other people are found by the entry point group :data:`GROUP`; an entry is a callable as
:class:`OpenEngine`, under the name by which ``--engine`` asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from persona_core.face.params import FaceParams
from persona_core.neural.portrait_crop import Square
from persona_core.portrait.expressions.portrait_set import PortraitSet

GROUP: Final = "persona_render.engines"

Picture = npt.NDArray[np.uint8]
"""(side, side, 3) sRGB."""


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """
    Attributes:
        model: the model's folder.
        workers: processes or devices to draw in side by side.
        device: ``auto``, ``cpu``, ``cuda`` or ``tensorrt``; not every engine has a choice.
        batch: how many pictures that wait are drawn at once at most; 0 for what suits the device.
            Not every engine can.
    """

    model: Path
    workers: int = 1
    device: str = "auto"
    batch: int = 0


class Session(Protocol):
    """One portrait. Its methods are called by one thread at a time, not always the same one.

    Attributes:
        square: what of the photo its pictures show, always the same; None where that cannot be
            said, and then pages do not bend them to newer faces.
    """

    @property
    def square(self) -> Square | None: ...

    def render(self, params: FaceParams) -> Picture:
        """The portrait with this face, at ``params.time_ms`` of a clock that only rises.

        Raises:
            RenderError: it cannot be drawn any more.
        """
        ...

    def close(self) -> None:
        """Lets go of all that is known of the portrait. May be called twice."""
        ...


class Engine(Protocol):
    """Opens sessions, several at a time and from several threads.

    Attributes:
        name: of the engine and its model, for figures and logs.
        sides: of the pictures that it can draw, pixels, the usual one first.
    """

    @property
    def name(self) -> str: ...

    @property
    def sides(self) -> tuple[int, ...]: ...

    def open(self, portrait: PortraitSet, side: int) -> Session:
        """
        Args:
            side: one of ``sides``.

        Raises:
            PortraitError: a picture of it cannot be decoded.
            RenderError: the engine has failed.
        """
        ...

    def close(self) -> None:
        """Ends all work; sessions cannot be used any more."""
        ...


class OpenEngine(Protocol):
    """What an entry point of :data:`GROUP` leads to."""

    def __call__(self, options: EngineOptions) -> Engine:
        """
        Raises:
            RenderError: the model or something that it needs is not here.
        """
        ...
