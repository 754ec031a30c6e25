"""What a rung is made of: the drawn character or a portrait, on a canvas or on a surface."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.web.stage_parts import settle

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams
from persona_core.graphics.effects import EffectSettings, EffectStyle
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_web.view.renderer import CanvasRenderer, SurfaceRenderer

STYLE, OTHER = CHARACTERS[0].style, CHARACTERS[1].style
FACE = FaceParams(0.0)


class MemorySheet:
    """A canvas that keeps what is done to it."""

    picture = "picture"

    def __init__(self) -> None:
        self.size = (0, 0)
        self.deeds: list[str] = []
        self.colours: tuple[str, ...] = ()

    def fit(self, width: int, height: int) -> None:
        self.size = (width, height)
        self.deeds.append("fit")

    def set_program(self, _program: Any, colours: tuple[str, ...], _value_count: int) -> None:
        self.colours = colours

    def draw(self, _values: Any) -> None:
        self.deeds.append("draw")

    def forget(self) -> None:
        self.deeds.append("forget")

    def set_scale(self, scale: float) -> None:
        self.deeds.append(f"{scale:g}")

    def close(self) -> None:
        self.deeds.append("close")


class MemorySurface:
    width, height = 240, 300
    memory_bytes = 1000
    scale = 1.0

    def __init__(self) -> None:
        self.deeds: list[Any] = []
        self.effects: EffectSettings | None = None

    def set_effects(self, effects: EffectSettings) -> None:
        self.effects = effects

    def upload(self, picture: Any) -> None:
        self.deeds.append(picture)

    def present(self) -> None:
        self.deeds.append("present")

    def lose(self) -> None:
        self.deeds.append("lose")

    def close(self) -> None:
        self.deeds.append("close")


Worn: Any = PortraitSet
"""A renderer only passes pictures on: here they are words."""


class Painter:
    memory_bytes = 500

    def __init__(self, portrait: Any, decoding: asyncio.Event) -> None:
        self.portrait = portrait
        self.added: list[str] = []
        self._decoding = decoding
        self.style: AvatarStyle | None = None
        self.drawn = 0
        self.closed = False

    async def add_expression(self, expression: Any) -> None:
        assert not self.closed
        await self._decoding.wait()
        if expression == "broken":
            raise ValueError(expression)
        self.added.append(expression)

    def draw(self, _params: FaceParams, _now_ms: float) -> None:
        self.drawn += 1

    def close(self) -> None:
        self.closed = True


class Studio:
    """A surface renderer with its parts; portraits are made when ``ready`` is set, expressions
    decoded when ``decoding`` is."""

    def __init__(self) -> None:
        self.surface, self.sheet = MemorySurface(), MemorySheet()
        self.painters: list[Painter] = []
        self.ready = asyncio.Event()
        self.ready.set()
        self.decoding = asyncio.Event()
        self.decoding.set()
        self.renderer = SurfaceRenderer(self.surface, self.sheet, STYLE, self._paint)

    async def _paint(self, portrait: Any) -> Painter:
        await self.ready.wait()
        if portrait == "broken":
            raise ValueError(portrait)
        self.painters.append(Painter(portrait, self.decoding))
        return self.painters[-1]


async def no_portrait(_portrait: Any) -> Painter:
    raise AssertionError("nobody wears one")


def test_canvas_shows_the_drawn_look_when_no_portrait_is_worn_whatever_else_is_asked_of_it() -> (
    None
):
    sheet = MemorySheet()
    renderer = CanvasRenderer(sheet, STYLE, no_portrait)
    before = sheet.colours
    renderer.set_style(OTHER)
    renderer.set_scale(0.5)
    renderer.set_effects(EffectSettings(EffectStyle.PIXEL))
    renderer.hear(0.5)
    asyncio.run(renderer.set_portrait(None))
    renderer.draw(FACE, 0.0)
    renderer.lose()
    renderer.close()

    assert sheet.colours != before
    assert sheet.deeds == ["0.5", "draw", "close"]
    assert not renderer.shows_portrait
    assert renderer.memory_bytes is None


async def test_canvas_shows_the_portrait_when_it_is_ready_and_draws_no_character_then() -> None:
    sheet, made, ready = MemorySheet(), [], asyncio.Event()

    async def paint(portrait: Any) -> Painter:
        made.append(Painter(portrait, ready))
        return made[-1]

    renderer = CanvasRenderer(sheet, STYLE, paint)
    await renderer.set_portrait(Worn("me"))
    renderer.draw(FACE, 0.0)
    assert renderer.shows_portrait
    assert made[0].drawn == 1
    assert sheet.deeds == ["forget"], "a canvas that changes its size must draw nobody again"
    for scale in (1.0, 0.5, 0.5):
        renderer.set_scale(scale)
    assert made[0].drawn == 2, "another size clears a canvas, and nobody is blank for that"
    sheet.deeds = ["forget"]

    await renderer.set_portrait(None)
    assert made[0].closed
    renderer.draw(FACE, 16.0)
    assert sheet.deeds == ["forget", "draw"]
    renderer.close()


def test_surface_shows_the_drawn_look_in_its_own_size_when_there_is_no_portrait() -> None:
    face_capture = Studio()
    face_capture.renderer.draw(FACE, 0.0)
    face_capture.renderer.draw(replace(FACE), 16.0)
    face_capture.renderer.draw(FACE, 24.0)
    face_capture.renderer.draw(FACE, 28.0)
    face_capture.surface.width = 480
    face_capture.renderer.draw(FACE, 33.0)

    assert face_capture.sheet.deeds == ["fit", "draw", "draw", "draw", "fit", "draw"]
    assert face_capture.sheet.size == (480, 300)
    assert face_capture.surface.deeds == ["picture", "present"] * 5


async def test_surface_shows_the_portrait_when_it_is_ready_and_the_drawn_look_until_then() -> None:
    face_capture = Studio()
    face_capture.ready.clear()
    making = asyncio.ensure_future(face_capture.renderer.set_portrait(Worn("me")))
    await asyncio.sleep(0)
    face_capture.renderer.draw(FACE, 0.0)
    assert face_capture.surface.deeds == ["picture", "present"]
    assert face_capture.renderer.memory_bytes == 1000

    face_capture.ready.set()
    await making
    face_capture.renderer.draw(FACE, 16.0)
    assert face_capture.painters[0].drawn == 1
    assert face_capture.renderer.shows_portrait
    assert face_capture.renderer.memory_bytes == 1500
    face_capture.renderer.set_style(OTHER)
    assert face_capture.painters[0].style is OTHER

    await face_capture.renderer.set_portrait(None)
    assert face_capture.painters[0].closed
    face_capture.renderer.draw(FACE, 33.0)
    assert face_capture.surface.deeds == ["picture", "present"] * 2


async def test_surface_shows_the_newest_when_portraits_were_changed_quickly() -> None:
    face_capture = Studio()
    face_capture.ready.clear()
    making = [
        asyncio.ensure_future(face_capture.renderer.set_portrait(Worn(name)))
        for name in ("first", "second")
    ]
    await asyncio.sleep(0)
    face_capture.ready.set()
    await asyncio.gather(*making)

    assert [painter.closed for painter in face_capture.painters] == [True, False]
    face_capture.renderer.draw(FACE, 0.0)
    assert face_capture.painters[1].drawn == 1


async def test_surface_keeps_what_it_shows_when_a_portrait_cannot_be_made() -> None:
    face_capture = Studio()
    await face_capture.renderer.set_portrait(Worn("me"))
    with pytest.raises(ValueError, match="broken"):
        await face_capture.renderer.set_portrait(Worn("broken"))

    face_capture.renderer.draw(FACE, 0.0)
    assert face_capture.painters[0].drawn == 1


async def test_surface_gives_everything_back_once_when_it_is_closed() -> None:
    face_capture = Studio()
    await face_capture.renderer.set_portrait(Worn("me"))
    face_capture.ready.clear()
    late = asyncio.ensure_future(face_capture.renderer.set_portrait(Worn("too late")))
    await asyncio.sleep(0)
    face_capture.renderer.close()
    face_capture.renderer.close()
    face_capture.ready.set()
    await late

    assert all(painter.closed for painter in face_capture.painters)
    assert face_capture.sheet.deeds == ["close"]
    assert face_capture.surface.deeds == ["close"]


def test_surface_is_told_of_scale_and_effects_when_they_change() -> None:
    face_capture = Studio()
    effects = EffectSettings(EffectStyle.WATERCOLOUR)
    face_capture.renderer.set_scale(0.75)
    face_capture.renderer.set_effects(effects)
    face_capture.renderer.lose()

    assert face_capture.surface.scale == 0.75
    assert face_capture.surface.effects is effects
    assert face_capture.surface.deeds == ["lose"]


async def wear(studio: Studio, base: str, *expressions: str) -> None:
    """Asks for a portrait; what can be done beside the drawing is done."""
    await studio.renderer.set_portrait(Worn(base, expressions))
    await settle()


async def test_expressions_join_the_portrait_that_is_shown_when_they_come() -> None:
    studio = Studio()
    await wear(studio, "me")
    await wear(studio, "me", "smile")
    await wear(studio, "me", "smile", "blink", "oh")
    await wear(studio, "me", "smile", "blink", "oh")
    [painter] = studio.painters
    assert (painter.added, painter.closed) == (["smile", "blink", "oh"], False)


async def test_portrait_is_made_once_when_expressions_come_while_it_is_being_made() -> None:
    studio = Studio()
    studio.ready.clear()
    words = ("smile", "blink", "oh")
    making = [
        asyncio.ensure_future(wear(studio, "me", *words[:count])) for count in range(len(words) + 1)
    ]
    await asyncio.sleep(0)
    studio.ready.set()
    await asyncio.gather(*making)
    [painter] = studio.painters
    assert painter.added == list(words)


async def test_portrait_is_shown_at_once_and_expressions_join_it_in_order_as_they_are_ready() -> (
    None
):
    studio = Studio()
    studio.decoding.clear()
    await wear(studio, "me", "smile")
    await wear(studio, "me", "smile", "blink")
    [painter] = studio.painters
    studio.renderer.draw(FACE, 0.0)
    assert (painter.drawn, painter.added) == (1, [])
    studio.decoding.set()
    await settle()
    assert painter.added == ["smile", "blink"]


async def test_expressions_of_the_portrait_before_are_forgotten_when_another_is_worn() -> None:
    studio = Studio()
    await wear(studio, "me", "smile")
    first = studio.painters[0]
    studio.decoding.clear()
    await wear(studio, "me", "smile", "blink", "oh")
    await wear(studio, "you", "wink")
    studio.decoding.set()
    await settle()
    assert [painter.portrait for painter in studio.painters] == ["me", "you"]
    assert "oh" not in first.added
    assert studio.painters[1].added == ["wink"]


@pytest.mark.parametrize("after", [("blink",), ("blink", "smile"), ()])
async def test_portrait_is_made_anew_when_an_expression_is_taken_out(
    after: tuple[str, ...],
) -> None:
    studio = Studio()
    await wear(studio, "me", "smile", "blink")
    await wear(studio, "me", *after)
    assert [painter.closed for painter in studio.painters] == [True, False]
    assert studio.painters[1].added == list(after)


async def test_portrait_and_the_other_expressions_stay_when_one_cannot_be_added(
    caplog: pytest.LogCaptureFixture,
) -> None:
    studio = Studio()
    await wear(studio, "me", "smile", "broken", "blink")
    await wear(studio, "me", "smile", "broken", "blink", "oh")
    [painter] = studio.painters
    assert (painter.added, painter.closed) == (["smile", "blink", "oh"], False)
    assert [record.message for record in caplog.records] == ["an expression is not drawn"]


async def test_nothing_joins_when_the_renderer_is_closed_meanwhile() -> None:
    studio = Studio()
    studio.decoding.clear()
    await wear(studio, "me", "smile", "blink")
    studio.renderer.close()
    studio.decoding.set()
    await settle()
    assert "blink" not in studio.painters[0].added


@pytest.mark.parametrize("base", ["you", "broken"])
async def test_who_brings_expressions_waits_for_their_portrait_or_hears_what_kept_it(
    base: str,
) -> None:
    studio = Studio()
    await wear(studio, "me")
    studio.ready.clear()
    calls = [
        asyncio.ensure_future(studio.renderer.set_portrait(Worn(base, expressions)))
        for expressions in ((), ("smile",))
    ]
    await settle()
    assert [call.done() for call in calls] == [False, False], "who is shown is somebody else"
    studio.ready.set()
    ends = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(end) for end in ends] == [type(None) if base == "you" else ValueError] * 2
    await settle()
    assert studio.painters[-1].portrait == ("you" if base == "you" else "me")
    assert studio.painters[-1].added == (["smile"] if base == "you" else [])
