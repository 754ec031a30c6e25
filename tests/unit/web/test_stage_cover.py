"""Nobody is seen as somebody else: what lies over a stage until the person can be seen."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.web.stage_parts import FakePlace, FakeRenderer, Theatre, frames, settle

from persona_core.errors import PortraitError
from persona_core.graphics.ladder import DEADLINE_MS
from persona_core.graphics.modes import GPUMode, Rung
from persona_web.view.avatar_view import AvatarView
from persona_web.view.seen import Seen

PORTRAIT, OTHER = object(), object()


def seen_on(theatre: Theatre, place: FakePlace) -> FakeRenderer:
    """The one renderer whose canvas can be seen."""
    [canvas] = place.seen
    return next(one for one in theatre.renderers if one.canvas == canvas)


async def concealed() -> tuple[Theatre, AvatarView, FakePlace]:
    theatre = Theatre()
    stage = theatre.stage()
    stage.conceal()
    await frames(theatre, stage, count=3)
    return theatre, stage, theatre.places[0]


async def test_silhouette_is_seen_from_the_first_frame_when_nobody_knows_who_it_is() -> None:
    theatre = Theatre()
    theatre.slow.clear()
    stage = theatre.stage()
    stage.conceal()
    await frames(theatre, stage)
    assert stage.seen is Seen.SILHOUETTE
    theatre.slow.set()
    await frames(theatre, stage, count=3)

    assert stage.seen is Seen.SILHOUETTE
    assert seen_on(theatre, theatre.places[0]).rung is Rung.STILL
    assert not theatre.graphics.is_starting, "the rung is made all the same"
    assert len(theatre.on(Rung.WEBGPU).drawn) == 1, "its first frame, which nobody sees"
    assert not stage.shows_portrait


async def test_photo_is_seen_while_the_portrait_is_made_and_then_the_portrait() -> None:
    theatre, stage, place = await concealed()
    cover = theatre.on(Rung.STILL)
    theatre.slow.clear()
    theatre.graphics.choose_mode(GPUMode.WEBGL)
    stage.set_portrait(PORTRAIT)  # type: ignore[arg-type]
    theatre.on(Rung.WEBGPU).refusal = PortraitError("half a picture")
    await frames(theatre, stage)
    assert stage.seen is Seen.STILL
    assert seen_on(theatre, place) is cover

    theatre.slow.set()
    await frames(theatre, stage, count=2)
    assert stage.seen is Seen.PORTRAIT
    assert seen_on(theatre, place) is theatre.on(Rung.WEBGL)
    await settle()
    assert cover.closed


async def test_portrait_is_drawn_before_it_is_uncovered_when_every_second_picture_is() -> None:
    for skipped in (0, 1):
        theatre, stage, place = await concealed()
        stage.every = 2
        await frames(theatre, stage, count=skipped)
        stage.set_portrait(PORTRAIT)  # type: ignore[arg-type]
        await settle()
        renderer = theatre.on(Rung.WEBGPU)
        assert renderer.canvas not in place.seen
        drawn = len(renderer.drawn)
        await frames(theatre, stage)
        assert renderer.canvas in place.seen
        assert len(renderer.drawn) == drawn + 1


async def test_character_is_seen_at_once_when_it_is_what_the_person_wears() -> None:
    theatre, stage, place = await concealed()
    stage.set_portrait(None)
    await frames(theatre, stage)
    assert stage.seen is Seen.DRAWN
    assert seen_on(theatre, place) is theatre.on(Rung.WEBGPU)
    assert place.layers == [theatre.on(Rung.WEBGPU).canvas]


async def test_old_portrait_is_seen_no_more_when_nobody_knows_what_comes_in_its_place() -> None:
    theatre, stage, _place = await concealed()
    stage.set_portrait(PORTRAIT)  # type: ignore[arg-type]
    await frames(theatre, stage, count=2)
    assert stage.seen is Seen.PORTRAIT

    stage.conceal()
    await frames(theatre, stage)
    assert stage.seen is Seen.SILHOUETTE
    theatre.on(Rung.WEBGPU).refusal = PortraitError("half a picture")
    stage.set_portrait(OTHER)  # type: ignore[arg-type]
    await frames(theatre, stage, count=3)
    assert stage.seen is Seen.STILL, "not the portrait before"


async def test_second_view_of_a_person_shows_nobody_while_the_first_does() -> None:
    theatre, stage, _place = await concealed()
    second = theatre.stage()
    second.wear_as(stage)
    await frames(theatre, second, count=3)
    assert second.seen is Seen.SILHOUETTE
    stage.set_portrait(PORTRAIT)  # type: ignore[arg-type]
    second.wear_as(stage)
    await frames(theatre, second, count=3)
    assert second.seen is Seen.PORTRAIT
    stage.set_portrait(None)
    second.wear_as(stage)
    await frames(theatre, second, count=3)
    assert second.seen is Seen.DRAWN


async def test_fault_is_told_once_of_each_portrait_whose_photo_cannot_be_decoded() -> None:
    theatre = Theatre()
    theatre.refusal = PortraitError("half a picture")
    stage = theatre.stage()
    told: list[PortraitError] = []
    stage.on_refused = told.append
    for count, portrait in enumerate((PORTRAIT, OTHER), 1):
        stage.conceal()
        stage.set_portrait(portrait)  # type: ignore[arg-type]
        await frames(theatre, stage, count=4)
        assert stage.seen is Seen.SILHOUETTE
        assert told == count * [theatre.refusal]


async def test_portrait_before_stays_and_the_fault_is_told_when_the_next_cannot_be_decoded() -> (
    None
):
    theatre, stage, _place = await concealed()
    stage.set_portrait(PORTRAIT)  # type: ignore[arg-type]
    await frames(theatre, stage, count=3)
    told: list[PortraitError] = []
    stage.on_refused = told.append
    refusal = theatre.on(Rung.WEBGPU).refusal = PortraitError("half a picture")
    stage.set_portrait(OTHER)  # type: ignore[arg-type]
    await frames(theatre, stage, count=3)
    assert theatre.on(Rung.WEBGPU).portrait is PORTRAIT
    assert told == [refusal]


async def test_own_character_stays_until_the_photo_at_least_can_be_seen() -> None:
    theatre = Theatre()
    stage = theatre.stage()
    await frames(theatre, stage)
    seen: list[Any] = []
    theatre.graphics.on_change(lambda: seen.append(stage.seen))
    theatre.on(Rung.WEBGPU).refusal = PortraitError("half a picture")
    stage.set_portrait(PORTRAIT)  # type: ignore[arg-type]
    await frames(theatre, stage, count=3)
    assert Seen.SILHOUETTE not in seen
    assert stage.seen is Seen.STILL


async def test_person_s_voice_reaches_whoever_is_seen() -> None:
    theatre, stage, _place = await concealed()
    stage.hear(0.7)
    await frames(theatre, stage)
    assert theatre.on(Rung.STILL).level == 0.7
    stage.set_portrait(PORTRAIT)  # type: ignore[arg-type]
    await frames(theatre, stage, count=2)
    assert theatre.on(Rung.WEBGPU).level == 0.7


async def test_place_is_left_empty_when_a_covered_stage_is_closed() -> None:
    theatre, stage, place = await concealed()
    stage.close()
    await settle()
    assert place.layers == []
    assert all(renderer.closed for renderer in theatre.renderers)


async def test_nobody_is_ever_seen_as_a_character_that_they_do_not_wear_whatever_fails() -> None:
    theatre = Theatre()
    theatre.faulty.update({Rung.WEBGPU, Rung.WEBGL, Rung.CANVAS})
    stage = theatre.stage()
    stage.conceal()
    seen = []
    for count in range(40):
        if count == 4:
            stage.set_portrait(PORTRAIT)  # type: ignore[arg-type]
        if count == 20:
            theatre.on(Rung.STILL).on_lost("gone")
        await frames(theatre, stage, ms=DEADLINE_MS if count == 8 else 16.7)
        seen.append(stage.seen)
    assert theatre.graphics.rung is Rung.STILL
    assert set(seen) == {Seen.SILHOUETTE, Seen.STILL}
    assert seen[-1] is Seen.STILL


DEEDS = ("conceal", "wear", "wear other", "take off", "lose", "fault", "refuse", "accept", "mode")


@settings(max_examples=150, deadline=None)
@given(deeds=st.lists(st.sampled_from(DEEDS), max_size=25), modes=st.integers(0, 3))
def test_who_is_seen_is_who_is_to_be_seen_whatever_happens(deeds: list[str], modes: int) -> None:
    asyncio.run(_whatever(deeds, modes))


async def _whatever(deeds: list[str], modes: int) -> None:
    theatre = Theatre()
    stage, wanted = theatre.stage(), "drawn"
    for deed in deeds:
        modes += 1
        wanted = _told(stage, deed) or wanted
        _happens(theatre, deed, modes)
        await frames(theatre, stage, count=3)
        assert stage.seen in MAY_BE_SEEN[wanted]
        shown = theatre.places[0].seen
        assert len(shown) <= 1
        if shown and stage.seen in (Seen.SILHOUETTE, Seen.STILL):
            assert seen_on(theatre, theatre.places[0]).rung is Rung.STILL
    stage.close()
    await settle()
    assert theatre.places[0].layers == []


MAY_BE_SEEN = {
    "nobody": {Seen.SILHOUETTE},
    "portrait": {Seen.PORTRAIT, Seen.STILL, Seen.SILHOUETTE},
    "drawn": {Seen.DRAWN, None},
}


def _told(stage: AvatarView, deed: str) -> str | None:
    """Tells a stage who is to be seen; gives that in a word."""
    if deed == "conceal":
        stage.conceal()
        return "nobody"
    if deed == "take off":
        stage.set_portrait(None)
        return "drawn"
    if deed in ("wear", "wear other"):
        stage.set_portrait(PORTRAIT if deed == "wear" else OTHER)  # type: ignore[arg-type]
        return "portrait"
    return None


def _happens(theatre: Theatre, deed: str, modes: int) -> None:
    """What the platform or the person does meanwhile."""
    living = [one for one in theatre.renderers if not one.closed and one.rung.api != "2d"]
    if deed == "lose" and living:
        living[-1].on_lost("gone")
    elif deed == "fault" and living:
        living[-1].fault = RuntimeError("no picture")
    elif deed in ("refuse", "accept"):
        theatre.refusal = PortraitError("half a picture") if deed == "refuse" else None
    elif deed == "mode":
        theatre.graphics.choose_mode(list(GPUMode)[modes % len(GPUMode)])
