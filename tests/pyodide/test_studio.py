"""The own side of a page as a whole: camera, tracker, demo, layers, avatar."""

from __future__ import annotations

import pytest
from pytest_pyodide import run_in_pyodide

pytestmark = pytest.mark.usefixtures("fresh_room")


@run_in_pyodide
async def test_studio_moves_the_avatar_with_the_face_when_the_camera_is_on(selenium):
    import js
    from testbed.markup import pixels, share_changed
    from testbed.rooms import by_id
    from testbed.studios import OWN_ID, studio_in_the_room

    from persona_web.bridge.page import Strings

    async with studio_in_the_room() as (face_capture, until):
        by_id("use-camera").click()
        await until(lambda: face_capture.motion.face_found)
        first = pixels(by_id(OWN_ID))
        await until(lambda: share_changed(first, pixels(by_id(OWN_ID))) > 0.01)
        assert by_id("source-status").textContent == Strings().text("source.tracking")
        assert js.localStorage.getItem("vp.source") == "camera"
        camera = face_capture.motion.camera.js_track
        by_id("stop-source").click()
        assert camera.readyState == "ended"
        assert by_id("source-status").textContent == Strings().text("source.idle")
        assert js.localStorage.getItem("vp.source") == "none"


@run_in_pyodide
async def test_studio_plays_the_demo_when_there_is_no_camera(selenium):
    from testbed.markup import pixels, share_changed
    from testbed.rooms import by_id
    from testbed.studios import OWN_ID, studio_in_the_room

    from persona_web.bridge.page import Strings

    async with studio_in_the_room() as (face_capture, until):
        by_id("use-demo").click()
        await until(lambda: pixels(by_id(OWN_ID)).any())
        first = pixels(by_id(OWN_ID))
        await until(lambda: share_changed(first, pixels(by_id(OWN_ID))) > 0.01)
        assert by_id("source-status").textContent == Strings().text("source.demo")
        assert face_capture.motion.status.demo


@run_in_pyodide
async def test_studio_changes_the_drawing_when_another_style_is_chosen(selenium):
    from testbed.markup import pixels, share_changed
    from testbed.rooms import by_id
    from testbed.studios import OWN_ID, studio_in_the_room

    from persona_core.drawn.characters import CHARACTERS

    async with studio_in_the_room() as (face_capture, until):
        await until(lambda: pixels(by_id(OWN_ID)).any())
        first = pixels(by_id(OWN_ID))
        face_capture.choose(CHARACTERS[3].style)
        await until(lambda: share_changed(first, pixels(by_id(OWN_ID))) > 0.1)
        assert face_capture.style is CHARACTERS[3].style


@run_in_pyodide
async def test_studio_passes_the_face_through_every_layer_when_it_steps(selenium):
    from dataclasses import replace

    from testbed.studios import studio_in_the_room

    async with studio_in_the_room() as (face_capture, _until):
        face_capture.add_layer(lambda face, now_ms: replace(face, scale=now_ms))
        face_capture.add_layer(lambda face, _now_ms: replace(face, scale=face.scale / 2))
        assert face_capture.step(5000.0, False).scale == 2500.0


@run_in_pyodide
async def test_studio_tells_of_the_camera_when_it_opens_and_is_let_go(selenium):
    from testbed.rooms import by_id
    from testbed.studios import studio_in_the_room

    async with studio_in_the_room() as (face_capture, until):
        heard = []
        face_capture.on_camera(heard.append)
        by_id("use-camera").click()
        await until(lambda: heard)
        assert heard == [face_capture.motion.camera]
        assert heard[0].js_track.readyState == "live"
        by_id("stop-source").click()
        assert heard[1:] == [None]


@run_in_pyodide
async def test_studio_says_that_the_tracker_failed_when_its_model_cannot_be_had(selenium):
    from testbed.rooms import by_id
    from testbed.studios import missing_model, studio_in_the_room

    from persona_web.bridge.page import Strings

    async with studio_in_the_room() as (face_capture, until):
        with missing_model():
            by_id("use-camera").click()
            await until(lambda: face_capture.motion.status.problem is not None)
        assert by_id("source-status").textContent == Strings().text("error.tracker-failed")
        by_id("use-camera").click()
        await until(lambda: face_capture.motion.face_found)


@run_in_pyodide
async def test_studio_says_what_becomes_of_a_tracker_that_hangs(selenium):
    import js
    from testbed.rooms import by_id
    from testbed.studios import studio_in_the_room
    from testbed.tracking import hanging_site

    from persona_web.bridge.page import Strings

    def says(key):
        return by_id("source-status").textContent == Strings().text(key)

    async with hanging_site() as site, studio_in_the_room(site) as (face_capture, until):
        by_id("use-camera").click()
        await until(lambda: face_capture.motion.tracking_ms.count > 4)
        js.eval("keptWorkers[0].postMessage({ kind: 'hang' })")
        await until(lambda: says("source.restarting-tracker"))
        await until(lambda: says("source.tracking"))
        face_capture._tracker_event("hung", "")
        assert says("error.tracker-hung")


@run_in_pyodide
async def test_studio_measures_the_face_from_a_photo_of_the_person_while_one_is_worn(selenium):
    import numpy as np
    from testbed.choosers import portrait
    from testbed.rooms import by_id
    from testbed.studios import studio_in_the_room

    from persona_core.face.residual.person_rest import rest_in_photo
    from persona_core.portrait.support import supported

    photo, faces = portrait(), []
    rest = rest_in_photo(photo, supported())
    async with studio_in_the_room() as (face_capture, until):

        def measured_from():
            return face_capture.motion.pipeline.residuals._rest.photo

        face_capture.add_layer(lambda face, _now_ms: faces.append(face) or face)
        by_id("use-camera").click()
        await until(lambda: face_capture.motion.face_found)
        face_capture.take_rest_from(photo)  # chosen before it is put on
        assert face_capture.motion.pipeline.residuals is None
        face_capture._avatar.portrait = photo
        await until(lambda: faces[-1].residual is not None)
        assert np.allclose(measured_from(), rest)
        face_capture.take_rest_from(None)
        assert measured_from() is None
        face_capture.take_rest_from(photo)
        assert np.allclose(measured_from(), rest)
        face_capture._avatar.portrait = None
        await until(lambda: faces[-1].residual is None)
        assert face_capture.motion.pipeline.residuals is None
