"""The camera: opened, refused, lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_pyodide import run_in_pyodide
from tests.support.pyodide_page import PageRunner, SetPermission

from persona_core.errors import CameraError


@pytest.fixture
def own_media_devices(selenium: PageRunner) -> Iterator[None]:
    yield
    selenium.run_js("delete navigator.mediaDevices; delete navigator.mediaDevices.getUserMedia")


@run_in_pyodide
async def open_camera(selenium):
    from persona_web.bridge.media.camera import Camera
    from persona_web.bridge.site import Site

    await (await Camera.load(Site())).open(lambda: None)


@run_in_pyodide
async def test_camera_gives_a_living_track_until_closed_when_it_may_be_used(selenium):
    from testbed.hearing import Hearing
    from testbed.ownership import settle

    from persona_web.bridge.media.camera import Camera
    from persona_web.bridge.site import Site

    hearing = Hearing()
    camera = await Camera.load(Site())
    track = await camera.open(lambda: hearing.note("lost"))
    assert (track.js_track.kind, track.js_track.readyState) == ("video", "live")
    track.close()
    track.close()
    await settle()

    assert track.js_track.readyState == "ended"
    assert hearing.events == []


def test_camera_says_refused_when_the_person_forbids_it(
    selenium: PageRunner, permissions: SetPermission
) -> None:
    permissions("camera", "denied")

    with pytest.raises(CameraError, match="NotAllowedError") as caught:
        open_camera(selenium)

    assert caught.value.code == "camera-refused"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("NotFoundError", "camera-missing"),
        ("OverconstrainedError", "camera-missing"),
        ("SecurityError", "camera-refused"),
        ("NotReadableError", "camera-busy"),
        ("AbortError", "camera-busy"),
        ("InvalidStateError", "camera-failed"),
    ],
)
def test_camera_gives_our_code_when_the_platform_refuses_in_its_words(
    selenium: PageRunner, own_media_devices: None, name: str, code: str
) -> None:
    # These states of a machine cannot be had for a running browser.
    selenium.run_js(
        "navigator.mediaDevices.getUserMedia ="
        f" () => Promise.reject(new DOMException('the reason', '{name}'))"
    )

    with pytest.raises(CameraError) as caught:
        open_camera(selenium)

    assert (caught.value.code, caught.value.detail) == (code, f"{name}: the reason")


def test_camera_says_insecure_when_the_page_has_no_media_devices(
    selenium: PageRunner, own_media_devices: None
) -> None:
    selenium.run_js("Object.defineProperty(navigator, 'mediaDevices', { configurable: true })")

    with pytest.raises(CameraError) as caught:
        open_camera(selenium)

    assert caught.value.code == "camera-insecure"


@run_in_pyodide
async def open_and_keep_camera(selenium):
    import testbed
    from testbed.hearing import Hearing

    from persona_web.bridge.media.camera import Camera
    from persona_web.bridge.site import Site

    hearing = Hearing()

    def lost():
        track.close()  # as the motion source does
        hearing.note("lost")

    track = await (await Camera.load(Site())).open(lost)
    testbed.kept["camera"] = hearing


@run_in_pyodide
async def heard_of_the_camera(selenium):
    import testbed
    from testbed.ownership import settle

    hearing = testbed.kept.pop("camera")
    await hearing.hear("lost")
    await settle()
    return hearing.events


def test_camera_tells_once_that_it_is_lost_when_permission_is_withdrawn(
    selenium: PageRunner, permissions: SetPermission
) -> None:
    open_and_keep_camera(selenium)

    permissions("camera", "denied")

    assert heard_of_the_camera(selenium) == [("lost",)]
