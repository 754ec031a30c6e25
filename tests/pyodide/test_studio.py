"""The own side of a page as a whole: camera, tracker, demo, avatar, what is remembered."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")


@run_in_pyodide
async def test_studio_moves_the_avatar_with_the_face_when_the_camera_is_on(selenium):
    import js
    from testbed.markup import pixels, share_changed
    from testbed.rooms import by_id
    from testbed.studios import studio_in_the_room

    from persona_web.bridge.page import Strings

    async with studio_in_the_room() as (studio, until):
        by_id("use-camera").click()
        await until(lambda: studio.motion.face_found)
        first = pixels(by_id("self"))
        await until(lambda: share_changed(first, pixels(by_id("self"))) > 0.01)
        assert by_id("source-status").textContent == Strings().text("source.tracking")
        assert js.localStorage.getItem("vp.source") == "camera"
        camera = studio.motion._camera.js_track
        by_id("stop-source").click()
        assert camera.readyState == "ended"
        assert by_id("source-status").textContent == Strings().text("source.idle")
        assert js.localStorage.getItem("vp.source") == "none"


@run_in_pyodide
async def test_studio_plays_the_demo_when_there_is_no_camera(selenium):
    from testbed.markup import pixels, share_changed
    from testbed.rooms import by_id
    from testbed.studios import studio_in_the_room

    from persona_web.bridge.page import Strings

    async with studio_in_the_room() as (studio, until):
        by_id("use-demo").click()
        await until(lambda: pixels(by_id("self")).any())
        first = pixels(by_id("self"))
        await until(lambda: share_changed(first, pixels(by_id("self"))) > 0.01)
        assert by_id("source-status").textContent == Strings().text("source.demo")
        assert studio.motion.status.demo


@run_in_pyodide
async def test_studio_remembers_who_one_was_when_the_page_is_opened_again(selenium):
    from testbed.studios import studio_in_the_room

    from persona_core.avatar.characters import CHARACTERS

    async with studio_in_the_room() as (studio, _until):
        assert studio.character is CHARACTERS[0]
        studio.choose(CHARACTERS[3])
        assert studio.avatar.style is CHARACTERS[3].style
    async with studio_in_the_room() as (studio, _until):
        assert studio.character is CHARACTERS[3]
        assert studio.avatar.style is CHARACTERS[3].style


@run_in_pyodide
async def test_studio_says_that_the_tracker_failed_when_the_camera_is_asked_for_later(selenium):
    from testbed.hearing import Hearing
    from testbed.rooms import by_id
    from testbed.studios import missing_model, studio_in_the_room

    from persona_web.bridge.page import Strings

    with missing_model():
        async with studio_in_the_room() as (studio, until):
            tracker, hearing = studio._tracker, Hearing()
            tell = tracker.on_event
            tracker.on_event = lambda *event: (tell(*event), hearing.note(*event))
            await hearing.hear("failed")
            by_id("use-camera").click()
            await until(lambda: studio.motion.status.problem is not None)
            assert by_id("source-status").textContent == Strings().text("error.tracker-failed")
