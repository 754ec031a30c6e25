"""``AvatarView``: one avatar at one place of the page, on whatever rung the page stands.

A rung's canvas cannot be given to another API later, so each rung gets a canvas of its own:

* The next canvas is made behind the one that is shown, which goes on being drawn.
* It is shown in the very frame in which it was drawn for the first time, and the one before is
  hidden: no frame is blank.
* The one before is kept for a moment. If the new one is lost at once, as happens where a GPU
  can compute but not show, the one before is back in the same instant.

A lost canvas is blank and never shown. Where there is none to go back to, a renderer stands in
that needs no GPU.

Nobody is seen as somebody else. While a portrait is to be seen and cannot be yet, or nobody knows
who is, a **cover** lies over what is drawn: the portrait's photo, or a silhouette.
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
from persona_web.view.seen import Seen

if TYPE_CHECKING:  # loaded with the first portrait
    from persona_core.portrait.expressions.portrait_set import PortraitSet

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


class StandIn(Renderer, Protocol):
    """A renderer that can always show something; in the browser a ``StillRenderer``."""

    @property
    def seen(self) -> Seen: ...

    def conceal(self, *, concealed: bool) -> None:
        """Whether to show a silhouette, whoever is worn."""
        ...


OpenStandIn = Callable[[Any, AvatarStyle], StandIn]
"""Makes a renderer that needs no GPU and no waiting."""


@dataclass(slots=True, eq=False)
class _Slot:
    """A renderer on its canvas, for one turn of the page's ladder.

    Attributes:
        dressed: whether it shows a portrait of the person who is to be seen.
    """

    rung: Rung
    turn: int
    canvas: Any
    renderer: Renderer | None = None
    lost: bool = False
    dressed: bool = False


@dataclass(slots=True, eq=False)
class _Cover:
    """What lies over all of it: a silhouette until it is dressed.

    Attributes:
        dressed: whether it shows the best of the person that it will.
        shown: whether it is seen yet.
    """

    canvas: Any
    renderer: StandIn
    dressed: bool = False
    shown: bool = False


class AvatarView:
    """An :class:`~persona_web.view.avatar.Avatar` that changes the way it is drawn.

    Args:
        style: the drawn look, shown where there is no portrait.

    Attributes:
        every: of how many pictures that are drawn of others it takes one.
        on_refused: hears once of each portrait that cannot be decoded; a silhouette is seen then,
            or who was seen before.
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
        self.on_refused: Callable[[PortraitError], object] = lambda _error: None
        self._refused: PortraitSet | None = None
        self._portrait: PortraitSet | None = None
        self._known = True
        self._level = 0.0
        self._may_be_neural = True
        self._background = Background()
        self._turn = 0
        self._shown: _Slot | None = None
        self._next: _Slot | None = None
        self._before: _Slot | None = None
        self._cover: _Cover | None = None
        self._changed_ms = 0.0
        self.every = 1
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
    def is_known(self) -> bool:
        """Whether anybody is to be seen, and not a silhouette."""
        return self._known

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
    def is_painted(self) -> bool:
        shown = self._shown
        return shown is not None and shown.rung is Rung.CANVAS and shown.dressed

    @property
    def rung(self) -> Rung | None:
        """The rung that is seen now; None before anything is."""
        return None if self._shown is None else self._shown.rung

    @property
    def seen(self) -> Seen | None:
        """What is seen now; None before anything is."""
        if self._cover is not None and self._cover.shown:
            return self._cover.renderer.seen
        shown = self._shown
        if shown is None or shown.renderer is None:
            return None
        if not shown.renderer.shows_portrait:
            return Seen.DRAWN
        return Seen.STILL if shown.rung is Rung.STILL else Seen.PORTRAIT

    @property
    def shows_portrait(self) -> bool:
        """Whether the portrait is what is seen now."""
        return self.seen in (Seen.PORTRAIT, Seen.STILL)

    def set_portrait(self, portrait: PortraitSet | None) -> None:
        """Shows the person as this portrait, None for the drawn look; what is seen of them stays
        until its photo at least can be shown. Where the same portrait comes again with more
        expressions, they join it."""
        self._portrait, self._known = portrait, True
        self._graphics.weigh()
        for slot in self._slots:
            self._background.run(self._dress(slot, portrait))
        if self._cover is not None:
            self._background.run(self._dress_cover(self._cover, portrait))

    def conceal(self) -> None:
        """Nobody knows who is to be seen: a silhouette is, until the next :meth:`set_portrait`."""
        self._portrait, self._known = None, False
        for slot in self._slots:
            slot.dressed = False
        if self._cover is not None:
            self._cover.renderer.conceal(concealed=True)
        self._graphics.weigh()

    def wear_as(self, other: AvatarView) -> None:
        """Shows whom another view is to show now: its portrait, its drawn look, or nobody."""
        self.style = other.style
        if other._known:
            self.set_portrait(other.portrait)
        else:
            self.conceal()

    def hear(self, level: float) -> None:
        """How loud the person's voice is, 0 to 1: for who can be shown by a meter only."""
        self._level = level

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
        if self._is_settled and not self._graphics.is_due(self):
            return
        start_ms = self._clock.now_ms()
        if self._next is None or not self._swap_in(self._next, params, now_ms):
            self._draw(params, now_ms)
        self._present(params, now_ms)
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
        for slot in self._slots:
            self._dispose(slot)
        self._next = self._shown = self._before = None
        self._uncover()

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
            slot.dressed = False
            await self._dress(slot, self._portrait)

    def _is_wanted(self, slot: _Slot) -> bool:
        return slot.turn == self._turn and not slot.lost

    async def _dress(
        self, slot: _Slot, portrait: PortraitSet | None, reason: Reason = Reason.RUN_FAILED
    ) -> None:
        """Puts a portrait on. One that cannot be drawn, from a peer say, is no fault of the
        rung: a silhouette is shown then, or the portrait before."""
        if slot.renderer is None:
            return
        try:
            await slot.renderer.set_portrait(portrait)
        except PortraitError as error:
            self._refuse(portrait, error)
        except Exception as error:
            if not slot.lost:
                self._fail(slot, reason, error)
            return
        else:
            if self._known and portrait is self._portrait and slot.renderer is not None:
                slot.dressed = slot.renderer.shows_portrait
        if slot is self._shown:
            self._graphics.changed()

    async def _dress_cover(self, cover: _Cover, portrait: PortraitSet | None) -> None:
        try:
            await cover.renderer.set_portrait(portrait)
        except PortraitError as error:
            self._refuse(portrait, error)
        if cover is self._cover and self._known and portrait is self._portrait:
            cover.dressed = True
            cover.renderer.conceal(concealed=False)
            self._graphics.changed()

    def _refuse(self, portrait: PortraitSet | None, error: PortraitError) -> None:
        logger.warning("a portrait cannot be shown: %s", error)
        if portrait is self._portrait and portrait is not self._refused:
            self._refused = portrait
            self.on_refused(error)

    def _fail(self, slot: _Slot, reason: Reason, error: Exception) -> None:
        logger.warning("%s: %s", slot.rung.value, reason.value, exc_info=error)
        detail = str(error) if isinstance(error, PersonaError) else repr(error)
        self._graphics.failed(slot.turn, reason, detail)

    def _furnish(self, renderer: Renderer) -> None:
        ratio = self._place.device_ratio
        renderer.set_scale(self._graphics.quality_step.ratio(ratio) / ratio)
        renderer.set_effects(self._graphics.effects)

    # What is shown

    @property
    def _is_settled(self) -> bool:
        """Whether nothing but drawing is to be done."""
        others = self._next is None is self._before and self._cover is None
        return others and not self._needs_cover

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
        if not self._is_covered:
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
        if slot is None or slot.renderer is None or slot.lost or self._needs_cover:
            return
        # What lies under a cover is as it was before: it is drawn before it is seen.
        if self._cover is None and not self._graphics.is_due(self):
            return
        slot.renderer.hear(self._level)
        try:
            slot.renderer.draw(params, now_ms)
        except Exception as error:
            self._fall(slot)
            self._fail(slot, Reason.RUN_FAILED, error)

    @property
    def _is_covered(self) -> bool:
        return self._cover is not None and self._cover.shown

    @property
    def _needs_cover(self) -> bool:
        """Whether what is drawn is not the person who is to be seen."""
        if not self._known:
            return True
        shown = self._shown
        return self._portrait is not None and (shown is None or shown.lost or not shown.dressed)

    def _present(self, params: FaceParams, now_ms: float) -> None:
        """Covers what is drawn, where it has to be, and uncovers it when it is right."""
        if not self._needs_cover:
            if self._cover is not None:
                if self._shown is not None:
                    self._place.show(self._shown.canvas)
                self._uncover()
            return
        if self._cover is None:
            canvas = self._place.add()
            self._cover = _Cover(canvas, self._open_stand_in(canvas, self._style))
            self._cover.renderer.conceal(concealed=True)
            self._background.run(self._dress_cover(self._cover, self._portrait))
        cover = self._cover
        # What is seen of a known person is no other one: it may stay while the photo is decoded.
        stays = self._known and self._shown is not None and not self._shown.lost
        if not (cover.shown or cover.dressed) and stays:
            return
        cover.renderer.hear(self._level)
        cover.renderer.draw(params, now_ms)
        if not cover.shown:
            cover.shown = True
            self._place.show(cover.canvas)
            if self._shown is not None:
                self._place.hide(self._shown.canvas)
            self._graphics.changed()

    def _uncover(self) -> None:
        cover, self._cover = self._cover, None
        if cover is not None:
            self._place.remove(cover.canvas)
            self._later(cover.renderer.close)
            if not self._closed:
                self._graphics.changed()

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
        drawn = self._known and self._portrait is None
        if self._shown is None and drawn and slot.rung.api != "2d":
            self._shown = self._stand_in()
        if self._shown is not None and not self._is_covered:
            self._place.show(self._shown.canvas)
        self._dispose(slot)

    def _stand_in(self) -> _Slot:
        canvas = self._place.add()
        return _Slot(Rung.STILL, 0, canvas, self._open_stand_in(canvas, self._style))

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

    @property
    def _slots(self) -> list[_Slot]:
        """Those in use: what is seen, what comes next, what was seen before."""
        return [slot for slot in (self._shown, self._next, self._before) if slot is not None]

    def _renderers(self) -> list[Renderer]:
        casts = (*self._slots, self._cover)
        return [slot.renderer for slot in casts if slot is not None and slot.renderer is not None]
