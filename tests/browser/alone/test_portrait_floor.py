"""Two people in a call go as portraits, and stay themselves: without a GPU, with one that is too
slow, and on a machine that is too slow for everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser.portrait_call import Likeness, built_in, enter_as, wait_seen
from tests.support import graphics, rooms
from tests.support.chromium import launch
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_core.graphics.quality import ORDER
from persona_models.evaluate.portrait_renderer import PortraitPage

SMALL = {"width": 480, "height": 420}
NAMES = ("officer", "runner")
QUALITIES = [quality.value for quality in ORDER]

# A GPU that takes its time: what is drawn of a mesh holds the page up, as a software GPU's does.
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
        for tab, name in zip(tabs, NAMES, strict=True):
            if script:
                tab.page.add_init_script(script)
            enter_as(tab, name, server.url, invitation)
        yield tabs[0], tabs[1]
        for tab in tabs:
            kinds = tab.page.evaluate("kinds")
            assert kinds["drawn"] == 0, (kinds, tab.page.evaluate("drawnPictures"))
            assert kinds["portrait"] > 30
            assert tab.errors == []
    finally:
        for browser in browsers:
            browser.close()


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
    with call(playwright, dist_server, graphics.WEBGL, SLOW_GPU) as tabs:
        for tab in tabs:
            wait_left(tab, "webgl")
            wait_seen(tab, "portrait")
            check_left_last(next(way for way in ways(tab) if way[0] == "webgl"))
        for tab, name in zip(tabs, reversed(NAMES), strict=True):
            check_likeness(tab, painter, name)


def test_each_step_down_is_taken_in_its_order_when_the_machine_is_too_slow_for_everything(
    playwright: Playwright, dist_server: SiteServer
) -> None:
    with call(playwright, dist_server, graphics.WEBGL) as tabs:
        tab, _other = tabs
        wait_seen(tab, "portrait")
        session = tab.context.new_cdp_session(tab.page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 12})
        wait_left(tab, "webgl")
        wait_drawn(tab, "canvas")
        session.send("Emulation.setCPUThrottlingRate", {"rate": 60})
        wait_drawn(tab, "still")
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        wait_seen(tab, "still", "portrait")
        steps = ways(tab)
        down = steps[[rung for rung, _ in steps].index("webgl") :]
        assert [rung for rung, _ in down][:3] == ["webgl", "canvas", "still"]
        for way in down[:2]:
            check_left_last(way)


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
        timeout=4 * rooms.WAIT_MS,
    )
