"""``AvatarView``: one avatar at one place of the page, on whatever rung the page stands.

A rung's canvas cannot be given to another API later, so each rung gets a canvas of its own:

* The next canvas is made behind the one that is shown, which goes on being drawn.
* It is shown in the very frame in which it was drawn for the first time, and the one before is
  hidden: no frame is blank.
* The one before is kept for a moment. If the new one is lost at once, as happens where a GPU
  can compute but not show, the one before is back in the same instant.

A lost canvas is blank and never shown. Where there is none to go back to, the drawn character
stands in, unless a portrait is to be seen: nobody should turn into a cartoon for a blink.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from persona_core.base.ports import Clock
from persona_core.drawn.style import AvatarStyle
from persona_core.errors import PersonaError, PortraitError
from persona_core.face.params import FaceParams
from persona_core.graphics.ladder_commands import Reason
from persona_core.graphics.modes import Rung
from persona_web.base.background import Background
from persona_web.view.graphics import Graphics
from persona_web.view.renderer import Renderer

if TYPE_CHECKING:  # loaded with the first portrait
    from persona_core.portrait.portrait_set import PortraitSet

logger = logging.getLogger(__name__)

PROBATION_MS: Final = 1_000.0
"""How long the canvas before is kept."""


class Place(Protocol):
    """Where canvases lie upon one another; in the browser a ``CanvasPlace``."""

    @property
    def device_ratio(self) -> float:
        """Pixels of the screen for each CSS pixel."""
        ...

    def add(self) -> Any:
        """A new canvas, hidden, as large as the place."""
        ...

    def show(self, canvas: Any) -> None: ...

    def hide(self, canvas: Any) -> None: ...

    def remove(self, canvas: Any) -> None: ...


OnLost = Callable[[str], None]

OpenRenderer = Callable[[Rung, Any, AvatarStyle, OnLost], Awaitable[Renderer]]
"""Makes the renderer of a rung on a canvas; raises whatever kept it from being made."""

OpenStandIn = Callable[[Any, AvatarStyle], Renderer]
"""Makes a renderer that needs no GPU and no waiting."""


@dataclass(slots=True, eq=False)
class _Slot:
    """A renderer on its canvas, for one turn of the page's ladder."""

    rung: Rung
    turn: int
    canvas: Any
    renderer: Renderer | None = None
    lost: bool = False


class AvatarView:
    """An :class:`~persona_web.view.avatar.Avatar` that changes the way it is drawn.

    Args:
        style: the drawn look, shown where there is no portrait or it cannot be shown.
    """

    def __init__(
        self,
        graphics: Graphics,
        place: Place,
        open_renderer: OpenRenderer,
        open_stand_in: OpenStandIn,
        clock: Clock,
        style: AvatarStyle,
    ) -> None:
        self._graphics = graphics
        self._place = place
        self._open_renderer = open_renderer
        self._open_stand_in = open_stand_in
        self._clock = clock
        self._style = style
        self._portrait: PortraitSet | None = None
        self._may_be_neural = True
        self._background = Background()
        self._turn = 0
        self._shown: _Slot | None = None
        self._next: _Slot | None = None
        self._before: _Slot | None = None
        self._changed_ms = 0.0
        self._closed = False
        graphics.join(self)

    @property
    def style(self) -> AvatarStyle:
        return self._style

    @style.setter
    def style(self, style: AvatarStyle) -> None:
        self._style = style
        for renderer in self._renderers():
            renderer.set_style(style)

    @property
    def portrait(self) -> PortraitSet | None:
        return self._portrait

    @property
    def is_plain(self) -> bool:
        return self._portrait is None

    @property
    def may_be_neural(self) -> bool:
        """Whether a model may draw the portrait, where one is loaded."""
        return self._may_be_neural

    @may_be_neural.setter
    def may_be_neural(self, may: bool) -> None:
        if may is not self._may_be_neural:
            self._may_be_neural = may
            self._graphics.weigh()

    @property
    def wants_model(self) -> bool:
        return self._may_be_neural and self._portrait is not None

    @property
    def rung(self) -> Rung | None:
        """The rung that is seen now; None before anything is."""
        return None if self._shown is None else self._shown.rung

    @property
    def shows_portrait(self) -> bool:
        """Whether the portrait is what is seen now."""
        shown = self._shown
        return shown is not None and shown.renderer is not None and shown.renderer.shows_portrait

    def set_portrait(self, portrait: PortraitSet | None) -> None:
        """Shows the person as this portrait wherever that is possible, None for the drawn look;
        what is seen stays until it can be drawn. Where the same portrait comes again with more
        expressions, they join it."""
        self._portrait = portrait
        self._graphics.weigh()
        for slot in (self._shown, self._next, self._before):
            if slot is not None and slot.renderer is not None:
                self._background.run(self._dress(slot, portrait))

    @property
    def memory_bytes(self) -> int | None:
        held = [renderer.memory_bytes for renderer in self._renderers()]
        known = [size for size in held if size is not None]
        return sum(known) if known else None

    def draw(self, params: FaceParams, now_ms: float) -> None:
        """Shows this face on the best that is ready."""
        if self._closed:
            return
        self._graphics.step(now_ms)
        start_ms = self._clock.now_ms()
        if self._next is None or not self._swap_in(self._next, params, now_ms):
            self._draw(params, now_ms)
        if self._before is not None and now_ms - self._changed_ms > PROBATION_MS:
            self._dispose(self._before)
            self._before = None
        self._graphics.drew(self._clock.now_ms() - start_ms)

    def lose(self) -> None:
        if self._shown is not None and self._shown.renderer is not None:
            self._shown.renderer.lose()

    def close(self) -> None:
        """Leaves the place empty."""
        self._closed = True
        self._turn = -1
        self._graphics.leave(self)
        for slot in (self._next, self._shown, self._before):
            if slot is not None:
                self._dispose(slot)
        self._next = self._shown = self._before = None

    # As the page's graphics ask

    def enter(self, rung: Rung, turn: int) -> None:
        self._turn = turn
        if self._next is not None:
            self._dispose(self._next)
            self._next = None
        shown = self._shown
        if shown is not None and shown.rung is rung and not shown.lost:
            shown.turn = turn
            self._later(self._graphics.started, turn)
            return
        self._background.run(self._prepare(_Slot(rung, turn, self._place.add())))

    def refresh(self) -> None:
        for renderer in self._renderers():
            self._furnish(renderer)

    # Behind what is shown

    async def _prepare(self, slot: _Slot) -> None:
        style, portrait = self._style, self._portrait
        try:
            slot.renderer = await self._open_renderer(
                slot.rung, slot.canvas, style, lambda reason: self._lost(slot, reason)
            )
        except Exception as error:  # whatever it is, another rung has to do
            self._dispose(slot)
            self._fail(slot, Reason.CREATION_FAILED, error)
            return
        if self._is_wanted(slot):
            await self._dress(slot, portrait, Reason.CREATION_FAILED)
        if not self._is_wanted(slot):
            self._dispose(slot)
            return
        if style is not self._style:
            slot.renderer.set_style(self._style)
        self._furnish(slot.renderer)
        self._next = slot
        if portrait is not self._portrait:
            await self._dress(slot, self._portrait)

    def _is_wanted(self, slot: _Slot) -> bool:
        return slot.turn == self._turn and not slot.lost

    async def _dress(
        self, slot: _Slot, portrait: PortraitSet | None, reason: Reason = Reason.RUN_FAILED
    ) -> None:
        """Puts a portrait on. One that cannot be drawn, from a peer say, is no fault of the
        rung: the drawn look is shown then."""
        if slot.renderer is None:
            return
        try:
            await slot.renderer.set_portrait(portrait)
        except PortraitError as error:
            logger.warning("the drawn look is shown: %s", error)
        except Exception as error:
            if not slot.lost:
                self._fail(slot, reason, error)
            return
        if slot is self._shown:
            self._graphics.changed()

    def _fail(self, slot: _Slot, reason: Reason, error: Exception) -> None:
        logger.warning("%s: %s", slot.rung.value, reason.value, exc_info=error)
        detail = str(error) if isinstance(error, PersonaError) else repr(error)
        self._graphics.failed(slot.turn, reason, detail)

    def _furnish(self, renderer: Renderer) -> None:
        ratio = self._place.device_ratio
        renderer.set_scale(self._graphics.quality_step.ratio(ratio) / ratio)
        renderer.set_effects(self._graphics.effects)

    # What is shown

    def _swap_in(self, slot: _Slot, params: FaceParams, now_ms: float) -> bool:
        """Draws the next renderer's first frame and shows it; False where it would not."""
        assert slot.renderer is not None
        try:
            slot.renderer.draw(params, now_ms)
        except Exception as error:
            self._next = None
            self._dispose(slot)
            self._fail(slot, Reason.FIRST_RUN_FAILED, error)
            return False
        if self._next is not slot:  # lost while it was drawn
            return False
        self._next = None
        if self._before is not None:
            self._dispose(self._before)
        self._before, self._shown = self._shown, slot
        self._changed_ms = now_ms
        self._place.show(slot.canvas)
        if self._before is not None:
            self._place.hide(self._before.canvas)
            if self._before.lost:
                self._dispose(self._before)
                self._before = None
        self._graphics.started(slot.turn)
        return True

    def _draw(self, params: FaceParams, now_ms: float) -> None:
        slot = self._shown
        if slot is None or slot.renderer is None or slot.lost:
            return
        try:
            slot.renderer.draw(params, now_ms)
        except Exception as error:
            self._fall(slot)
            self._fail(slot, Reason.RUN_FAILED, error)

    def _lost(self, slot: _Slot, detail: str) -> None:
        """The platform took a canvas away."""
        if slot.lost:
            return
        if slot is self._before:
            self._before = None
            self._dispose(slot)
            return
        reason = Reason.DEVICE_LOST if slot.rung.api == "webgpu" else Reason.CONTEXT_LOST
        if slot is self._next:
            self._next = None
            self._dispose(slot)
        elif slot is self._shown:
            self._fall(slot)
        slot.lost = True
        # Later: others who share the device are yet to hear that it is gone.
        self._later(self._graphics.lost, slot.turn, reason, detail)

    def _fall(self, slot: _Slot) -> None:
        """What is shown can be drawn no more: shows what there is instead."""
        slot.lost = True
        self._shown, self._before = self._before, None
        portrait = slot.renderer is not None and slot.renderer.shows_portrait
        if self._shown is None and not portrait and slot.rung is not Rung.CANVAS:
            self._shown = self._stand_in()
        if self._shown is not None:
            self._place.show(self._shown.canvas)
        self._dispose(slot)

    def _stand_in(self) -> _Slot:
        canvas = self._place.add()
        return _Slot(Rung.CANVAS, 0, canvas, self._open_stand_in(canvas, self._style))

    def _dispose(self, slot: _Slot) -> None:
        """Removes what was on the stage, or was to be."""
        slot.lost = True
        if slot.renderer is not None:
            # Later: it may be the one that is just telling of its loss.
            self._later(slot.renderer.close)
            slot.renderer = None
        self._place.remove(slot.canvas)

    def _later(self, deed: Callable[..., object], *arguments: object) -> None:
        async def do() -> None:
            deed(*arguments)

        self._background.run(do())

    def _renderers(self) -> list[Renderer]:
        casts = (self._shown, self._next, self._before)
        return [slot.renderer for slot in casts if slot is not None and slot.renderer is not None]
