"""What people read when a link, a peer or the platform is not as it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser import rooms
from tests.browser.sentences import sentence
from tests.support.chromium import launch
from tests.support.site_server import SiteServer
from tests.support.tab import PIXELS, Tab

from persona_core.call.invitation import Invitation

NewTab = Callable[..., Tab]
SMALL = {"width": 420, "height": 420}

# Lets a test send whatever it likes on the call's data channels.
KEEP_CHANNELS = """
const create = RTCPeerConnection.prototype.createDataChannel;
globalThis.channels = {};
RTCPeerConnection.prototype.createDataChannel = function (label, options) {
  return (channels[label] = create.call(this, label, options));
};
"""


@pytest.fixture(scope="session")
def refusing_browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser with a camera that the person does not allow."""
    browser = launch(playwright, "--use-fake-device-for-media-stream")
    yield browser
    browser.close()


def wait_text(tab: Tab, element_id: str, text: str) -> None:
    tab.page.wait_for_function(
        "([id, text]) => document.getElementById(id).textContent.includes(text)",
        arg=[element_id, text],
        timeout=rooms.WAIT_MS,
    )


@pytest.mark.parametrize(
    ("fragment", "code"),
    [
        ("", "no-room-in-link"),
        ("#room=a/b&key=AAAAAAAAAAAAAAAAAAAAAA", "bad-room"),
        ("#room=abc&key=short", "bad-key"),
        ("#room=abc", "bad-key"),
    ],
)
def test_room_names_the_fault_when_the_link_is_damaged(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab, fragment: str, code: str
) -> None:
    tab = new_tab(plain_browser, viewport=SMALL)
    tab.open(f"{dist_server.url}room-v3/{fragment}")
    rooms.wait_problem(tab, sentence(f"error.{code}"))


def test_both_sides_are_told_when_the_secrets_differ(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    invitation = rooms.new_invitation()
    stranger = Invitation(invitation.room, bytes(16))
    first, second = (new_tab(plain_browser, viewport=SMALL) for _ in range(2))
    rooms.enter(first, dist_server.url, invitation)
    rooms.wait_status(first, "waiting")
    rooms.enter(second, dist_server.url, stranger)
    rooms.wait_problem(second, sentence("error.wrong-secret"))
    wait_text(first, "notice-text", sentence("error.wrong-secret"))

    # The stranger has gone by itself, so the right person still finds a place.
    guest = rooms.enter(new_tab(plain_browser, viewport=SMALL), dist_server.url, invitation)
    rooms.wait_connected(first, guest)


def test_third_person_is_told_when_the_room_is_full(
    pair_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    invitation = rooms.new_invitation()
    first, second, third = (new_tab(plain_browser, viewport=SMALL) for _ in range(3))
    for tab in (first, second):
        rooms.enter(tab, pair_server.url, invitation)
    rooms.wait_connected(first, second)
    rooms.enter(third, pair_server.url, invitation)
    rooms.wait_problem(third, sentence("error.room-full"))

    second.page.click("#leave")
    rooms.wait_status(first, "waiting")
    third.page.click("#problem-action")
    rooms.wait_connected(first, third)


def test_call_survives_when_the_peer_sends_hostile_bytes(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    invitation = rooms.new_invitation()
    victim, hostile = (new_tab(plain_browser, viewport=SMALL) for _ in range(2))
    hostile.page.add_init_script(KEEP_CHANNELS)
    rooms.enter(victim, dist_server.url, invitation)
    rooms.enter(hostile, dist_server.url, invitation)
    rooms.wait_connected(victim, hostile)
    hostile.page.evaluate(
        """() => {
          for (const bytes of [[], [0x10], new Array(61).fill(0x10), new Array(5000).fill(255)])
            channels.params.send(new Uint8Array(bytes));
          for (const text of ["", "{", "[]", "null", '{"type":"hello"}', '{"type":"nonsense"}',
              '{"type":"avatar","avatar":{"version":1,"hair":"<b>"}}', "x".repeat(60000)])
            channels.control.send(text);
        }"""
    )
    victim.page.wait_for_function(
        """() => {
          const [peer] = JSON.parse(virtualpersona.report()).call.peers;
          return Object.keys(peer.dropped).length > 0 && peer.controls_refused >= 4;
        }""",
        timeout=rooms.WAIT_MS,
    )
    rooms.wait_frames(victim, 30)
    assert victim.errors == []


def test_person_is_told_when_the_peer_speaks_a_newer_version(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    invitation = rooms.new_invitation()
    older, newer = (new_tab(plain_browser, viewport=SMALL) for _ in range(2))
    newer.page.add_init_script(KEEP_CHANNELS)
    rooms.enter(older, dist_server.url, invitation)
    rooms.enter(newer, dist_server.url, invitation)
    rooms.wait_connected(older, newer)
    newer.page.evaluate(
        """() => channels.control.send(JSON.stringify(
          {type: "hello", wire: 9, app: "9.0.0", avatar: {}}))"""
    )
    wait_text(older, "notice-text", sentence("error.peer-newer"))
    rooms.wait_frames(older, 10)


def test_call_works_idle_when_there_is_no_camera(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, viewport=SMALL)
    rooms.enter(tab, dist_server.url, rooms.new_invitation())
    wait_text(tab, "source-status", sentence("error.camera-missing"))
    before = tab.pixels("self")
    tab.page.wait_for_function(
        f"before => ({PIXELS})('self').then((picture) => picture !== before)", arg=before
    )


def test_person_is_told_when_the_camera_is_refused(
    dist_server: SiteServer, refusing_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(refusing_browser, viewport=SMALL, permissions=[])
    rooms.enter(tab, dist_server.url, rooms.new_invitation())
    wait_text(tab, "source-status", sentence("error.camera-refused"))
    rooms.wait_status(tab, "waiting")


def test_demo_motion_stands_in_when_there_is_no_camera(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    invitation = rooms.new_invitation()
    player, watcher = (new_tab(plain_browser, viewport=SMALL) for _ in range(2))
    for tab in (player, watcher):
        rooms.enter(tab, dist_server.url, invitation)
    rooms.wait_connected(player, watcher)
    player.page.click("#use-demo")
    wait_text(player, "source-status", sentence("source.demo"))
    rooms.wait_frames(watcher, 30)
