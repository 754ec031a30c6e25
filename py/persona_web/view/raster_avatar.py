"""The portrait of a photo on a plain canvas: Python poses it, a worker's CPU paints it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, Self

from persona_core.base.arrays import Floats
from persona_core.drawn.characters import CHARACTERS
from persona_core.errors import SurfaceError
from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.expression import Expression
from persona_core.portrait.frame_change import FrameChange
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_web.view.graphics import EARLY_MS
from persona_web.view.joined_expressions import JoinedExpressions

if TYPE_CHECKING:
    from persona_core.portrait.expressions.expression import Expression
    from persona_web.bridge.graphics.canvas import DrawingCanvas
    from persona_web.bridge.site import Site
    from persona_web.view.graphics import Graphics

MOST_HZ: Final = 30.0
"""Pictures a second at most: what more would cost is better left to the face reader."""


class RasterizedScene(Protocol):
    """Where a posed portrait is painted beside the page; in the browser a ``RasterScene``."""

    @property
    def is_free(self) -> bool: ...

    @property
    def fault(self) -> str: ...

    async def add(self, expression: Expression) -> Expression | None:
        """Takes the next expression; gives what of it is drawn, None for nothing."""
        ...

    def size(self, side: int) -> tuple[int, int]: ...

    def request(self, values: Floats, width: int, height: int) -> None: ...

    async def done(self) -> None: ...

    def show(self) -> None: ...

    def close(self) -> None: ...


class RasterAvatar:
    """One photo on one canvas, with further pictures of the person where there are any: an
    :class:`~persona_web.view.avatar.Avatar`.

    A picture is asked for when the one before has come and it is due, with the newest face; what is
    said of faces in between is not queued. Where it would look like the one that is shown, none is.

    Args:
        side: of the square of as many pixels as a picture has at most, now.
        kept: hears that the picture that is shown does for another one.

    Attributes:
        style: the drawn look of the same person; it does not change the portrait.
        memory_bytes: of video memory: none.
    """

    memory_bytes = 0

    def __init__(
        self,
        scene: RasterizedScene,
        rig: PortraitRig,
        side: Callable[[], int],
        kept: Callable[[], object] = lambda: None,
    ) -> None:
        self.style = CHARACTERS[0].style
        self._scene = scene
        self._rig = rig
        self._joined = JoinedExpressions(scene, rig)
        self._side = side
        self._kept = kept
        self._change = FrameChange(rig.mesh, rig.placement)
        self._size = (0, 0)
        self._asked_ms = -math.inf

    @classmethod
    async def open(
        cls, site: Site, canvas: DrawingCanvas, portrait: Portrait, graphics: Graphics
    ) -> Self:
        """Prepares a portrait and paints it once, so that there is a picture to show.

        Raises:
            PortraitError: the portrait's image cannot be decoded.
            SurfaceError: the worker fails.
        """
        from persona_web.bridge.graphics.raster_scene import RasterScene

        rig = PortraitRig(portrait)
        scene = await RasterScene.open(
            site, canvas, portrait, rig, graphics.painted, cutout=graphics.effects.cutout
        )
        avatar = cls(scene, rig, lambda: graphics.quality_step.raster_side, graphics.kept)
        try:
            await avatar.begin()
        except SurfaceError:
            scene.close()
            raise
        return avatar

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The further pictures that are drawn from, as far as they could be decoded."""
        return self._joined.drawn

    async def add_expression(self, expression: Expression) -> None:
        """Draws from one further picture of the person, too, as soon as it can be; what is
        drawn until then stays as it is. Patches that cannot be decoded are left out."""
        await self._joined.add(expression)

    async def begin(self) -> None:
        """Paints the first picture.

        Raises:
            SurfaceError: the worker fails.
        """
        self._ask(FaceParams(0.0), 0.0)
        await self._scene.done()
        self._check()

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows the newest picture, and asks for one of this face if it is time.

        Raises:
            SurfaceError: the worker has failed.
        """
        self._check()
        self._scene.show()
        if self._scene.is_free and now_ms - self._asked_ms >= 1000.0 / MOST_HZ - EARLY_MS:
            self._asked_ms = now_ms
            self._ask(params, now_ms)

    def close(self) -> None:
        """Ends its work; the canvas stays."""
        self._scene.close()

    def _ask(self, params: FaceParams, now_ms: float) -> None:
        values, size = self._rig.pose(params, now_ms), self._scene.size(self._side())
        if size != self._size:
            self._size = size
            self._change.forget()
        if self._change.is_seen(values):
            self._scene.request(values, *size)
        else:
            self._kept()

    def _check(self) -> None:
        if self._scene.fault:
            raise SurfaceError(f"raster: {self._scene.fault}")
