"""A stage's surroundings in memory: a place, renderers that do as they are told, a clock."""

from __future__ import annotations

import asyncio
from typing import Any

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams
from persona_core.graphics.capabilities import Capabilities
from persona_core.graphics.effects import EffectSettings
from persona_core.graphics.modes import Rung
from persona_web.view.avatar_view import AvatarView, OnLost
from persona_web.view.graphics import Graphics
from persona_web.view.graphics_choice import GraphicsChoice
from persona_web.view.seen import Seen

STYLE = CHARACTERS[0].style
EVERYTHING = Capabilities.from_probe(
    {"webgpu": {"api": True, "adapter": True}, "webgl": {"context": True}}
)


class FakeClock:
    now = 1000.0

    def now_ms(self) -> float:
        return self.now


class FakePlace:
    """Canvases by number. ``layers`` are those in the place, ``seen`` those that can be seen."""

    device_ratio = 2.0

    def __init__(self) -> None:
        self.count = 0
        self.layers: list[int] = []
        self.seen: set[int] = set()

    def add(self) -> int:
        self.count += 1
        self.layers.append(self.count)
        return self.count

    def show(self, canvas: int) -> None:
        assert canvas in self.layers
        self.seen.add(canvas)

    def hide(self, canvas: int) -> None:
        self.seen.discard(canvas)

    def remove(self, canvas: int) -> None:
        self.layers.remove(canvas)
        self.seen.discard(canvas)


class FakeRenderer:
    """Keeps what it is told; raises ``fault`` when it is to draw, ``refusal`` for portraits."""

    def __init__(self, rung: Rung, canvas: int, style: AvatarStyle, on_lost: OnLost) -> None:
        self.rung = rung
        self.canvas = canvas
        self.style = style
        self.on_lost = on_lost
        self.drawn: list[float] = []
        self.portrait: Any = None
        self.effects: EffectSettings | None = None
        self.scale = 0.0
        self.closed = False
        self.fault: Exception | None = None
        self.refusal: Exception | None = None
        self.memory_bytes = None if rung.api == "2d" else 1000
        self.level = 0.0
        self.concealed = False
        self.wanted: Any = None

    @property
    def shows_portrait(self) -> bool:
        return self.portrait is not None

    def set_style(self, style: AvatarStyle) -> None:
        self.style = style

    async def set_portrait(self, portrait: Any) -> None:
        self.wanted = portrait
        await asyncio.sleep(0)
        if self.refusal is not None and portrait is not None:
            raise self.refusal
        self.portrait = portrait

    def set_effects(self, effects: EffectSettings) -> None:
        self.effects = effects

    def set_scale(self, scale: float) -> None:
        self.scale = scale

    @property
    def seen(self) -> Seen:
        """Of a stand-in."""
        if self.concealed:
            return Seen.SILHOUETTE
        if self.wanted is None:
            return Seen.DRAWN
        return Seen.STILL if self.portrait is self.wanted else Seen.SILHOUETTE

    def conceal(self, *, concealed: bool) -> None:
        self.concealed = concealed

    def hear(self, level: float) -> None:
        self.level = level

    def draw(self, params: FaceParams, now_ms: float) -> None:
        assert not self.closed
        if self.fault is not None:
            raise self.fault
        self.drawn.append(now_ms)

    def lose(self) -> None:
        self.on_lost("taken away")

    def close(self) -> None:
        self.closed = True


class Theatre:
    """A stage with everything around it.

    Attributes:
        renderers: all that were made, the oldest first.
        refused: rungs whose renderers cannot be made.
        faulty: rungs whose renderers cannot draw.
        slow: not set while renderers wait to be made.
    """

    def __init__(self, capabilities: Capabilities = EVERYTHING) -> None:
        self.clock = FakeClock()
        self.graphics = Graphics(capabilities, GraphicsChoice(), self.clock)
        self.renderers: list[FakeRenderer] = []
        self.refused: set[Rung] = set()
        self.faulty: set[Rung] = set()
        self.slow = asyncio.Event()
        self.slow.set()
        self.refusal: Exception | None = None
        self.places: list[FakePlace] = []

    def stage(self) -> AvatarView:
        self.places.append(FakePlace())
        return AvatarView(
            self.graphics, self.places[-1], self._open, self._stand_in, self.clock, STYLE
        )

    async def _open(
        self, rung: Rung, canvas: int, style: AvatarStyle, on_lost: OnLost
    ) -> FakeRenderer:
        await self.slow.wait()
        if rung in self.refused:
            raise RuntimeError(f"no {rung.value} here")
        renderer = FakeRenderer(rung, canvas, style, on_lost)
        renderer.refusal = self.refusal
        if rung in self.faulty:
            renderer.fault = RuntimeError("no picture")
        self.renderers.append(renderer)
        return renderer

    def _stand_in(self, canvas: int, style: AvatarStyle) -> FakeRenderer:
        renderer = FakeRenderer(Rung.STILL, canvas, style, lambda _reason: None)
        renderer.refusal = self.refusal
        self.renderers.append(renderer)
        return renderer

    def on(self, rung: Rung) -> FakeRenderer:
        """The newest renderer of a rung."""
        return next(one for one in reversed(self.renderers) if one.rung is rung)


async def settle() -> None:
    """Lets everything that was begun come to its end."""
    for _ in range(20):
        await asyncio.sleep(0)


async def frames(theatre: Theatre, *stages: AvatarView, count: int = 1, ms: float = 16.7) -> None:
    """Displayed frames, with time for what goes on beside them."""
    for _ in range(count):
        await settle()
        theatre.clock.now += ms
        for stage in stages:
            stage.draw(FaceParams(0.0), theatre.clock.now)
    await settle()
