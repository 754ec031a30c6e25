"""One avatar on one canvas, by whatever API the canvas was given to: what a rung is made of."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol

from persona_core.drawn.style import AvatarStyle
from persona_core.errors import PersonaError
from persona_core.face.params import FaceParams
from persona_core.graphics.effects import EffectSettings
from persona_core.portrait.portrait import Portrait
from persona_web.base.background import Background, Latest
from persona_web.view.avatar import Avatar, Canvas, DrawnAvatar

if TYPE_CHECKING:  # loaded with the first portrait
    from persona_core.portrait.expressions.expression import Expression
    from persona_core.portrait.expressions.portrait_set import PortraitSet

LOGGER = logging.getLogger(__name__)


class PortraitPainter(Avatar, Protocol):
    """A portrait on a surface; in the browser a ``PortraitAvatar``."""

    @property
    def memory_bytes(self) -> int:
        """What it holds of the GPU's memory, beside the surface's."""
        ...

    async def add_expression(self, expression: Expression) -> None:
        """Draws from one further picture of the person, too, as soon as it can be."""
        ...

    def close(self) -> None: ...


MakePortrait = Callable[[Portrait], Awaitable[PortraitPainter]]
"""Makes the painter of a portrait on one surface; its expressions are added afterwards."""


class WornPortrait:
    """Holds the painter of the newest portrait that was asked for.

    Attributes:
        painter: None while no portrait is worn.
    """

    def __init__(self, make: MakePortrait) -> None:
        self.painter: PortraitPainter | None = None
        self._make = make
        self._latest = Latest()
        self._background = Background()
        self._asked: PortraitSet | None = None
        self._opening: asyncio.Future[None] | None = None
        self._shown: Portrait | None = None
        self._added = 0
        self._adding = False
        self._closed = False

    async def put_on(self, portrait: PortraitSet | None) -> None:
        """Wears a portrait, or none; its expressions join it afterwards, one by one. A portrait
        that only has more of them than that of before goes on as it is. Raises what making it
        raised; then all stays as it was."""
        before, self._asked = self._asked, portrait
        if portrait is None or before is None or not portrait.continues(before):
            self._opening = asyncio.ensure_future(self._open(portrait))
        if self._opening is not None:
            # Whoever brings expressions of a portrait that is not ready waits for it as well.
            await asyncio.shield(self._opening)
        if self._next() is not None and not self._adding:
            self._adding = True
            self._background.run(self._add())

    async def _open(self, portrait: PortraitSet | None) -> None:
        is_wanted = self._latest.ask()
        painter = None if portrait is None else await self._make(portrait.base)
        if not is_wanted() or self._closed:  # another one was asked for meanwhile
            if painter is not None:
                painter.close()
            return
        worn, self.painter = self.painter, painter
        self._shown, self._added = None if portrait is None else portrait.base, 0
        if worn is not None:
            worn.close()

    async def _add(self) -> None:
        """Adds what is missing, and what comes meanwhile."""
        while (missing := self._next()) is not None:
            painter, expression = missing
            self._added += 1
            try:
                await painter.add_expression(expression)
            except Exception:  # whatever it is, the portrait goes on without
                LOGGER.exception("an expression is not drawn")
        self._adding = False

    def _next(self) -> tuple[PortraitPainter, Expression] | None:
        painter, asked = self.painter, self._asked
        if self._closed or painter is None or asked is None or asked.base is not self._shown:
            return None
        rest = asked.expressions[self._added :]
        return (painter, rest[0]) if rest else None

    def close(self) -> None:
        """Closes the painter, and any that comes later."""
        self._closed = True
        if self.painter is not None:
            self.painter.close()


class Renderer(Protocol):
    """Draws a person on a canvas of its own until it is closed."""

    @property
    def memory_bytes(self) -> int | None:
        """What it holds of the GPU's memory; None where it uses no GPU."""
        ...

    @property
    def shows_portrait(self) -> bool: ...

    def set_style(self, style: AvatarStyle) -> None:
        """The drawn look of the person, from the next frame on."""
        ...

    async def set_portrait(self, portrait: PortraitSet | None) -> None:
        """The person's portrait, or None for the drawn look; what is shown stays until it can
        be drawn, and expressions join it. A renderer that cannot show portraits shows the drawn
        look."""
        ...

    def set_effects(self, effects: EffectSettings) -> None: ...

    def set_scale(self, scale: float) -> None:
        """Pixels to draw for each pixel of the screen, a side."""
        ...

    def hear(self, level: float) -> None:
        """How loud the person's voice is, 0 to 1, for who can show it by a meter only."""
        ...

    def draw(self, params: FaceParams, now_ms: float) -> None: ...

    def lose(self) -> None:
        """Loses the canvas's context or device, as if the platform had taken it."""
        ...

    def close(self) -> None: ...


class ClosableCanvas(Canvas, Protocol):
    """A canvas in the page for drawings, and for who draws there otherwise."""

    def forget(self) -> None:
        """Something else is drawn there: nothing is drawn again until it is asked for."""
        ...

    def set_scale(self, scale: float) -> None:
        """Draws so many pixels for each of the screen, a side."""
        ...

    def close(self) -> None: ...


class CanvasRenderer:
    """The drawn character by Canvas 2D, as it is, or a portrait whose pictures come from beside the
    page: painted by a worker's CPU, or by a model."""

    memory_bytes = None

    def __init__(
        self, canvas: ClosableCanvas, style: AvatarStyle, make_portrait: MakePortrait
    ) -> None:
        self._canvas = canvas
        self._avatar = DrawnAvatar(canvas, style)
        self._worn = WornPortrait(make_portrait)
        self._last: tuple[FaceParams, float] | None = None
        self._scale = 1.0

    @property
    def shows_portrait(self) -> bool:
        return self._worn.painter is not None

    def set_style(self, style: AvatarStyle) -> None:
        self._avatar.style = style

    async def set_portrait(self, portrait: PortraitSet | None) -> None:
        """Raises what making it raised; then the look stays as it was."""
        await self._worn.put_on(portrait)

    def set_effects(self, effects: EffectSettings) -> None:
        """Has none."""

    def set_scale(self, scale: float) -> None:
        """Of drawings; a portrait's painter asks for itself."""
        self._canvas.set_scale(scale)
        changed, self._scale = scale != self._scale, scale
        if changed and self._worn.painter is not None and self._last is not None:
            # Another size clears a canvas, and its next picture may not be due yet.
            with contextlib.suppress(PersonaError):  # told with the next frame
                self._worn.painter.draw(*self._last)

    def hear(self, level: float) -> None:
        """Shows it by the mouth."""

    def draw(self, params: FaceParams, now_ms: float) -> None:
        if self._worn.painter is None:
            self._avatar.draw(params, now_ms)
        else:
            self._canvas.forget()
            self._avatar.forget()
            self._worn.painter.draw(params, now_ms)
            self._last = (params, now_ms)

    def lose(self) -> None:
        """Has nothing to lose."""

    def close(self) -> None:
        self._worn.close()
        self._canvas.close()


class EffectSurface(Protocol):
    """Where a scene is shown through effects; in the browser a ``Surface``."""

    scale: float

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def memory_bytes(self) -> int: ...

    def set_effects(self, effects: EffectSettings) -> None: ...

    def upload(self, picture: Any) -> None: ...

    def present(self) -> None: ...

    def lose(self) -> None: ...

    def close(self) -> None: ...


class Sheet(Canvas, Protocol):
    """A canvas outside the page, of a size in pixels that its owner sets."""

    @property
    def picture(self) -> Any:
        """What a surface takes."""
        ...

    def fit(self, width: int, height: int) -> None: ...

    def close(self) -> None: ...


class SurfaceRenderer:
    """A portrait, or the drawn character, through effects."""

    def __init__(
        self,
        surface: EffectSurface,
        sheet: Sheet,
        style: AvatarStyle,
        make_portrait: MakePortrait,
    ) -> None:
        self._surface = surface
        self._sheet = sheet
        self._size = (0, 0)
        self._drawn = DrawnAvatar(sheet, style)
        self._worn = WornPortrait(make_portrait)
        self._closed = False

    @property
    def memory_bytes(self) -> int:
        portrait = 0 if self._worn.painter is None else self._worn.painter.memory_bytes
        return self._surface.memory_bytes + portrait

    @property
    def shows_portrait(self) -> bool:
        return self._worn.painter is not None

    def set_style(self, style: AvatarStyle) -> None:
        self._drawn.style = style
        if self._worn.painter is not None:
            self._worn.painter.style = style

    async def set_portrait(self, portrait: PortraitSet | None) -> None:
        """Raises what making it raised; then the look stays as it was."""
        await self._worn.put_on(portrait)

    def set_effects(self, effects: EffectSettings) -> None:
        self._surface.set_effects(effects)

    def set_scale(self, scale: float) -> None:
        self._surface.scale = scale

    def hear(self, level: float) -> None:
        """Shows it by the mouth."""

    def draw(self, params: FaceParams, now_ms: float) -> None:
        if self._worn.painter is not None:
            self._worn.painter.draw(params, now_ms)
            return
        size = (self._surface.width, self._surface.height)
        if size != self._size:
            self._size = size
            self._sheet.fit(*size)
            self._drawn.forget()
        self._drawn.draw(params, now_ms)
        self._surface.upload(self._sheet.picture)
        self._surface.present()

    def lose(self) -> None:
        self._surface.lose()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._worn.close()
        self._sheet.close()
        self._surface.close()
