"""A link starts nothing: the step before a room, in a browser that has long granted everything."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.starts import NOTHING, WATCH_STARTS, started, wait_asked
from tests.support.tab import Tab

NewTab = Callable[..., Tab]
SMALL = {"width": 420, "height": 640}
ROOMS = ("room/", "room-v2/", "room-v3/")


def wait_drawn(tab: Tab, frames: int = 20) -> None:
    """Lets the page live for as many displayed frames."""
    goal = tab.report()["frames"] + frames
    tab.page.wait_for_function(
        "goal => JSON.parse(virtualpersona.report()).frames >= goal", arg=goal
    )


def check_asking(tab: Tab) -> None:
    """The panel is there, the own character lives in it, and nothing of a call does."""
    tab.page.wait_for_selector(rooms.JOIN, timeout=rooms.WAIT_MS)
    assert tab.page.evaluate("document.activeElement.id") == "join"
    assert not tab.page.is_visible(".controls")
    still = tab.pixels("self")
    deadline = time.monotonic() + rooms.WAIT_MS / 1000.0
    while tab.pixels("self") == still:
        assert time.monotonic() < deadline
    report = tab.report()
    assert report["source"]["camera"] == "off"
    assert report["voice"]["microphone"] == "off"
    assert report["call"]["peers"] == []


def wait_camera(tab: Tab) -> None:
    tab.page.wait_for_function(
        "JSON.parse(virtualpersona.report()).source.camera === 'camera'", timeout=rooms.WAIT_MS
    )


@pytest.mark.parametrize("page", ROOMS)
def test_link_opens_no_device_and_no_socket_before_the_person_joins(
    dist_server: SiteServer, face_browser: Browser, new_tab: NewTab, page: str
) -> None:
    tab = new_tab(face_browser, viewport=SMALL, locale="en")
    tab.context.add_init_script(WATCH_STARTS)
    tab.open(rooms.new_invitation().link(f"{dist_server.url}{page}"))
    check_asking(tab)
    dialog = tab.page.get_by_role("dialog", name=sentence("invited.title"))
    assert dialog.is_visible()
    assert sentence("invited.face") in dialog.inner_text()
    tab.page.keyboard.press("m")  # means nothing before there is a call
    wait_drawn(tab)
    # A lobby has asked how many are there, and is told no more than that.
    questions = [f"127.0.0.1:{dist_server.port}"] * (page == "room-v3/")
    assert started(tab) == NOTHING | {"sockets": questions}

    tab.page.keyboard.press("Enter")
    rooms.wait_status(tab, "waiting")
    tab.page.wait_for_selector("#invite-link", state="visible")
    wait_camera(tab)
    assert started(tab) == NOTHING | {
        "asked": ["video"],
        "sockets": [*questions, f"127.0.0.1:{dist_server.port}"],
    }
    assert tab.report()["voice"]["muted"]
    assert tab.errors == []


@pytest.fixture(scope="module")
def guest(dist_server: SiteServer, face_browser: Browser) -> Iterator[Tab]:
    """Somebody who spoke and was seen at an earlier call: the tests share the one page."""
    tab = Tab(face_browser, viewport=SMALL, locale="en")
    tab.page.goto(dist_server.url)
    tab.page.evaluate("localStorage.setItem('vp.voice.muted', 'false')")
    tab.page.evaluate("localStorage.setItem('vp.source', 'camera')")
    tab.context.add_init_script(WATCH_STARTS)
    tab.open(rooms.new_invitation().link(f"{dist_server.url}room/"))
    yield tab
    tab.close()


def test_nothing_is_captured_when_the_person_joins_without(guest: Tab) -> None:
    check_asking(guest)
    assert sentence("invited.face-and-voice") in guest.page.inner_text("#invited")
    guest.page.click("#join-without")
    rooms.wait_status(guest, "waiting")
    guest.page.wait_for_function("started.sockets.length === 1")
    wait_drawn(guest)
    assert started(guest)["asked"] == []
    assert guest.page.inner_text("#source-status") == sentence("source.idle")
    assert guest.page.inner_text("#voice-status") == sentence("voice.off")


def test_reload_comes_back_by_itself_and_without_what_was_left_off(guest: Tab) -> None:
    guest.page.reload()
    guest.wait_ready()
    rooms.wait_status(guest, "waiting")
    guest.page.wait_for_function("started.sockets.length === 1")
    wait_drawn(guest)
    assert started(guest)["asked"] == []


def test_reload_comes_back_with_what_was_switched_on_and_with_no_more(guest: Tab) -> None:
    guest.page.click("#use-camera")
    wait_camera(guest)
    wait_drawn(guest)
    guest.page.reload()
    guest.wait_ready()
    wait_camera(guest)
    wait_drawn(guest)
    assert started(guest)["asked"] == ["video"]
    guest.page.click("#mute")
    wait_asked(guest, "video", "audio")
    guest.page.wait_for_function(
        "words => document.getElementById('voice-status').textContent === words",
        arg=sentence("voice.on"),
        timeout=rooms.WAIT_MS,
    )


def test_call_ends_and_the_person_is_asked_again_when_the_fragment_names_another_room(
    guest: Tab,
) -> None:
    first = guest.page.evaluate("location.hash")
    asked = started(guest)["asked"]
    rooms.turn_to(guest, rooms.new_invitation().fragment)
    check_asking(guest)
    rooms.turn_to(guest, first)
    check_asking(guest)
    assert guest.report()["call"]["phase"] == "ended"
    assert started(guest)["asked"] == asked
    assert len(started(guest)["sockets"]) == 1
    rooms.join(guest)
    wait_asked(guest, "video", "audio", "audio", "video")
    rooms.wait_status(guest, "waiting")


def test_person_is_asked_when_a_link_leads_back_to_the_room_of_this_tab(
    guest: Tab, dist_server: SiteServer
) -> None:
    link = guest.page.url
    guest.page.goto(f"{dist_server.url}?elsewhere")
    guest.open(link)
    check_asking(guest)
    assert started(guest) == NOTHING
    assert guest.errors == []


def test_room_made_here_needs_no_second_click_and_is_asked_about_once_left(
    guest: Tab, dist_server: SiteServer
) -> None:
    guest.open(f"{dist_server.url}home/")
    guest.page.click("#create-room")
    guest.page.wait_for_url("**/room/#room=*")
    guest.wait_ready()
    rooms.wait_status(guest, "waiting")
    wait_camera(guest)
    link = guest.page.url
    guest.page.click("#leave")
    rooms.wait_status(guest, "ended")
    guest.page.reload()
    guest.wait_ready()
    check_asking(guest)
    assert guest.page.url == link
    assert started(guest) == NOTHING
