"""The lobby before a room: what it tries stays on the page, and what it tells is told in time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.joins import make_join
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.starts import NOTHING, WATCH_STARTS, started, wait_asked
from tests.support.tab import Tab
from websockets.sync.client import connect

from persona_core.call.invitation import Invitation
from persona_core.wire.signaling_json import encode_client_message
from persona_server.room_tokens import make_room_token

NewTab = Callable[..., Tab]
SECRET = "a secret of this server's"

# An init script: one more camera, which nobody can open, and devices that can be pulled out.
SPARE = "Spare camera"
PLUGS = f"""
globalThis.pulled = [];
const {{ enumerateDevices }} = MediaDevices.prototype;
MediaDevices.prototype.enumerateDevices = async function () {{
  const there = [...await enumerateDevices.call(this)];
  const named = there.some(({{ label }}) => label);
  if (named) there.push({{ kind: "videoinput", deviceId: "spare", label: "{SPARE}" }});
  return there.filter(({{ deviceId }}) => !pulled.includes(deviceId));
}};
globalThis.pull = (kind) => {{
  const {{ stream }} = streams.findLast(({{ wanted }}) => wanted[kind]);
  const [track] = stream.getTracks();
  pulled.push(track.getSettings().deviceId);
  track.stop();
  track.dispatchEvent(new Event("ended"));
  navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
  return track.label;
}};
"""


@contextmanager
def seated(server: SiteServer, invitation: Invitation, people: int) -> Iterator[None]:
    """So many people are in a room."""
    with ExitStack() as sockets:
        for number in range(people):
            socket = sockets.enter_context(connect(server.signaling_url, proxy=None))
            join = make_join(f"person {number}", invitation.room, room_token=invitation.token)
            socket.send(encode_client_message(join))
            sockets.callback(socket.send, '{"type":"leave"}')
            assert json.loads(socket.recv(timeout=20))["type"] == "welcome"
        yield


def wait_text(tab: Tab, element_id: str, text: str) -> None:
    tab.page.wait_for_function(
        "([id, text]) => document.getElementById(id).textContent === text",
        arg=[element_id, text],
        timeout=rooms.WAIT_MS,
    )


def wait_report(tab: Tab, condition: str) -> None:
    """Waits until something holds of the page's report, there as ``report``."""
    tab.page.wait_for_function(
        f"() => {{ const report = JSON.parse(virtualpersona.report()); return {condition}; }}",
        timeout=rooms.WAIT_MS,
    )


def test_lobby_keeps_all_that_is_tried_to_itself_and_brings_what_was_chosen(
    dist_server: SiteServer, face_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(face_browser, viewport={"width": 1280, "height": 800}, locale="en")
    page, host = tab.page, f"127.0.0.1:{dist_server.port}"
    tab.context.add_init_script(WATCH_STARTS + PLUGS)
    invitation = rooms.new_invitation()
    with seated(dist_server, invitation, 1):
        tab.open(invitation.link(f"{dist_server.url}room-v3/"))
        wait_text(tab, "lobby-people", sentence("lobby.one"))
    assert started(tab) == NOTHING | {"sockets": [host]}
    assert page.evaluate("document.activeElement.id") == "join"
    page.wait_for_selector("#guide", state="visible")
    assert page.evaluate("document.activeElement.id") == "join", "it is in nobody's way"
    assert page.is_visible(".guide-call")
    assert not page.is_visible(".guide-home")
    page.click("#guide-close")
    assert not page.is_checked("#lobby-microphone")
    assert page.is_checked("#lobby-camera")

    page.fill("#lobby-name", "  Zoë\u202e <b>\t김 ")
    page.keyboard.press("Tab")
    assert page.input_value("#lobby-name") == "Zoë <b> 김"

    page.click("#try-camera")
    wait_asked(tab, "video")
    wait_text(tab, "lobby-status", sentence("source.tracking"))
    page.click("#try-microphone")
    wait_asked(tab, "video", "audio")
    page.wait_for_function("document.getElementById('lobby-level').value > 0")
    assert started(tab)["connections"] == []
    assert tab.report()["voice"]["microphone"] == "off", "the trial is not the call's"

    page.click("#lobby-devices summary")
    labels = page.eval_on_selector_all("#camera-choice option", "all => all.map((o) => o.text)")
    assert labels[0] == sentence("devices.automatic")
    assert labels[-1] == SPARE
    gone = page.evaluate("pull('video')")
    wait_asked(tab, "video", "audio", "video", "video")  # the spare one, then any
    wait_report(tab, "report.source.camera === 'camera'")
    words = sentence("devices.unplugged").replace("{what}", gone).replace("{next}", SPARE)
    wait_text(tab, "notice-text", words)

    page.uncheck("#noise-suppression")
    wait_asked(tab, "video", "audio", "video", "video", "audio")
    page.wait_for_function(
        "streams.findLast(({ wanted }) => wanted.audio).wanted.audio.noiseSuppression === false"
    )
    page.check("#lobby-microphone")
    wait_text(tab, "invited-detail", sentence("invited.face-and-voice"))
    assert started(tab)["connections"] == []
    assert tab.report()["call"]["phase"] == "outside"
    live = "streams.filter(({ stream }) => stream.getTracks()[0].readyState === 'live').length"
    page.wait_for_function(f"{live} === 2")

    page.focus("#join")
    page.keyboard.press("Enter")
    joined = "report.call.phase === 'inside' && report.voice.microphone === 'open'"
    wait_report(tab, joined)
    page.wait_for_function(f"{live} === 2")  # the trial ended, and the call has its own
    wait_text(tab, "voice-status", sentence("voice.on"))
    page.reload()
    tab.wait_ready()
    wait_report(tab, joined)
    assert not page.is_visible("#invited")

    page.click("#leave")
    page.wait_for_selector("#ended", state="visible")
    assert not page.is_visible(".controls")
    page.keyboard.press("m")
    page.reload()
    tab.wait_ready()
    page.wait_for_selector(rooms.JOIN)
    assert not page.is_visible("#guide")
    assert page.input_value("#lobby-name") == "Zoë <b> 김"
    assert page.is_checked("#lobby-microphone"), "no key is heeded after the call"
    assert not page.is_checked("#noise-suppression")
    page.click("#join-without")
    rooms.wait_status(tab, "waiting")
    assert started(tab)["asked"] == []
    assert tab.errors == []


@pytest.fixture(scope="module")
def guarded_server(dist: Path) -> Iterator[SiteServer]:
    """One whose rooms need a token, and hold two."""
    with SiteServer(dist, {"VP_ROOM_SECRETS": SECRET, "VP_ROOM_SIZE": "2"}) as running:
        yield running


def test_person_hears_what_keeps_them_out_before_they_try(
    guarded_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    home = new_tab(plain_browser, viewport={"width": 390, "height": 844}, locale="en")
    home.open(f"{guarded_server.url}home-v3/")
    home.page.focus("#create-room")
    wait_text(home, "create-hint", sentence("home.create-token"))
    assert home.page.evaluate("document.activeElement.id") == "join-link"
    assert home.page.is_disabled("#create-room")
    assert home.page.is_enabled("#join-link")
    home.close()

    plain = rooms.new_invitation()
    token = make_room_token(SECRET, plain.room, int(time.time()) + 600)
    full = Invitation(plain.room, plain.secret, token)
    tab = new_tab(plain_browser, viewport={"width": 390, "height": 844}, locale="ko")
    tab.context.add_init_script(WATCH_STARTS)
    tab.open(plain.link(f"{guarded_server.url}room-v3/"))
    wait_text(tab, "lobby-problem", sentence("error.room-token-missing", "ko"))
    assert tab.page.is_disabled("#join")
    assert tab.page.is_disabled("#join-without")
    assert tab.page.evaluate("document.activeElement.id") == "lobby-home"

    with seated(guarded_server, full, 2):
        rooms.turn_to(tab, full.fragment)
        words = sentence("lobby.full", "ko").replace("{count}", "2").replace("{size}", "2")
        wait_text(tab, "lobby-problem", words)
        assert tab.page.is_enabled("#join")
    assert started(tab)["connections"] == []
    assert [home.errors, tab.errors] == [[], []]
