"""Two people in a call go as portraits, and stay themselves: without a GPU, with one that is too
slow, and on a machine that is too slow for everything."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, CDPSession, Playwright
from tests.browser.portrait_call import Likeness, built_in, enter_as, wait_seen, watch_as
from tests.support import graphics, rooms
from tests.support.chromium import launch
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.graphics.quality import ORDER
from persona_models.evaluate.portrait_renderer import PortraitPage

WAIT_MS = 4 * rooms.WAIT_MS
pytestmark = pytest.mark.timeout(WAIT_MS / 1000 + 60)  # longer than it waits by itself
SMALL = {"width": 480, "height": 420}
NAMES = ("officer", "runner")
QUALITIES = [quality.value for quality in ORDER]

# A GPU that takes its time: what is drawn of a mesh holds the page up, as a software GPU's does.
# A GPU by software is not tried with portraits: this one says that it is a real one.
STEP_S = 25.0
"""A page that is too slow says so within this time: four qualities, a suggestion, a start."""
HARDWARE = """
const told = WebGL2RenderingContext.prototype.getParameter;
WebGL2RenderingContext.prototype.getParameter = function (name) {
  const value = told.call(this, name);
  return typeof value === "string" ? value.replace(/swiftshader/gi, "GPU") : value;
};
"""
SLOW_GPU = """
const draw = WebGL2RenderingContext.prototype.drawElements;
WebGL2RenderingContext.prototype.drawElements = function (...given) {
  draw.apply(this, given);
  const end = performance.now() + 120;
  while (performance.now() < end);
};
"""


@pytest.fixture(scope="module")
def painter(plain_browser: Browser, dist: Path) -> Iterator[PortraitPage]:
    page = PortraitPage(plain_browser, dist)
    yield page
    page.close()


@contextmanager
def call(
    playwright: Playwright, server: SiteServer, flags: tuple[str, ...], script: str = ""
) -> Iterator[tuple[Tab, Tab]]:
    """Two portraits in one room; nobody was ever seen as a character when it ends."""
    browsers = [launch(playwright, *flags) for _ in NAMES]
    tabs = [Tab(browser, viewport=SMALL) for browser in browsers]
    try:
        invitation = rooms.new_invitation()
        for tab in tabs:
            if script:
                tab.page.add_init_script(script)
        enter_as(server.url, invitation, dict(zip(NAMES, tabs, strict=True)))
        yield tabs[0], tabs[1]
        for tab in tabs:
            check_never_drawn(tab)
    finally:
        for browser in browsers:
            browser.close()


def check_never_drawn(tab: Tab) -> None:
    """In no displayed frame was anybody seen as a character."""
    kinds = tab.page.evaluate("kinds")
    assert kinds["drawn"] == 0, (kinds, tab.page.evaluate("drawnPictures"))
    assert kinds["portrait"] > 30
    assert tab.errors == []


def check_likeness(tab: Tab, painter: PortraitPage, name: str) -> None:
    """What a page shows of its peer is their portrait, some frames late, and moves its mouth."""
    [other] = set(NAMES) - {name}
    likeness = Likeness(tab, painter, built_in(name), built_in(other))
    assert likeness.gap < 12.0, likeness
    assert likeness.gap_to_other > 3.0 * likeness.gap, likeness
    assert likeness.movement > 3.0, likeness
    assert likeness.following > 0.5, likeness


def test_peer_is_the_portrait_and_its_mouth_follows_when_there_is_no_gpu(
    playwright: Playwright, dist_server: SiteServer, painter: PortraitPage
) -> None:
    with call(playwright, dist_server, graphics.NONE) as tabs:
        for tab in tabs:
            rooms.wait_status(tab, "good", "poor")
            wait_seen(tab, "portrait")
            assert tab.report()["graphics"]["rung"] == "canvas"
        for tab, name in zip(tabs, reversed(NAMES), strict=True):
            check_likeness(tab, painter, name)
            silhouettes = tab.page.evaluate("kinds.silhouette")
            assert silhouettes > 0, "nobody was seen until it was certain who it is"


def ways(tab: Tab) -> list[tuple[str, list[str]]]:
    """The rungs that a page stood on, each with its qualities, in order."""
    found: list[tuple[str, list[str]]] = []
    for step in tab.report()["graphics"]["steps"]:
        if not found or found[-1][0] != step["rung"]:
            found.append((step["rung"], []))
        found[-1][1].append(step["quality"])
    return found


def check_left_last(way: tuple[str, list[str]]) -> None:
    """A rung was left when its last quality had been tried, after each before it."""
    levels = [QUALITIES.index(quality) for quality in way[1]]
    risen = [at for at in range(1, len(levels)) if levels[at] > levels[at - 1]]
    falling = levels[risen[-1] if risen else 0 :]
    assert falling == list(range(falling[0], -1, -1)), way


def test_peer_is_the_portrait_and_its_mouth_follows_when_the_gpu_is_too_slow(
    playwright: Playwright, dist_server: SiteServer, painter: PortraitPage
) -> None:
    with call(playwright, dist_server, graphics.WEBGL, HARDWARE + SLOW_GPU) as tabs:
        for tab in tabs:
            wait_left(tab, "webgl")
            wait_seen(tab, "portrait")
            check_left_last(next(way for way in ways(tab) if way[0] == "webgl"))
        for tab, name in zip(tabs, reversed(NAMES), strict=True):
            check_likeness(tab, painter, name)


def test_each_step_down_is_taken_in_its_order_when_the_machine_is_too_slow_for_everything(
    playwright: Playwright, dist_server: SiteServer
) -> None:
    browser = launch(playwright, *graphics.WEBGL)
    try:
        tab = Tab(browser, viewport=SMALL)
        tab.page.add_init_script(HARDWARE)
        watch_as(tab, NAMES[0])
        tab.open(f"{dist_server.url}home-v3/")
        tab.page.evaluate("document.getElementById('use-demo').click()")
        wait_drawn(tab, "webgl")
        wait_seen(tab, "portrait")
        session = tab.context.new_cdp_session(tab.page)
        rate = slow_down(session, tab, "canvas", 12)
        slow_down(session, tab, "still", 4 * rate)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        wait_seen(tab, "still", "portrait")
        steps = ways(tab)
        down = steps[[rung for rung, _ in steps].index("webgl") :]
        assert [rung for rung, _ in down][:3] == ["webgl", "canvas", "still"]
        for way in down[:2]:
            check_left_last(way)
        check_never_drawn(tab)
    finally:
        browser.close()


def slow_down(session: CDPSession, tab: Tab, rung: str, rate: int) -> int:
    """Makes a machine slower and slower until a page draws on a rung; gives how slow it was."""
    for times in range(5):
        session.send("Emulation.setCPUThrottlingRate", {"rate": rate << times})
        end = time.monotonic() + STEP_S
        while time.monotonic() < end:
            told = tab.report()["graphics"]
            if told["rung"] == rung and not told["starting"]:
                return rate << times
            tab.page.wait_for_timeout(500)
    raise AssertionError(f"{rung} was not needed: {tab.report()['graphics']}")


def wait_left(tab: Tab, rung: str) -> None:
    """Waits until a page has stepped down from a rung because that was too slow."""
    _wait(tab, "graphics.log.some(({ from, reason }) => from === given && reason === 'slow')", rung)


def wait_drawn(tab: Tab, rung: str) -> None:
    """Waits until a page draws on a rung."""
    _wait(tab, "graphics.rung === given && !graphics.starting", rung)


def _wait(tab: Tab, holds: str, given: str) -> None:
    tab.page.wait_for_function(
        "given => { const { graphics } = JSON.parse(virtualpersona.report());"
        f" return {holds}; }}",
        arg=given,
        timeout=WAIT_MS,
    )
