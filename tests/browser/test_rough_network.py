"""Two real browsers on two hosts, with real packets between them that get lost, late and cut off.

Where the system has no network namespaces for us, this is skipped; the same faults are played
through the machines in ``tests/unit/core/call``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright
from tests.support import rooms
from tests.support.chromium import executable, launch
from tests.support.rough_network import RoughNetwork, Weather, why_not
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

SMALL = {"width": 420, "height": 420}
CUT_MS = 6_000
FRAMES = 150


@dataclass
class FarCall:
    """A call between the two hosts of a network."""

    network: RoughNetwork
    tabs: tuple[Tab, Tab]


@pytest.fixture(scope="module")
def far_call(
    playwright: Playwright, dist: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FarCall]:
    if missing := why_not():
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("programs")
    with SiteServer(dist) as server, RoughNetwork(server.port) as network:
        programs = [host.program(executable(), folder) for host in network.hosts]
        browsers = [launch(playwright, program=program) for program in programs]
        first, second = (Tab(browser, viewport=SMALL) for browser in browsers)
        invitation = rooms.new_invitation()
        for tab in (first, second):
            tab.context.add_init_script(rooms.KEEP_CONNECTIONS)
        rooms.enter_together(server.url, invitation, first, second)
        rooms.wait_connected(first, second)
        yield FarCall(network, (first, second))
        for browser in browsers:
            browser.close()


def peer_of(tab: Tab) -> dict[str, Any]:
    [peer] = tab.report()["call"]["peers"]
    return peer


def loss_of(before: dict[str, Any], after: dict[str, Any]) -> float:
    """The share of a peer's frames that was lost between two looks at it."""
    came, lost = (after[key] - before[key] for key in ("frames", "lost"))
    assert came >= FRAMES
    return lost / (came + lost)


def test_packets_go_between_the_hosts_and_nowhere_else_when_two_hosts_call(
    far_call: FarCall,
) -> None:
    carried = far_call.network.carried
    for tab in far_call.tabs:
        rooms.wait_frames(tab, 30)
        assert peer_of(tab)["path"] == "direct"
    assert far_call.network.carried > carried + 60


def test_faces_go_on_when_packets_are_lost_and_late(far_call: FarCall) -> None:
    far_call.network.weather = Weather(loss=0.05, delay_ms=100.0, jitter_ms=40.0)
    before = [peer_of(tab) for tab in far_call.tabs]
    for tab, peer in zip(far_call.tabs, before, strict=True):
        rooms.wait_frames(tab, peer["frames"] + FRAMES - rooms.frames_received(tab))
    shares = list(map(loss_of, before, map(peer_of, far_call.tabs)))
    assert all(0.0 < share < 0.15 for share in shares), shares
    for tab in far_call.tabs:
        peer = peer_of(tab)
        assert peer["path"] == "direct"
        assert peer["quality"] in ("good", "poor")
        assert peer["rtt_ms"] > 2 * (100.0 - 40.0), "every packet went through the network"
    far_call.network.weather = Weather()


def test_call_recovers_on_the_same_connection_when_the_network_is_cut_for_seconds(
    far_call: FarCall,
) -> None:
    connections = [tab.page.evaluate("connections.length") for tab in far_call.tabs]
    far_call.network.cut()
    far_call.tabs[0].page.wait_for_timeout(CUT_MS)
    for tab in far_call.tabs:  # Chromium takes five seconds and more to notice
        tab.page.wait_for_selector('.peer-tile[data-quality="reconnecting"]')
        assert tab.page.inner_text(".peer-quality")
    far_call.network.restore()
    rooms.wait_connected(*far_call.tabs)
    for tab in far_call.tabs:
        rooms.wait_frames(tab, 60)
        assert peer_of(tab)["path"] == "direct"
        assert tab.errors == []
    after = [tab.page.evaluate("connections.length") for tab in far_call.tabs]
    assert after == connections, "ICE restarts; nothing is built anew"


def test_call_recovers_when_the_network_is_away_until_the_connection_has_failed(
    far_call: FarCall,
) -> None:
    far_call.network.cut()
    for tab in far_call.tabs:
        tab.page.wait_for_function(
            "() => connections.every((c) => ['failed', 'closed'].includes(c.connectionState))",
            timeout=rooms.WAIT_MS,
        )
    far_call.network.restore()
    rooms.wait_connected(*far_call.tabs)
    for tab in far_call.tabs:
        rooms.wait_frames(tab, 60)
