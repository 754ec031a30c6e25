"""Calls between engines: faces and voices both ways, whoever comes first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.engines import firefox
from tests.support.engines.webkit import WebKitTab
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

SMALL = {"width": 560, "height": 480}

# Packets of voice that came, over the connection that is up.
VOICE_PACKETS = """async () => {
  const up = connections.filter((one) => one.connectionState === "connected").at(-1);
  const all = [...(await up.getStats()).values()];
  const voices = all.filter(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
  return voices.reduce((sum, { packetsReceived }) => sum + packetsReceived, 0);
}"""


def wait(tab: Tab | WebKitTab, holds: str) -> None:
    """Waits until a sentence about ``peer``, ``voice`` and ``source`` of a page's report is true,
    while one peer is there."""
    tab.page.wait_for_function(
        "() => { const { call, voice, source } = JSON.parse(virtualpersona.report());"
        f" const [peer] = call.peers; return Boolean(peer) && ({holds}); }}",
        timeout=rooms.WAIT_MS,
    )


def wait_voice(tab: Tab) -> None:
    """Packets come, and are heard by the page."""
    before = tab.page.evaluate(VOICE_PACKETS)
    tab.page.wait_for_function(
        f"before => ({VOICE_PACKETS})().then((now) => now > before + 20)",
        arg=before,
        timeout=rooms.WAIT_MS,
    )
    wait(tab, "peer.heard && voice.levels[0] > 0.1")


@pytest.mark.parametrize("first", ["firefox", "chromium"])
def test_faces_and_voices_go_both_ways_when_two_engines_meet(
    first: str,
    dist_server: SiteServer,
    firefox_browser: Browser,
    talking_chromium: Browser,
    camera_video: Path,
    new_tab: Callable[..., Tab],
    record_property: Callable[[str, object], None],
) -> None:
    fox, chrome = (
        new_tab(browser, viewport=SMALL, locale="en")
        for browser in (firefox_browser, talking_chromium)
    )
    firefox.show_film(fox, camera_video)
    for tab in (fox, chrome):
        record_property("engine", tab.engine)
    tabs = (fox, chrome) if first == "firefox" else (chrome, fox)
    invitation = rooms.new_invitation()
    for tab in tabs:
        tab.context.add_init_script(rooms.KEEP_CONNECTIONS)
        rooms.enter(tab, dist_server.url, invitation)
    rooms.wait_connected(*tabs)
    for tab in tabs:
        wait(tab, "peer.path === 'direct' && peer.present && source.face_found")
        assert tab.page.evaluate("connections.length") == 1
    # Both at the same moment, as far as that can be; or one after the other, who came last first.
    groups = [tabs] if first == "firefox" else [(fox,), (chrome,)]
    for group in groups:
        for tab in group:
            rooms.unmute(tab)
        for tab in group:
            wait_voice(tabs[1 - tabs.index(tab)])

    rooms.unmute(fox)  # which mutes who is heard
    wait(chrome, "peer.muted && voice.levels[0] < 0.05")
    rooms.unmute(fox)
    wait_voice(chrome)

    fox.page.reload()
    fox.wait_ready()
    for tab in tabs:
        wait(tab, "peer.path === 'direct' && !peer.muted")
        rooms.wait_frames(tab, 20)
        wait_voice(tab)
    rooms.press(chrome, "#leave")
    rooms.wait_status(fox, "waiting")
    assert fox.errors == chrome.errors == []


def test_faces_and_voices_go_both_ways_when_two_of_firefox_meet(
    dist_server: SiteServer,
    firefox_browser: Browser,
    new_tab: Callable[..., Tab],
    record_property: Callable[[str, object], None],
) -> None:
    tabs = [new_tab(firefox_browser, viewport=SMALL, locale="en") for _person in range(2)]
    invitation = rooms.new_invitation()
    for tab in tabs:
        record_property("engine", tab.engine)
        tab.context.add_init_script(rooms.KEEP_CONNECTIONS)
        rooms.enter(tab, dist_server.url, invitation)
        rooms.show_demo(tab)
    for tab in tabs:
        wait(tab, "peer.path === 'direct' && peer.present")
        rooms.wait_frames(tab, 20)
    for tab in tabs:
        rooms.unmute(tab)
    for tab in tabs:
        wait_voice(tab)
    assert tabs[0].errors == tabs[1].errors == []


def test_faces_go_both_ways_through_the_server_when_webkit_has_no_webrtc(
    dist_server: SiteServer,
    webkit_tab: WebKitTab,
    talking_chromium: Browser,
    new_tab: Callable[..., Tab],
    record_property: Callable[[str, object], None],
) -> None:
    chrome = new_tab(talking_chromium, viewport=SMALL, locale="en")
    invitation = rooms.new_invitation()
    for tab in (webkit_tab, chrome):
        record_property("engine", tab.engine)
        tab.open(invitation.link(f"{dist_server.url}room-v3/"))
        tab.page.select_option("#language", "en")
        rooms.join(tab)
    rooms.show_demo(webkit_tab)
    for tab in (webkit_tab, chrome):
        wait(tab, "peer.path === 'server' && peer.present")
        rooms.wait_frames(tab, 10)
    assert not webkit_tab.report()["connections"]["webrtc"]
    webkit_tab.page.wait_for_function(
        "words => document.getElementById('notice-text').textContent === words",
        arg=sentence("error.no-webrtc"),
    )
    rooms.press(chrome, "#leave")
    rooms.wait_status(webkit_tab, "waiting")
    assert webkit_tab.errors == chrome.errors == []
