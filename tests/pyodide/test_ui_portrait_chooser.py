"""Choosing a portrait on the home's card, over the browser's own stores."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")


@run_in_pyodide
async def test_chooser_reads_keeps_and_deletes_a_photo_when_one_is_dropped(selenium):
    from testbed.choosers import chooser, drop, shown_words

    from persona_web.bridge.page import Strings
    from persona_web.look.portrait_choice import OWN

    text = Strings().text
    async with chooser() as (card, own, reader):
        own_card = card.querySelector(f"[value={OWN}]").closest("label")
        assert own_card.hidden
        assert not card.querySelectorAll("input[name=who]:checked").length
        drop(card, b"a photo")
        await reader.hear("read")
        assert not card.querySelector("#portrait-progress").hidden
        assert shown_words(card) == text("portrait.reading")
        await reader.give()
        assert reader.worn[-1] is own.own
        assert card.querySelector("#portrait-progress").hidden
        assert shown_words(card) == ""
        assert not own_card.hidden
        assert own_card.querySelector("img").src.startswith("blob:")
        assert card.querySelector(f"[value={OWN}]").checked

        card.querySelector("#portrait-remove").click()
        await reader.settle()
        assert shown_words(card) == text("portrait.removed")
        assert reader.worn[-1] is None
        assert own_card.hidden
        assert card.querySelector("#portrait-remove").hidden
        assert not card.querySelectorAll("input[name=who]:checked").length


@run_in_pyodide
async def test_chooser_offers_what_is_no_longer_offered_only_to_who_wears_it(selenium):
    import js
    from testbed.choosers import chooser

    from persona_web.look.portrait_choice import BUILT_IN, FORMER, OWN

    former = FORMER[0]
    async with chooser() as (card, own, _reader):

        def offered():
            return [radio.value for radio in card.querySelectorAll("#portraits input")]

        assert offered() == [*BUILT_IN, OWN]
        js.localStorage.setItem("vp.portrait", former)
        await own.restore()
        assert offered() == [*BUILT_IN, OWN, former]
        picture = card.querySelector(f"label:has([value={former}]) img")
        assert picture.src.endswith(f"/portraits/{former}.thumbnail.webp")
        await own.choose(BUILT_IN[0])
        card.querySelector(f"[value={former}]").click()
        assert own.status.picked == former
        js.localStorage.removeItem("vp.portrait")


@run_in_pyodide
async def test_chooser_asks_whether_a_chosen_photo_shows_the_person(selenium):
    import js
    from testbed.choosers import chooser, drop

    async with chooser() as (card, own, reader):
        whose = card.querySelector("#portrait-whose")
        box = whose.querySelector("input")
        assert whose.hidden
        drop(card, b"a photo")
        await reader.hear("read")
        await reader.give()
        assert not whose.hidden
        assert not box.checked
        assert own.likeness is None
        label = whose.querySelector("label")
        assert label.control == box
        described = js.document.getElementById(box.getAttribute("aria-describedby"))
        assert described.textContent.strip()
        box.click()
        assert own.likeness is reader.worn[-1].base
        assert js.localStorage.getItem("vp.portrait.shows-me") == "true"
        drop(card, b"another one")
        await reader.hear("read", 2)
        await reader.give()
        assert not box.checked
        assert own.likeness is None
        await own.remove()
        assert whose.hidden


@run_in_pyodide
async def test_chooser_names_the_fault_when_a_photo_cannot_be_used(selenium):
    from testbed.choosers import choose_file, chooser, shown_words

    from persona_core.errors import PhotoError
    from persona_web.bridge.page import Strings

    async with chooser() as (card, own, reader):
        choose_file(card, b"a crowd")
        await reader.hear("read")
        await reader.refuse(PhotoError("two faces", code="photo-several-faces"))
        assert shown_words(card) == Strings().text("error.photo-several-faces")
        assert card.querySelector("#portrait-status").dataset.problem == "true"
        assert reader.worn == []
        assert own.own is None


@run_in_pyodide
async def test_chooser_takes_a_photo_of_the_camera_when_it_is_asked_to(selenium):
    from testbed.choosers import chooser
    from testbed.hearing import Hearing

    from persona_web.bridge.media.camera import Camera
    from persona_web.bridge.site import Site

    asked = Hearing()
    camera = await Camera.load(Site())
    async with chooser(lambda: asked.note("camera")) as (card, own, reader):
        shot, take = card.querySelector("#portrait-shot"), card.querySelector("#portrait-take")
        card.querySelector("#portrait-camera").click()
        assert asked.events == [("camera",)]
        assert not shot.hidden
        assert take.getAttribute("aria-disabled") == "true"
        track = await camera.open(lambda: None)
        try:
            reader.chooser.camera_changed(track)
            assert take.getAttribute("aria-disabled") == "false"
            await reader.first_frame(card.querySelector("video"))
            take.click()
            photo = await reader.hear("read")
        finally:
            track.close()
        assert photo[:3] == b"\xff\xd8\xff"
        assert shot.hidden
        await reader.give()
        assert card.querySelector("#portrait-shows-me").checked
        assert own.likeness is reader.worn[-1].base


@run_in_pyodide
async def test_chooser_saves_the_portrait_and_opens_its_file_by_button_and_by_drop(selenium):
    from testbed.choosers import choose_file, chooser, drop, shown_words

    from persona_core.portrait.expressions.portrait_set import PortraitSet
    from persona_web.bridge.page import Strings
    from persona_web.bridge.site import Site

    text = Strings().text
    mine = PortraitSet.from_file(await Site().fetch_bytes("portraits/officer.portrait"))
    async with chooser() as (card, own, reader):
        save, open_saved = (card.querySelector(f"#portrait-{name}") for name in ("save", "open"))
        assert save.hidden
        assert open_saved.getAttribute("aria-disabled") == "false"
        await own.use_set(mine, shows_me=True)
        assert not save.hidden
        save.click()
        [(name, data, media_type)] = reader.saved
        assert name == "my-portrait.portrait"
        assert media_type == "application/octet-stream"
        assert shown_words(card) == text("portrait.saved")
        for count, opens in enumerate(
            (
                lambda: drop(card, data, "my-portrait (1).PORTRAIT"),
                lambda: choose_file(card, data, "portrait-saved-file"),
            ),
            start=2,
        ):
            await own.remove()
            assert save.hidden
            opens()
            await reader.settle()
            assert shown_words(card) == text("portrait.opened")
            assert own.own.to_file() == data
            assert reader.worn[-1] is own.own
            assert own.likeness is None, "whose it is the person has to say"
            save.click()
            assert len(reader.saved) == count
            assert reader.saved[-1][1] == data


@run_in_pyodide
async def test_chooser_keeps_the_portrait_and_names_the_fault_when_a_file_is_none(selenium):
    from testbed.choosers import choose_file, chooser, drop, portrait, shown_words

    from persona_core.portrait.expressions.portrait_set import PortraitSet
    from persona_web.bridge.page import Strings

    async with chooser() as (card, own, reader):
        mine = PortraitSet(portrait())
        await own.use_set(mine)
        for data, fault in ((b"a text", "file-unusable"), (bytes(3_000_000), "file-too-large")):
            for opens in (
                lambda data=data: drop(card, data, "x.portrait"),
                lambda data=data: choose_file(card, data, "portrait-saved-file"),
            ):
                opens()
                await reader.settle()
                assert shown_words(card) == Strings().text(f"portrait.{fault}")
                assert card.querySelector("#portrait-status").dataset.problem == "true"
                assert own.own is mine
        assert len(reader.worn) == 1
