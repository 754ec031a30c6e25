"""What people read when a link, a peer or the platform is not as it should be.

Pages start slowly, so the tests share three: each finds the room as the test before left it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Playwright
from tests.support import rooms
from tests.support.chromium import launch
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import PIXELS, Tab

from persona_core.call.invitation import Invitation

SMALL = {"width": 420, "height": 420}

# Lets a test send whatever it likes on the call's data channels.
KEEP_CHANNELS = """
const create = RTCPeerConnection.prototype.createDataChannel;
globalThis.channels = {};
RTCPeerConnection.prototype.createDataChannel = function (label, options) {
  return (channels[label] = create.call(this, label, options));
};
"""


@dataclass
class People:
    """Those who come to a room of two.

    Attributes:
        first: whose page is watched.
        stranger: who comes with the wrong secret, and later sends what it likes.
        guest: who has a camera, and does not allow it.
    """

    site_url: str
    invitation: Invitation
    first: Tab
    stranger: Tab
    guest: Tab


@pytest.fixture(scope="module")
def people(
    pair_server: SiteServer, playwright: Playwright, plain_browser: Browser
) -> Iterator[People]:
    refusing_browser = launch(playwright, "--use-fake-device-for-media-stream")
    first, stranger = (Tab(plain_browser, viewport=SMALL) for _ in range(2))
    guest = Tab(refusing_browser, viewport=SMALL, permissions=[])
    stranger.page.add_init_script(KEEP_CHANNELS)
    yield People(pair_server.url, rooms.new_invitation(), first, stranger, guest)
    first.close()
    stranger.close()
    refusing_browser.close()


def wait_text(tab: Tab, element_id: str, text: str) -> None:
    tab.page.wait_for_function(
        "([id, text]) => document.getElementById(id).textContent.includes(text)",
        arg=[element_id, text],
        timeout=rooms.WAIT_MS,
    )


def test_room_names_the_fault_when_the_link_is_damaged(people: People) -> None:
    people.first.open(f"{people.site_url}room-v3/")
    rooms.wait_problem(people.first, sentence("error.no-room-in-link"))
    for fragment, code in (
        ("#room=abc&key=short", "bad-key"),
        ("#room=a/b&key=AAAAAAAAAAAAAAAAAAAAAA", "bad-room"),
        ("#room=abc", "bad-key"),
    ):
        rooms.turn_to(people.first, fragment)
        rooms.wait_problem(people.first, sentence(f"error.{code}"))


def test_call_works_idle_when_there_is_no_camera(people: People) -> None:
    tab = people.first
    rooms.turn_to(tab, people.invitation.fragment)
    rooms.join(tab)
    rooms.wait_status(tab, "waiting")
    wait_text(tab, "source-status", sentence("error.camera-missing"))
    before = tab.pixels("self")
    tab.page.wait_for_function(
        f"before => ({PIXELS})('self').then((picture) => picture !== before)", arg=before
    )


def test_both_sides_are_told_when_the_secrets_differ(people: People) -> None:
    wrong = Invitation(people.invitation.room, bytes(16))
    rooms.enter(people.stranger, people.site_url, wrong)
    rooms.wait_problem(people.stranger, sentence("error.wrong-secret"))
    wait_text(people.first, "notice-text", sentence("error.wrong-secret"))

    # The stranger has gone by itself, so the right person still finds a place.
    rooms.enter(people.guest, people.site_url, people.invitation)
    rooms.wait_connected(people.first, people.guest)


def test_person_is_told_when_the_camera_is_refused(people: People) -> None:
    wait_text(people.guest, "source-status", sentence("error.camera-refused"))


def test_third_person_is_told_when_the_room_is_full(people: People) -> None:
    third = people.stranger
    rooms.turn_to(third, people.invitation.fragment)
    rooms.join(third)
    rooms.wait_problem(third, sentence("error.room-full"))

    people.guest.page.click("#leave")
    rooms.wait_status(people.first, "waiting")
    people.guest.close()
    third.page.click("#problem-action")
    rooms.wait_connected(people.first, third)


def test_call_survives_when_the_peer_sends_hostile_bytes(people: People) -> None:
    people.stranger.page.evaluate(
        """() => {
          for (const bytes of [[], [0x10], new Array(61).fill(0x10), new Array(5000).fill(255)])
            channels.params.send(new Uint8Array(bytes));
          for (const text of ["", "{", "[]", "null", '{"type":"hello"}', '{"type":"nonsense"}',
              '{"type":"avatar","avatar":{"version":1,"hair":"<b>"}}', "x".repeat(60000)])
            channels.control.send(text);
        }"""
    )
    people.first.page.wait_for_function(
        """() => {
          const [peer] = JSON.parse(virtualpersona.report()).call.peers;
          return Object.keys(peer.dropped).length > 0 && peer.controls_refused >= 4;
        }""",
        timeout=rooms.WAIT_MS,
    )
    rooms.wait_frames(people.first, 30)
    assert people.first.errors == []


def test_person_is_told_when_the_peer_speaks_a_newer_version(people: People) -> None:
    people.stranger.page.evaluate(
        """() => channels.control.send(JSON.stringify(
          {type: "hello", wire: 9, app: "9.0.0", avatar: {}}))"""
    )
    wait_text(people.first, "notice-text", sentence("error.peer-newer"))
    rooms.wait_frames(people.first, 10)


def test_demo_motion_stands_in_when_there_is_no_camera(people: People) -> None:
    rooms.show_demo(people.first)
    wait_text(people.first, "source-status", sentence("source.demo"))
    rooms.wait_frames(people.stranger, 30)
