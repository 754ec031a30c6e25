"""LivePortrait-Lite: the bent photo, and over it what nets draw of mouth and eyes now and then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from persona_core.base.ports import Clock
from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams
from persona_core.graphics.monitor import PerformanceMonitor
from persona_core.neural.families.lite_driver import LiteDriver
from persona_core.neural.families.lite_layer import Freshness
from persona_core.neural.pacing import InferencePacing
from persona_core.portrait.rig import PortraitRig
from persona_web.neural.neural_portrait import NEUTRAL
from persona_web.neural.paced_inference import Face, PacedInference

Floats = npt.NDArray[np.float32]


class PatchScene(Protocol):
    """Where a posed portrait is painted; in the browser a ``LiteScene``."""

    @property
    def memory_bytes(self) -> int: ...

    def take(self, changes: Any) -> None: ...

    def show(self, values: Floats, share: float) -> None: ...

    def close(self) -> None: ...


class LitePortrait:
    """One photo at one place: an :class:`~persona_web.view.avatar.Avatar`.

    Every displayed frame is the portrait as it is without nets. What they have drawn lies over it
    and moves with it until they have drawn anew; where they fall silent it fades.

    Args:
        limit_hz: inferences a second that are wanted at most, now.

    Attributes:
        style: the drawn look of the same person, for whoever cannot show the portrait.
    """

    def __init__(
        self,
        face: Face,
        driver: LiteDriver,
        rig: PortraitRig,
        scene: PatchScene,
        monitor: PerformanceMonitor,
        clock: Clock,
        limit_hz: Callable[[], float],
        style: AvatarStyle | None = None,
    ) -> None:
        self.style = style or CHARACTERS[0].style
        self._face = face
        self._driver = driver
        self._rig = rig
        self._scene = scene
        self._clock = clock
        self._inference = PacedInference(face, monitor, clock, limit_hz)
        self._freshness = Freshness()
        self._closed = False

    @property
    def pacing(self) -> InferencePacing:
        """How often the model is asked."""
        return self._inference.pacing

    @property
    def memory_bytes(self) -> int:
        return self._scene.memory_bytes

    async def begin(self) -> None:
        """Draws the first patches.

        Raises:
            ModelError: the model fails.
        """
        values = self._rig.pose(NEUTRAL, self._clock.now_ms())
        self._take((await self._face.draw(self._driver.parameters(values))).picture)

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows the photo with this face.

        Raises:
            ModelError: the model has failed since the last frame.
        """
        values = self._rig.pose(params, now_ms)
        self._inference.offer(lambda: self._driver.parameters(values), self._take)
        self._scene.show(values, self._freshness.share(self._clock.now_ms()))

    def _take(self, changes: Any) -> None:
        if not self._closed:
            self._scene.take(changes)
            self._freshness.taken(self._clock.now_ms())

    def close(self) -> None:
        """Gives back what it holds of model and memory; the surface stays."""
        self._closed = True
        self._inference.close()
        self._scene.close()
