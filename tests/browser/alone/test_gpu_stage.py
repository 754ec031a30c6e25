"""Avatars on their stages in real browsers with every kind of graphics: the right rung, no blank
frame while it changes, and an avatar that is back when the platform took its canvas away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright
from tests.browser.seen import WATCHING
from tests.browser.stage_page import COLOUR, NAME, with_stage_page
from tests.support import graphics
from tests.support.chromium import launch
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

WAIT_MS = 60_000
UNTOLD = 2 * 2
"""Frames of two places that may pass before the platform tells that it took a canvas away."""

# Counts what is asked of WebGPU, however often.
COUNTING = """
globalThis.asked = { adapters: 0, devices: 0 };
const count = (type, name, counter) => {
  const original = globalThis[type]?.prototype[name];
  if (!original) return;
  globalThis[type].prototype[name] = function (...given) {
    asked[counter] += 1;
    return original.apply(this, given);
  };
};
count("GPU", "requestAdapter", "adapters");
count("GPUAdapter", "requestDevice", "devices");
"""


@pytest.fixture(scope="module")
def stage_server(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteServer]:
    """A server of the site with the page of these tests in it."""
    site = with_stage_page(dist, tmp_path_factory.mktemp("stage") / "site")
    with SiteServer(site) as running:
        yield running


class StagePage:
    """The page with its two stages, seen from outside."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    def report(self) -> dict[str, Any]:
        return self.tab.report()["gpu"]

    def wait(self, rung: str, changes: int = 0) -> None:
        """Waits until both avatars are drawn on a rung, after so many changes in all."""
        self.tab.page.wait_for_function(
            """([rung, changes]) => {
              const { gpu } = JSON.parse(virtualpersona.report());
              return gpu.rung === rung && !gpu.starting && gpu.log.length >= changes;
            }""",
            arg=[rung, changes],
            timeout=WAIT_MS,
        )
        # Some frames more: the canvas before goes only after a while.
        self.tab.page.wait_for_function(
            "() => document.querySelectorAll('.place canvas').length === 2", timeout=WAIT_MS
        )

    def watch(self) -> None:
        self.tab.page.evaluate(WATCHING, ".place")

    def check_seen(self, blank: int = 0) -> None:
        """Since the last time an avatar was seen in all but ``blank`` frames, one at a place,
        and it moved."""
        self.tab.page.wait_for_function("watched.frames > 60", timeout=WAIT_MS)
        seen = self.tab.page.evaluate(
            """() => {
              const { blank, several, pictures } = watched;
              Object.assign(watched, { frames: 0, blank: 0, several: 0, pictures: new Set() });
              return { blank, several, pictures: pictures.size };
            }"""
        )
        assert seen["blank"] <= blank
        assert seen["several"] == 0
        assert seen["pictures"] > 10

    def wear_portrait(self) -> None:
        """Gives the first stage a portrait and waits until it is seen."""
        self.tab.page.evaluate("virtualpersona.wear(true)")
        self.wait_for_portrait()

    def wait_for_portrait(self) -> None:
        self.tab.page.wait_for_function(
            """colour => JSON.parse(virtualpersona.report()).portraits[0]
              && watched.corner.preview.every((value, at) => Math.abs(value - colour[at]) < 16)""",
            arg=COLOUR,
            timeout=WAIT_MS,
        )

    def choose(self, mode: str) -> None:
        self.tab.page.evaluate("mode => virtualpersona.choose(mode)", mode)

    def lose(self) -> None:
        self.tab.page.evaluate("virtualpersona.lose()")

    def changes(self) -> list[tuple[str | None, str, str]]:
        return [(one["from"], one["to"], one["reason"]) for one in self.report()["log"]]

    def kept_mode(self) -> str | None:
        """What the next visit would begin with."""
        return self.tab.page.evaluate("localStorage.getItem('vp.gpu.mode')")

    def asked(self) -> dict[str, int]:
        """How often adapters and devices were asked for."""
        return self.tab.page.evaluate("asked")


@contextmanager
def stage_page(
    playwright: Playwright, server: SiteServer, flags: tuple[str, ...], query: str = ""
) -> Iterator[StagePage]:
    browser = launch(playwright, *flags)
    tab = Tab(browser)
    tab.context.add_init_script(COUNTING)
    try:
        yield StagePage(tab.open(f"{server.url}{NAME}/{query}"))
        assert tab.errors == []
    finally:
        browser.close()


def test_stage_goes_through_every_rung_without_a_blank_frame_where_there_is_webgpu(
    playwright: Playwright, stage_server: SiteServer
) -> None:
    with stage_page(playwright, stage_server, graphics.WEBGPU) as page:
        page.wait("webgpu")
        assert page.report()["capabilities"]["webgpu"]["error"] is None
        assert page.report()["reason"] is None
        assert page.asked() == {"adapters": 1, "devices": 1}

        page.watch()
        for number, (mode, rung) in enumerate(
            [("webgl", "webgl"), ("cpu", "canvas"), ("auto", "webgpu"), ("cpu", "canvas")]
        ):
            page.choose(mode)
            page.wait(rung, number + 2)
        # Pinned, for a slow machine would be right to leave it after a while.
        page.choose("webgpu")
        page.wait("webgpu", 6)
        page.check_seen()
        assert page.asked() == {"adapters": 1, "devices": 1}

        page.lose()
        page.wait("webgpu", 7)
        assert page.changes()[-1] == ("webgpu", "webgpu", "device-lost")
        assert page.asked() == {"adapters": 2, "devices": 2}
        page.check_seen(UNTOLD)
        page.lose()
        page.wait("webgl", 8)
        assert page.changes()[-1] == ("webgpu", "webgl", "device-lost")
        assert page.report()["reason"] == "device-lost"
        page.check_seen(UNTOLD)

        page.tab.page.evaluate("virtualpersona.closeStage(1)")
        assert page.tab.page.locator("#peer canvas").count() == 0
        assert page.tab.page.locator("#preview canvas").count() == 1


def test_stage_is_back_when_its_context_is_lost_where_there_is_webgl_alone(
    playwright: Playwright, stage_server: SiteServer
) -> None:
    with stage_page(playwright, stage_server, graphics.WEBGL) as page:
        page.wait("webgl")
        assert page.changes() == [(None, "webgl", "begin")]
        assert page.report()["reason"] == "webgpu-no-adapter"

        page.choose("webgl")  # pinned, for a slow machine would be right to leave it
        page.watch()
        page.lose()
        page.wait("webgl", 2)
        page.check_seen(UNTOLD)
        page.lose()
        page.wait("canvas", 3)
        page.check_seen(UNTOLD)
        assert page.changes()[1:] == [
            ("webgl", "webgl", "context-lost"),
            ("webgl", "canvas", "context-lost"),
        ]
        page.choose("webgl")
        page.wait("webgl", 4)
        page.check_seen()

        page.wear_portrait()
        page.choose("cpu")
        page.wait("canvas", 5)
        page.wait_for_portrait()
        assert page.tab.report()["portraits"] == [True, False]
        page.check_seen()
        page.choose("webgl")
        page.wait("webgl", 6)
        page.wait_for_portrait()
        page.check_seen()
        page.lose()
        page.wait("webgl", 7)
        page.wait_for_portrait()


def test_stage_draws_on_a_plain_canvas_where_there_is_no_gpu_whatever_the_address_asks_for(
    playwright: Playwright, stage_server: SiteServer
) -> None:
    with stage_page(playwright, stage_server, graphics.NONE, "?gpu=webgl") as page:
        page.wait("canvas")
        page.watch()
        assert page.changes() == [(None, "canvas", "begin")]
        assert page.report()["mode"] == "webgl"
        assert page.report()["reason"] == "webgl-missing"
        assert page.kept_mode() is None, "the address holds for this visit only"
        page.choose("webgpu")
        page.wait("canvas")
        assert page.report()["reason"] in {"webgpu-missing", "webgpu-no-adapter"}
        assert page.kept_mode() == "webgpu"
        page.check_seen()


def test_stage_steps_down_where_webgpu_can_compute_but_not_show(
    playwright: Playwright, stage_server: SiteServer
) -> None:
    with stage_page(playwright, stage_server, graphics.UNSHOWN_WEBGPU) as page:
        page.wait("webgl", 3)
        assert page.changes() == [
            (None, "webgpu", "begin"),
            ("webgpu", "webgpu", "device-lost"),
            ("webgpu", "webgl", "device-lost"),
        ]
        page.watch()
        page.check_seen()
