"""A processor that is six times slower for a while: the call goes on, gives way step by step, and
takes back what it gave."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, TimeoutError
from tests.support import rooms
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.graphics.quality import ORDER

SMALL = {"width": 480, "height": 420}
FRAMES = 30
SLOWER = 6
"""Times: a weak laptop beside the machine of whoever develops this."""
DOUBLED = 5
FALL_MS = 10_000
QUALITIES = [quality.value for quality in ORDER]
# The peer is seen by nobody, for the cores to be the page's that is slowed.
PEER = """
localStorage.setItem("vp.source", "demo");
Object.defineProperty(document, "hidden", { get: () => true });
"""


@pytest.fixture
def tabs(
    dist_server: SiteServer, face_browser: Browser, plain_browser: Browser
) -> Iterator[tuple[Tab, Tab]]:
    """A call; the first has a face before its camera."""
    invitation = rooms.new_invitation()
    slowed, peer = (Tab(browser, viewport=SMALL) for browser in (face_browser, plain_browser))
    peer.page.add_init_script(PEER)
    rooms.enter_together(dist_server.url, invitation, slowed, peer)
    rooms.wait_connected(slowed, peer)
    slowed.page.wait_for_function(
        "JSON.parse(virtualpersona.report()).source.face_found", timeout=rooms.WAIT_MS
    )
    yield slowed, peer
    slowed.close()
    peer.close()


def levels(tab: Tab) -> list[int]:
    """The qualities that a page has drawn with, the lowest being 0."""
    return [QUALITIES.index(step["quality"]) for step in tab.report()["graphics"]["steps"]]


def check_goes_on(tabs: tuple[Tab, Tab]) -> None:
    """Faces come both ways on the path of before, and the character is what is seen."""
    for tab in tabs:
        rooms.wait_frames(tab, FRAMES)
    report = tabs[0].report()
    assert report["call"]["peers"][0]["path"] == "direct"
    assert report["source"]["face_found"]
    assert report["seen"] == ["drawn", "drawn"]
    assert [entry["reason"] for entry in report["graphics"]["log"]] == ["begin"]
    assert tabs[0].page.is_hidden("#suggestion"), "there is nothing to suggest"
    assert tabs[0].errors == []


def test_call_goes_on_and_quality_falls_by_steps_and_rises_when_the_processor_is_slow_for_a_while(
    tabs: tuple[Tab, Tab],
) -> None:
    slowed, session = tabs[0], tabs[0].context.new_cdp_session(tabs[0].page)
    before = len(levels(slowed))
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    check_goes_on(tabs)
    # A fast machine may bear that without giving anything up: then as much slower as it takes.
    for doubled in range(DOUBLED):
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER << doubled})
        try:
            slowed.page.wait_for_function(
                "before => JSON.parse(virtualpersona.report()).graphics.steps.length > before",
                arg=before,
                timeout=FALL_MS,
            )
            break
        except TimeoutError:
            continue
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    fell = levels(slowed)[before - 1 :]
    assert len(fell) > 1, "nothing was given up"
    assert fell[1] == fell[0] - 1, "the smallest step first"
    assert all(now >= was - 1 for was, now in pairwise(fell)), "and never two at once"
    slowed.page.wait_for_function(
        """([before, qualities]) => {
          const levels = JSON.parse(virtualpersona.report()).graphics.steps.slice(before)
            .map(({ quality }) => qualities.indexOf(quality));
          return levels.at(-1) > Math.min(...levels);
        }""",
        arg=[before, QUALITIES],
        timeout=rooms.WAIT_MS,
    )
    check_goes_on(tabs)
