"""Who cannot be shown moving: a photo with a level meter, a silhouette, a drawn character only for
who wears one."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.support.expressions import params
from tests.unit.web.test_renderer import FACE, OTHER, STYLE, MemorySheet, Worn

from persona_core.errors import PortraitError
from persona_web.view.seen import Seen
from persona_web.view.still_renderer import StillRenderer


class MemoryStill:
    """Notes what it is to show; photos are decoded when ``ready`` is set."""

    def __init__(self) -> None:
        self.drawn: list[tuple[float, bool]] = []
        self.photo: Any = None
        self.decoded = 0
        self.ready = asyncio.Event()
        self.ready.set()
        self.closed = False

    async def wear(self, portrait: Any) -> None:
        await self.ready.wait()
        if portrait == "broken":
            raise PortraitError("half a picture")
        self.photo = portrait
        self.decoded += 1

    def draw(self, level: float, _now_ms: float, *, concealed: bool) -> None:
        self.drawn.append((round(level, 2), concealed))

    def forget(self) -> None:
        """Nothing to forget."""

    def close(self) -> None:
        self.closed = True


class Booth:
    """A renderer with its parts."""

    def __init__(self) -> None:
        self.sheet, self.still = MemorySheet(), MemoryStill()
        self.renderer = StillRenderer(self.sheet, self.still, STYLE)


@pytest.fixture
def booth() -> Booth:
    return Booth()


async def test_character_is_drawn_when_it_is_what_the_person_wears(booth: Booth) -> None:
    before = booth.sheet.colours
    booth.renderer.set_style(OTHER)
    booth.renderer.draw(FACE, 0.0)
    assert booth.sheet.deeds == ["draw"]
    assert booth.sheet.colours != before
    assert booth.renderer.seen is Seen.DRAWN


async def test_silhouette_is_shown_while_a_photo_is_decoded_and_never_a_character(
    booth: Booth,
) -> None:
    booth.still.ready.clear()
    wearing = asyncio.ensure_future(booth.renderer.set_portrait(Worn("me")))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    booth.renderer.draw(FACE, 0.0)
    assert booth.renderer.seen is Seen.SILHOUETTE
    booth.still.ready.set()
    await wearing
    booth.renderer.draw(FACE, 16.0)
    assert booth.renderer.seen is Seen.STILL
    assert booth.renderer.shows_portrait
    assert booth.still.drawn == [(0.0, True), (0.0, False)]
    assert "draw" not in booth.sheet.deeds


async def test_silhouette_stays_when_the_photo_is_damaged(booth: Booth) -> None:
    with pytest.raises(PortraitError):
        await booth.renderer.set_portrait(Worn("broken"))  # type: ignore[arg-type]
    booth.renderer.draw(FACE, 0.0)
    assert booth.renderer.seen is Seen.SILHOUETTE
    assert booth.sheet.deeds == ["forget"]


async def test_silhouette_is_shown_whoever_is_worn_when_it_is_to_conceal(booth: Booth) -> None:
    await booth.renderer.set_portrait(Worn("me"))  # type: ignore[arg-type]
    booth.renderer.conceal(concealed=True)
    booth.renderer.draw(FACE, 0.0)
    booth.renderer.conceal(concealed=False)
    booth.renderer.draw(FACE, 16.0)
    assert booth.still.drawn == [(0.0, True), (0.0, False)]


async def test_meter_follows_the_voice_and_where_none_is_heard_the_jaw(booth: Booth) -> None:
    await booth.renderer.set_portrait(Worn("me"))  # type: ignore[arg-type]
    shapes = params({"jawOpen": 0.3})
    booth.renderer.draw(shapes, 0.0)
    booth.renderer.hear(0.9)
    booth.renderer.draw(shapes, 16.0)
    booth.renderer.hear(0.0)
    booth.renderer.draw(FACE, 33.0)
    assert [level for level, _ in booth.still.drawn] == [0.6, 0.9, 0.0]
    booth.renderer.close()
    assert booth.still.closed
    assert booth.sheet.deeds[-1] == "close"


async def test_photo_is_decoded_once_when_expressions_join_it(booth: Booth) -> None:
    for expressions in ((), ("smile",), ("smile", "blink")):
        await booth.renderer.set_portrait(Worn("me", expressions))  # type: ignore[arg-type]
        assert booth.renderer.seen is Seen.STILL
    assert booth.still.decoded == 1
    await booth.renderer.set_portrait(Worn("you"))  # type: ignore[arg-type]
    await booth.renderer.set_portrait(Worn("me"))  # type: ignore[arg-type]
    assert (booth.still.decoded, booth.still.photo) == (3, "me")
