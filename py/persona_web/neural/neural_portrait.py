"""A neural portrait: a model draws it now and then, and its pictures are bent in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

from persona_core.base.ports import Clock
from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams
from persona_core.graphics.monitor import PerformanceMonitor
from persona_core.neural.drivers import Driver
from persona_core.neural.pacing import InferencePacing
from persona_core.neural.reprojection import Reprojection
from persona_core.portrait.portrait import Portrait
from persona_web.neural.paced_inference import Face, PacedInference
from persona_web.view.renderer import (
    CanvasRenderer,
    ClosableCanvas,
)
from persona_web.view.worn_portrait import MakePortrait, WornPortrait

Floats = npt.NDArray[np.float32]

NEUTRAL: Final = FaceParams(0.0)


class Screen(Protocol):
    """Where its pictures are seen; in the browser a ``NeuralPicture``."""

    @property
    def bends(self) -> bool: ...

    @property
    def memory_bytes(self) -> int: ...

    def take(self, picture: Any) -> None:
        """Takes a picture over; one that is closed lets it go."""
        ...

    def show(self, mesh: Floats | None) -> None: ...

    def close(self) -> None: ...


class NeuralPortrait:
    """One portrait at one place: an :class:`~persona_web.view.avatar.Avatar`.

    Inferences run beside the drawing, one at a time, each with the newest face; the display never
    waits for one.

    Args:
        limit_hz: pictures a second that are wanted at most, now.

    Attributes:
        style: the drawn look of the same person, for whoever cannot show the portrait.
    """

    def __init__(
        self,
        face: Face,
        driver: Driver,
        screen: Screen,
        mesh: Reprojection,
        monitor: PerformanceMonitor,
        clock: Clock,
        limit_hz: Callable[[], float],
        style: AvatarStyle | None = None,
    ) -> None:
        self.style = style or CHARACTERS[0].style
        self._face = face
        self._driver = driver
        self._screen = screen
        self._mesh = mesh
        self._inference = PacedInference(face, monitor, clock, limit_hz)
        self._taken = NEUTRAL

    @property
    def pacing(self) -> InferencePacing:
        """How often the model is asked."""
        return self._inference.pacing

    @property
    def memory_bytes(self) -> int:
        return self._screen.memory_bytes

    async def begin(self) -> None:
        """Draws the first picture, so that there is one to show.

        Raises:
            ModelError: the model fails.
        """
        self._screen.take((await self._face.draw(self._driver.parameters(NEUTRAL))).picture)

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows the newest picture, bent to this face.

        Raises:
            ModelError: the model has failed since the last frame.
        """

        def take(picture: Any) -> None:
            self._screen.take(picture)
            self._taken = params

        self._inference.offer(lambda: self._driver.parameters(params), take)
        mesh = self._mesh.bend(self._taken, params) if self._screen.bends else None
        self._screen.show(mesh)

    def close(self) -> None:
        """Gives back what it holds of model and memory; the surface stays."""
        self._inference.close()
        self._screen.close()


class NeuralCanvasRenderer(CanvasRenderer):
    """A neural portrait on a 2D canvas, or the drawn character where there is no portrait."""

    def __init__(
        self, canvas: ClosableCanvas, style: AvatarStyle, make_portrait: MakePortrait
    ) -> None:
        super().__init__(canvas, style)
        self._worn = WornPortrait(make_portrait)

    @property
    def shows_portrait(self) -> bool:
        return self._worn.painter is not None

    async def set_portrait(self, portrait: Portrait | None) -> None:
        """Raises what making it raised; then the look stays as it was."""
        await self._worn.put_on(portrait)

    def draw(self, params: FaceParams, now_ms: float) -> None:
        if self._worn.painter is None:
            super().draw(params, now_ms)
        else:
            self._worn.painter.draw(params, now_ms)

    def close(self) -> None:
        self._worn.close()
        super().close()
