"""Calls that outlive their signaling server."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser
from tests.browser import rooms
from tests.browser.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

NewTab = Callable[..., Tab]

SMALL = {"width": 420, "height": 420}


def wait_signaling(tab: Tab, state: str) -> None:
    tab.page.wait_for_function(
        "state => JSON.parse(virtualpersona.report()).call.signaling === state",
        arg=state,
        timeout=rooms.WAIT_MS,
    )


def test_call_goes_on_when_the_signaling_server_dies_and_returns(
    pair_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    invitation = rooms.new_invitation()
    first, second = (new_tab(plain_browser, viewport=SMALL) for _ in range(2))
    for tab in (first, second):
        rooms.enter(tab, pair_server.url, invitation)
    rooms.wait_connected(first, second)

    pair_server.kill()
    wait_signaling(first, "waiting_retry")
    first.page.wait_for_function(
        "text => document.getElementById('notice-text').textContent === text",
        arg=sentence("error.server-unreachable"),
    )
    rooms.wait_frames(first, 30)
    rooms.wait_frames(second, 30)

    pair_server.start()
    for tab in (first, second):
        wait_signaling(tab, "joined")
    rooms.wait_frames(first, 30)
    assert not first.page.text_content("#notice-text")

    third = rooms.enter(new_tab(plain_browser, viewport=SMALL), pair_server.url, invitation)
    rooms.wait_problem(third, sentence("error.room-full"))
    for tab in (first, second):
        rooms.wait_frames(tab, 30)
        assert tab.page.get_attribute("#call-status", "data-state") == "good"


def test_room_says_so_and_enters_later_when_the_server_is_away_at_first(
    own_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, viewport=SMALL)
    tab.open(f"{own_server.url}home-v3/")
    # The page is in the cache of this profile; only then does the server go.
    invitation = rooms.new_invitation()
    rooms.enter(tab, own_server.url, invitation)
    rooms.wait_status(tab, "waiting")
    tab.page.click("#leave")
    own_server.kill()
    tab.page.click("#rejoin")
    rooms.wait_status(tab, "lost")
    assert tab.page.inner_text("#peer-title") == sentence("room.unreachable-title")

    own_server.start()
    rooms.wait_status(tab, "waiting")
    assert tab.page.inner_text("#peer-title") == sentence("room.alone-title")


def test_peer_can_come_back_when_it_left(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    invitation = rooms.new_invitation()
    first, second = (new_tab(plain_browser, viewport=SMALL) for _ in range(2))
    for tab in (first, second):
        rooms.enter(tab, dist_server.url, invitation)
    rooms.wait_connected(first, second)

    second.page.click("#leave")
    rooms.wait_status(second, "ended")
    rooms.wait_status(first, "waiting")
    assert first.page.inner_text("#peer-title") == sentence("room.left-title")

    second.page.click("#rejoin")
    rooms.wait_connected(first, second)
    rooms.wait_frames(first, 10)
