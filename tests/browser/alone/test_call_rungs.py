"""A call goes on, and both people stay in sight, while one of them changes the way of drawing."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Playwright
from tests.browser.seen import WATCHING
from tests.support import graphics, rooms
from tests.support.chromium import launch
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

SMALL = {"width": 480, "height": 480}
MODES = (("webgpu", "webgpu"), ("cpu", "canvas"), ("webgl", "webgl"), ("auto", "canvas"))


def choose(tab: Tab, mode: str, rung: str) -> None:
    """Picks a mode with the keyboard's way of clicking, and waits until it is drawn with."""
    tab.page.evaluate(
        "mode => document.querySelector(`input[name=gpu-mode][value=${mode}]`).click()", mode
    )
    tab.page.wait_for_function(
        """([mode, rung]) => {
          const { graphics } = JSON.parse(virtualpersona.report());
          return graphics.mode === mode && graphics.rung === rung && !graphics.starting;
        }""",
        arg=[mode, rung],
        timeout=rooms.WAIT_MS,
    )


def test_call_shows_no_blank_frame_when_the_mode_changes(
    dist_server: SiteServer, playwright: Playwright, new_tab: Callable[..., Tab]
) -> None:
    browser = launch(playwright, *graphics.WEBGPU)
    try:
        invitation = rooms.new_invitation()
        here, there = (new_tab(browser, viewport=SMALL) for _ in range(2))
        rooms.enter_together(dist_server.url, invitation, here, there)
        rooms.wait_connected(here, there)
        rooms.wait_frames(here, 5)
        here.page.click("#more")
        here.page.click("#open-picture")
        here.page.wait_for_selector("input[name=gpu-mode][value=webgl]", state="attached")
        here.page.wait_for_function(
            "document.querySelectorAll('.avatar-place canvas').length === 2", timeout=rooms.WAIT_MS
        )
        here.page.evaluate(WATCHING, ".avatar-place")
        for mode, rung in MODES:
            choose(here, mode, rung)
        here.page.wait_for_function("watched.frames > 60", timeout=rooms.WAIT_MS)
        seen = here.page.evaluate("({ ...watched, pictures: watched.pictures.size })")
        assert (seen["blank"], seen["several"]) == (0, 0)
        assert seen["pictures"] > 10
        reasons = [entry["reason"] for entry in here.report()["graphics"]["log"]]
        assert reasons == ["begin"] + ["chosen"] * len(MODES)
        rooms.wait_frames(here, 5)
        assert here.errors == there.errors == []
    finally:
        browser.close()
