"""A neural portrait: a model is asked for it now and then, and every frame in between is made of
what it gave last.

    BentPicture   the model gives pictures; the last one is bent to the newest face
    PatchedPhoto  the photo is bent as it is without nets; what they give lies over it
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.base.ports import Clock
from persona_core.drawn.characters import CHARACTERS
from persona_core.errors import ModelError
from persona_core.face.params import FaceParams
from persona_core.graphics.monitor import PerformanceMonitor
from persona_core.neural.families.lite_driver import LiteDriver
from persona_core.neural.families.lite_layer import Freshness
from persona_core.neural.families.lite_pictures import MIX, mix_of, set_tensors
from persona_core.neural.pacing import InferencePacing
from persona_core.neural.reprojection import Reprojection
from persona_core.portrait.rig import PortraitRig
from persona_web.base.background import Background
from persona_web.view.joined_expressions import JoinedExpressions

if TYPE_CHECKING:
    from persona_core.portrait.expressions.expression import Expression

Tensors = dict[str, Floats]

NEUTRAL: Final = FaceParams(0.0)
_HARMLESS: Final = frozenset({"model-busy", "model-cancelled"})
"""A model that is being unloaded is no failure: its last picture stays."""


class Drawn(Protocol):
    """What a model gave for a frame."""

    @property
    def ms(self) -> float: ...

    @property
    def picture(self) -> Any: ...


class Face(Protocol):
    """A portrait on a model; in the browser a ``NeuralFace``."""

    @property
    def is_free(self) -> bool: ...

    async def draw(self, parameters: Tensors) -> Drawn: ...

    async def close(self) -> None: ...


Pose = TypeVar("Pose")


class Drawing(Protocol[Pose]):
    """How a family's portraits are shown: what a model is told of a face, and what is made of
    its answers. A pose is a face as the family needs it."""

    @property
    def memory_bytes(self) -> int: ...

    def pose(self, params: FaceParams, now_ms: float, /) -> Pose: ...

    def parameters(self, pose: Pose, /) -> Tensors:
        """What the model is told."""
        ...

    def take(self, picture: Any, pose: Pose) -> None:
        """Takes over what the model gave for a pose; one that is closed lets it go."""
        ...

    def show(self, pose: Pose) -> None: ...

    async def add(self, expression: Expression) -> Tensors:
        """Draws from one further picture of the person, too, where the family can; gives what
        the model has to be told of it once."""
        ...

    def close(self) -> None: ...


class NeuralPortrait(Generic[Pose]):
    """One portrait at one place: an :class:`~persona_web.view.avatar.Avatar`.

    Inferences run beside the drawing, one at a time, each with the newest face; the display never
    waits for one.

    Args:
        limit_hz: pictures a second that are wanted at most, now.

    Attributes:
        style: the drawn look of the same person, for whoever cannot show the portrait.
        pacing: how often the model is asked.
    """

    def __init__(
        self,
        face: Face,
        drawing: Drawing[Pose],
        monitor: PerformanceMonitor,
        clock: Clock,
        limit_hz: Callable[[], float],
    ) -> None:
        self.style = CHARACTERS[0].style
        self.pacing = InferencePacing()
        self._face = face
        self._drawing = drawing
        self._monitor = monitor
        self._clock = clock
        self._limit_hz = limit_hz
        self._background = Background()
        self._failure: Exception | None = None
        self._untold: Tensors = {}
        self._closed = False

    @property
    def memory_bytes(self) -> int:
        return self._drawing.memory_bytes

    async def begin(self) -> None:
        """Draws the first picture, so that there is one to show.

        Raises:
            ModelError: the model fails.
        """
        pose = self._drawing.pose(NEUTRAL, self._clock.now_ms())
        drawn = await self._face.draw(self._drawing.parameters(pose))
        self._drawing.take(drawn.picture, pose)

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows this face by what the model gave last.

        Raises:
            ModelError: the model has failed since the last frame.
        """
        if self._failure is not None:
            raise self._failure
        pose = self._drawing.pose(params, now_ms)
        self.pacing.limit_hz = self._limit_hz()
        if self._face.is_free and self.pacing.is_due(self._clock.now_ms()):
            self.pacing.began(self._clock.now_ms())
            self._background.run(self._infer(self._drawing.parameters(pose), pose))
        self._drawing.show(pose)

    async def add_expression(self, expression: Expression) -> None:
        """Draws from one further picture of the person, too, where the model's family can."""
        self._untold |= await self._drawing.add(expression)

    async def _infer(self, parameters: Tensors, pose: Pose) -> None:
        told = dict(self._untold)
        try:
            drawn = await self._face.draw(parameters | told)
        except Exception as error:  # told with the next frame, which the stage asks for
            self.pacing.given_up()
            harmless = isinstance(error, ModelError) and error.code in _HARMLESS
            self._failure = None if harmless else error
            return
        self._untold = {
            name: each for name, each in self._untold.items() if told.get(name) is not each
        }
        self._drawing.take(drawn.picture, pose)
        if self._closed:
            return
        now_ms = self._clock.now_ms()
        self.pacing.ended(now_ms)
        self._monitor.inferred(now_ms, drawn.ms)

    def close(self) -> None:
        """Gives back what it holds of model and memory, after the run in progress; the surface
        stays."""
        self._closed = True
        self._monitor.inference_stopped()
        self._background.run(self._face.close())
        self._drawing.close()


class Screen(Protocol):
    """Where a model's pictures are seen; in the browser a ``NeuralPicture``."""

    @property
    def bends(self) -> bool: ...

    @property
    def memory_bytes(self) -> int: ...

    def take(self, picture: Any) -> None:
        """Takes a picture over; one that is closed lets it go."""
        ...

    def show(self, mesh: Floats | None) -> None: ...

    def close(self) -> None: ...


class BentPicture:
    """The model's last picture, bent to the newest face: a :class:`Drawing`.

    Args:
        drive: gives a frame's inputs for a face.
    """

    def __init__(
        self, drive: Callable[[FaceParams], Tensors], screen: Screen, mesh: Reprojection
    ) -> None:
        self.parameters = drive
        self._screen = screen
        self._mesh = mesh
        self._taken = NEUTRAL

    @property
    def memory_bytes(self) -> int:
        return self._screen.memory_bytes

    def pose(self, params: FaceParams, now_ms: float) -> FaceParams:
        return params

    def take(self, picture: Any, pose: FaceParams) -> None:
        self._screen.take(picture)
        self._taken = pose

    def show(self, pose: FaceParams) -> None:
        self._screen.show(self._mesh.bend(self._taken, pose) if self._screen.bends else None)

    async def add(self, expression: Expression) -> Tensors:
        """The model's pictures are of the portrait alone."""
        return {}

    def close(self) -> None:
        self._screen.close()


class PatchScene(Protocol):
    """Where a posed portrait is painted; in the browser a ``LiteScene``."""

    @property
    def memory_bytes(self) -> int: ...

    def take(self, changes: Any) -> None: ...

    def show(self, values: Floats, share: float) -> None: ...

    async def add(self, expression: Expression) -> Expression | None: ...

    async def mouth_pixels(self, expression: Expression) -> npt.NDArray[np.uint8] | None: ...

    def close(self) -> None: ...


class PatchedPhoto:
    """The bent photo, and over it what nets draw of mouth and eyes now and then: a
    :class:`Drawing`.

    Every displayed frame is the portrait as it is without nets. What they have drawn moves with
    it until they have drawn anew; where they fall silent it fades. Of a person's further pictures
    the mouth's net is told, and draws over them; eyes lie over what nets draw.
    """

    def __init__(
        self, driver: LiteDriver, rig: PortraitRig, scene: PatchScene, clock: Clock
    ) -> None:
        self.pose = rig.pose
        self._driver = driver
        self._scene = scene
        self._joined = JoinedExpressions(scene, rig)
        self._clock = clock
        self._freshness = Freshness()
        self._adding = asyncio.Lock()
        self._mouths: list[npt.NDArray[np.uint8] | None] = []
        self._closed = False

    @property
    def memory_bytes(self) -> int:
        return self._scene.memory_bytes

    def parameters(self, pose: Floats) -> Tensors:
        tensors = self._driver.parameters(pose)
        if self._mouths:
            tensors[MIX] = mix_of(pose)
        return tensors

    def take(self, picture: Any, pose: Floats) -> None:
        if not self._closed:
            self._scene.take(picture)
            self._freshness.taken(self._clock.now_ms())

    def show(self, pose: Floats) -> None:
        self._scene.show(pose, self._freshness.share(self._clock.now_ms()))

    async def add(self, expression: Expression) -> Tensors:
        async with self._adding:
            await self._joined.add(expression)
            drawn = self._joined.drawn
            for each in drawn[len(self._mouths) :]:
                self._mouths.append(await self._scene.mouth_pixels(each))
            return set_tensors(drawn, self._mouths) if drawn else {}

    def close(self) -> None:
        self._closed = True
        self._scene.close()
