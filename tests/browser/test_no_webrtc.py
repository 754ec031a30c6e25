"""A call with somebody whose browser makes no connections between pages."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

SMALL = {"width": 420, "height": 420}


def test_faces_go_both_ways_through_the_server_when_one_browser_has_no_webrtc(
    dist_server: SiteServer, plain_browser: Browser, new_tab: Callable[..., Tab]
) -> None:
    invitation = rooms.new_invitation()
    tabs = [new_tab(plain_browser, viewport=SMALL, locale="en") for _ in range(2)]
    _, without = tabs
    without.context.add_init_script("delete globalThis.RTCPeerConnection")
    rooms.enter_together(dist_server.url, invitation, *tabs)
    for tab in tabs:
        rooms.wait_status(tab, "poor")
        rooms.wait_frames(tab, 10)
        [peer] = tab.report()["call"]["peers"]
        assert peer["path"] == "server"
        assert peer["present"]
        assert tab.page.inner_text(".peer-quality") == sentence("link.server")
        assert tab.errors == []
    assert [tab.report()["connections"]["webrtc"] for tab in tabs] == [True, False]
    assert without.page.text_content("#notice-text") == sentence("error.no-webrtc")
