"""Calls on the paths that networks leave: through a real coturn, and through the server alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser.portrait_call import enter_as, wait_seen
from tests.support import rooms
from tests.support.chromium import launch
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab
from tests.support.turn_server import TurnServer

SMALL = {"width": 480, "height": 640}
NO_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
HIDE_ADDRESS = "localStorage.setItem('vp.call.relay-only', 'true');"

SELECTED = """async () => {
  const open = connections.filter((c) => c.connectionState === "connected");
  const stats = await open.at(-1).getStats();
  const all = [...stats.values()];
  const transport = all.find((one) => one.type === "transport");
  const pair = stats.get(transport.selectedCandidatePairId);
  const kinds = (type) => all.filter((one) => one.type === type).map((one) => one.candidateType);
  return {
    local: stats.get(pair.localCandidateId).candidateType,
    own: kinds("local-candidate"),
    theirs: kinds("remote-candidate"),
  };
}"""


@pytest.fixture(scope="module")
def turn() -> Iterator[TurnServer]:
    with TurnServer() as running:
        yield running


@pytest.fixture(scope="module")
def turn_site(dist: Path, turn: TurnServer) -> Iterator[SiteServer]:
    """A site whose signaling server mints credentials for the TURN server."""
    with SiteServer(dist, turn.settings) as running:
        yield running


@pytest.fixture(scope="module")
def blocked_browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser that may send no UDP: as behind a strict firewall."""
    browser = launch(playwright, NO_UDP, *MICROPHONE)
    yield browser
    browser.close()


def peer_of(tab: Tab) -> dict[str, Any]:
    return tab.report()["call"]["peers"][0]


def wait_path(tab: Tab, path: str) -> None:
    tab.page.wait_for_function(
        "path => JSON.parse(virtualpersona.report()).call.peers[0]?.path === path",
        arg=path,
        timeout=rooms.WAIT_MS,
    )


def test_addresses_stay_hidden_when_the_person_wants_it_and_there_is_a_turn_server(
    turn_site: SiteServer, plain_browser: Browser, new_tab: Any
) -> None:
    invitation = rooms.new_invitation()
    hidden, open_one = (new_tab(plain_browser, viewport=SMALL) for _ in range(2))
    hidden.context.add_init_script(HIDE_ADDRESS)
    for tab in (hidden, open_one):
        tab.context.add_init_script(rooms.KEEP_CONNECTIONS)
    rooms.enter_together(turn_site.url, invitation, hidden, open_one)
    for tab in (hidden, open_one):
        wait_path(tab, "direct")
    rooms.wait_frames(open_one, 20)
    assert hidden.page.is_checked("#relay-only", strict=True)
    paths = hidden.page.evaluate(SELECTED)
    assert paths["local"] == "relay"
    assert set(paths["own"]) == {"relay"}
    assert set(open_one.page.evaluate(SELECTED)["theirs"]) == {"relay"}

    # And in the middle of a call: the other one hides, too.
    open_one.page.evaluate("document.getElementById('call-options').open = true")
    open_one.page.check("#relay-only")
    open_one.page.wait_for_function(
        "connections.filter(c => c.connectionState === 'connected').length === 1"
        " && connections.length > 1",
        timeout=rooms.WAIT_MS,
    )
    for tab in (hidden, open_one):
        wait_path(tab, "direct")
    rooms.wait_frames(hidden, 20)
    assert open_one.page.evaluate(SELECTED)["local"] == "relay"
    assert hidden.errors == open_one.errors == []


def test_faces_and_portraits_go_through_the_server_and_voice_says_it_cannot_when_udp_is_blocked(
    dist_server: SiteServer, blocked_browser: Browser, new_tab: Any
) -> None:
    invitation = rooms.new_invitation()
    first, second = (new_tab(blocked_browser, viewport=SMALL) for _ in range(2))
    enter_as(dist_server.url, invitation, {"officer": first, "runner": second})
    for tab in (first, second):
        wait_path(tab, "server")
        rooms.wait_status(tab, "poor")
    for tab in (first, second):
        wait_seen(tab, "portrait", "still")
    for tab in (first, second):
        lost = peer_of(tab)["lost"]
        rooms.wait_frames(tab, 30)
        peer = peer_of(tab)
        assert peer["dropped"] == {}
        assert peer["lost"] == lost
        assert tab.page.evaluate("kinds.drawn") == 0
        assert not tab.page.is_visible("#peer-overlay")
        assert tab.page.inner_text(".peer-quality") == sentence("link.server")
        tab.page.wait_for_function(
            "words => document.getElementById('voice-status').textContent === words",
            arg=sentence("voice.not-through-server"),
            timeout=rooms.WAIT_MS,
        )

    second.page.click("#leave")
    rooms.wait_status(first, "waiting")
    assert first.errors == []
