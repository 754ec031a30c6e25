"""Three real pages in one room: voices, mute, the floor, a reload, a server that dies.

The first has a microphone and a camera that shows no face; the others have neither, and a browser
that plays nothing before the person has touched the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser.voice_sound import write_voice
from tests.support import rooms, tapes
from tests.support.chromium import launch
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

SMALL = {"width": 560, "height": 480}
VOICE = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--use-file-for-fake-audio-capture={}",
)
# Whatever Playwright evaluates counts as the person's act, so the browser's own rule never shows:
# this is that rule.
SILENT_BEFORE_A_TOUCH = """
const play = HTMLMediaElement.prototype.play;
let touched = false;
addEventListener("pointerdown", () => (touched = true), true);
HTMLMediaElement.prototype.play = function () {
  if (touched) return play.call(this);
  return Promise.reject(new DOMException("play() before any gesture", "NotAllowedError"));
};
"""


@dataclass
class Company:
    """Three tabs in one room, on a server of their own."""

    server: SiteServer
    speaker: Tab
    listeners: tuple[Tab, Tab]

    @property
    def tabs(self) -> tuple[Tab, ...]:
        return (self.speaker, *self.listeners)


@pytest.fixture(scope="module")
def peer_list(
    playwright: Playwright, dist: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    sound = write_voice(tmp_path_factory.mktemp("voice") / "voice.wav")
    browsers: list[Browser] = [
        launch(playwright, *(flag.format(sound) for flag in VOICE)),
        launch(playwright),
    ]
    with SiteServer(dist) as server:
        invitation = rooms.new_invitation()
        speaker, *others = (Tab(browser, viewport=SMALL) for browser in (*browsers, browsers[1]))
        speaker.context.add_init_script(rooms.KEEP_CONNECTIONS)
        for tab in others:
            tab.context.add_init_script(SILENT_BEFORE_A_TOUCH)
        rooms.enter_together(server.url, invitation, speaker, *others)
        for tab in (speaker, *others):
            rooms.unmute(tab)
        made = Company(server, speaker, (others[0], others[1]))
        for tab in made.tabs:
            wait(tab, "call.peers.length === 2 && call.peers.every(p => p.path === 'direct')")
        yield made
        for browser in browsers:
            browser.close()


def wait(tab: Tab, holds: str) -> None:
    """Waits until a sentence about ``call`` and ``voice`` of the page's report is true."""
    tab.page.wait_for_function(
        "() => { const { call, voice } = JSON.parse(virtualpersona.report());"
        f" return {holds}; }}",
        timeout=rooms.WAIT_MS,
    )


def state(tab: Tab) -> dict[str, Any]:
    """What the page tells of the speaker: the first of its peers."""
    report = tab.report()
    return report["call"]["peers"][0] | {"level": report["voice"]["levels"][0]}


def loudest(tab: Tab, seconds: float = 2.0) -> float:
    """The speaker's loudness on a listener's page: the most of a while."""
    levels = []
    for _ in range(round(seconds / 0.1)):
        levels.append(state(tab)["level"])
        tab.page.wait_for_timeout(100)
    return max(levels)


def test_listener_is_asked_for_a_touch_and_hears_then_when_the_browser_plays_nothing(
    peer_list: Company,
) -> None:
    for tab in peer_list.listeners:
        tab.page.wait_for_selector("#hear", state="visible", timeout=rooms.WAIT_MS)
        assert tab.page.inner_text("#hear") == sentence("voice.tap-to-hear")
        tab.page.click("#hear")
        tab.page.wait_for_selector("#hear", state="hidden")
        wait(tab, "voice.levels[0] > 0.4")
    assert peer_list.speaker.page.inner_text("#voice-status") == sentence("voice.on")
    missing = sentence("error.microphone-missing")
    assert peer_list.listeners[0].page.inner_text("#voice-status") == missing


def test_speaker_alone_is_highlighted_when_one_of_two_peers_speaks(peer_list: Company) -> None:
    listener = peer_list.listeners[0].page
    assert listener.get_attribute("#peers", "data-count") == "2"
    listener.wait_for_selector('.peer-tile[data-speaking="true"] #peer', timeout=rooms.WAIT_MS)
    assert listener.locator('.peer-tile[data-speaking="true"]').count() == 1


def test_mouth_moves_with_the_voice_when_the_camera_shows_no_face(peer_list: Company) -> None:
    listener = peer_list.listeners[0]
    listener.page.evaluate("virtualpersona.record()")
    listener.page.wait_for_timeout(4_000)
    jaw = tapes.read(listener, "received").channel("JAW_OPEN")
    assert jaw.max() > 0.3, "it opens with the vowel"
    assert jaw.min() < 0.1, "and closes in between"


def test_mute_is_heard_seen_and_kept_when_ice_restarts(peer_list: Company) -> None:
    speaker, listener = peer_list.speaker, peer_list.listeners[0]
    speaker.page.keyboard.press("m")
    wait(listener, "call.peers[0].muted && voice.levels[0] < 0.05")
    assert listener.page.locator(".peer-muted:visible").count() == 2, "the other one has none"
    assert speaker.page.inner_text("#mute") == sentence("voice.unmute")

    before = fragments(speaker)
    speaker.page.evaluate("dispatchEvent(new Event('online'))")
    speaker.page.wait_for_function(
        "before => connections.some(c => c.localDescription?.sdp.includes('ice-ufrag')"
        " && !before.includes(c.localDescription.sdp.match(/ice-ufrag:(\\S+)/)[1]))",
        arg=before,
        timeout=rooms.WAIT_MS,
    )
    rooms.wait_frames(listener, 20)
    assert state(listener)["quality"] in ("good", "poor")
    assert loudest(listener) < 0.05
    assert state(listener)["muted"]

    speaker.page.click("#mute")
    wait(listener, "!call.peers[0].muted && voice.levels[0] > 0.4")


def fragments(tab: Tab) -> list[str]:
    return tab.page.evaluate(
        "connections.map(c => c.localDescription?.sdp.match(/ice-ufrag:(\\S+)/)?.[1])"
    )


def test_speaker_returns_as_the_same_and_still_muted_when_the_page_is_reloaded(
    peer_list: Company,
) -> None:
    speaker, listener = peer_list.speaker, peer_list.listeners[0]
    speaker.page.keyboard.press("m")
    wait(listener, "call.peers[0].muted")
    frames = state(listener)["frames"]
    speaker.page.reload()
    listener.page.wait_for_selector('.peer-tile[data-quality="reconnecting"]')
    assert listener.page.get_attribute("#peers", "data-count") == "2"
    speaker.wait_ready()
    for tab in peer_list.tabs:
        wait(tab, "call.peers.length === 2 && call.peers.every(p => p.path === 'direct')")
    wait(listener, f"call.peers[0].frames > {frames + 20}")
    # The same peer in the same place, with the same wish.
    assert listener.page.locator(".peer-tile").count() == 2
    assert state(listener)["muted"]
    assert speaker.report()["voice"] | {"levels": []} == {
        "microphone": "off", "muted": True, "problem": None, "level": 0.0, "levels": [],
    }  # fmt: skip
    speaker.page.click("#mute")
    for each in peer_list.listeners:
        wait(each, "!call.peers[0].muted && voice.levels[0] > 0.4")


def test_voices_and_faces_go_on_when_the_server_dies_and_returns(peer_list: Company) -> None:
    peer_list.server.kill()
    listener = peer_list.listeners[1]
    wait(listener, "call.signaling === 'waiting_retry'")
    rooms.wait_frames(listener, 20)
    assert loudest(listener) > 0.4
    peer_list.server.start()
    for tab in peer_list.tabs:
        wait(tab, "call.signaling === 'joined'")
        wait(tab, "call.peers.length === 2 && call.peers.every(p => p.path === 'direct')")
    rooms.wait_frames(listener, 20)
    assert loudest(listener) > 0.4


def test_tile_goes_at_once_when_one_leaves(peer_list: Company) -> None:
    speaker, first, second = peer_list.tabs
    second.page.click("#leave")
    for tab in (speaker, first):
        wait(tab, "call.peers.length === 1")
        assert tab.page.get_attribute("#peers", "data-count") == "1"
    assert first.page.get_attribute("#call-status", "data-state") in ("good", "poor")


def test_pages_log_no_error_when_all_this_happened(peer_list: Company, dist: Path) -> None:
    for tab in peer_list.tabs:
        unexpected = [error for error in tab.errors if "WebSocket" not in error]
        assert unexpected == []
        assert tab.hosts == {f"127.0.0.1:{peer_list.server.port}"}
