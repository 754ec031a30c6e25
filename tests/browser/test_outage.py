"""Calls that outlive their signaling server, and people who come back.

Pages start slowly, so the tests share three: each finds the room as the test before left it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.call.invitation import Invitation

SMALL = {"width": 420, "height": 420}


@dataclass
class Call:
    """Two people in a room of two."""

    invitation: Invitation
    first: Tab
    second: Tab


@pytest.fixture(scope="module")
def call(pair_server: SiteServer, plain_browser: Browser) -> Iterator[Call]:
    invitation = rooms.new_invitation()
    tabs = [Tab(plain_browser, viewport=SMALL) for _ in range(2)]
    rooms.enter_together(pair_server.url, invitation, *tabs)
    rooms.wait_connected(*tabs)
    yield Call(invitation, *tabs)
    for tab in tabs:
        tab.close()


def wait_signaling(tab: Tab, state: str) -> None:
    tab.page.wait_for_function(
        "state => JSON.parse(virtualpersona.report()).call.signaling === state",
        arg=state,
        timeout=rooms.WAIT_MS,
    )


def shown_code(tab: Tab) -> str:
    """What the page gives people to compare."""
    tab.page.evaluate("document.getElementById('call-options').open = true")
    tab.page.wait_for_selector("#codes:not([hidden]) #code-list li", timeout=rooms.WAIT_MS)
    code = tab.page.inner_text("#code-list")
    tab.page.evaluate("document.getElementById('call-options').open = false")
    return code


def test_both_people_read_the_same_six_digits_when_they_are_connected(call: Call) -> None:
    codes = [shown_code(tab) for tab in (call.first, call.second)]
    assert codes[0] == codes[1]
    assert re.fullmatch(r"\d{3} \d{3}", codes[0])


def test_peer_can_come_back_when_it_left(call: Call) -> None:
    first, second = call.first, call.second
    second.page.click("#leave")
    rooms.wait_status(second, "ended")
    rooms.wait_status(first, "waiting")
    assert first.page.inner_text("#peer-title") == sentence("room.left-title")

    second.page.click("#rejoin")
    rooms.wait_connected(first, second)
    rooms.wait_frames(first, 10)


def test_call_goes_on_when_the_signaling_server_dies_and_returns(
    call: Call, pair_server: SiteServer, plain_browser: Browser
) -> None:
    first, second = call.first, call.second
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

    third = Tab(plain_browser, viewport=SMALL)
    rooms.enter(third, pair_server.url, call.invitation)
    rooms.wait_problem(third, sentence("error.room-full"))
    third.close()
    for tab in (first, second):
        rooms.wait_frames(tab, 30)
        assert tab.page.get_attribute("#call-status", "data-state") == "good"


def test_room_says_so_and_enters_later_when_the_server_is_away_at_first(
    call: Call, pair_server: SiteServer
) -> None:
    call.second.close()
    rooms.wait_status(call.first, "waiting")
    tab = call.first
    tab.page.click("#leave")
    pair_server.kill()
    tab.page.click("#rejoin")
    rooms.wait_status(tab, "lost")
    assert tab.page.inner_text("#peer-title") == sentence("room.unreachable-title")

    pair_server.start()
    rooms.wait_status(tab, "waiting")
    assert tab.page.inner_text("#peer-title") == sentence("room.alone-title")
