"""The laboratory with a render server, on a machine with a card: pictures are bent between one and
the next, take effects, and are shown beside all other ways of drawing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.browser.portrait_call import WEAR
from tests.browser.seen import WATCHING
from tests.support import rooms
from tests.support.node import needs_node
from tests.support.sentences import sentence
from tests.support.site_config import configure
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

FPS = 4
FRAMES = 240
# What draws here is a CPU, and says so.
CARD = """
const real = WebGL2RenderingContext.prototype.getParameter;
WebGL2RenderingContext.prototype.getParameter = function (name) {
  const value = real.call(this, name);
  return typeof value === "string" && /swiftshader/i.test(value) ? "A card" : value;
};"""


@needs_node
@pytest.mark.timeout(2 * rooms.WAIT_MS / 1000 + 60)
def test_laboratory_bends_a_server_s_pictures_and_shows_them_beside_the_others(
    dist: Path, tmp_path: Path, plain_browser: Browser, new_tab: Callable[..., Tab]
) -> None:
    site = tmp_path / "site"
    shutil.copytree(dist, site)
    few = {"VP_RENDER_ALLOWED_ORIGINS": "*", "VP_RENDER_MAX_FPS": str(FPS)}
    with SiteServer(None, few, "persona_render") as server, SiteServer(site) as pages:
        configure(site, render={"url": server.render_url, "operator": "Kettle & Sons"})
        tab = new_tab(plain_browser, viewport={"width": 1000, "height": 900}, locale="en")
        tab.page.add_init_script(CARD)
        tab.page.add_init_script(WEAR.format("runner"))
        tab.open(f"{pages.url}test-v3/")
        page = tab.page
        assert "no-gpu" not in (page.get_attribute("#effects-reason", "data-i18n") or "")
        page.click("#grid-start")
        unasked = sentence("lab.cell-unavailable").replace("{why}", sentence("lab.cell-no-server"))
        page.wait_for_function(
            "said => [...document.querySelectorAll('.rung-why')].at(-1)?.textContent === said",
            arg=unasked,
        )
        page.click("#grid-stop")

        page.click("#render-agree", timeout=rooms.WAIT_MS)
        page.wait_for_function(
            """() => {
              const { graphics, server } = JSON.parse(virtualpersona.report());
              return graphics.rung === "server" && !graphics.starting && server.pictures > 2;
            }""",
            timeout=rooms.WAIT_MS,
        )
        page.evaluate(WATCHING, "#preview")
        before = tab.report()["server"]["pictures"]
        page.wait_for_function(
            "frames => globalThis.watched?.frames > frames", arg=FRAMES, timeout=rooms.WAIT_MS
        )
        came = tab.report()["server"]["pictures"] - before
        watched = page.evaluate("({ ...watched, pictures: watched.pictures.size })")
        assert came > 0
        assert watched["pictures"] > 2 * came + 2, (watched, came)
        assert watched["blank"] + watched["several"] == 0, watched
        assert page.inner_text("#effects-reason") == ""

        page.click("#grid-start")
        page.wait_for_function(
            """() => {
              const name = [...document.querySelectorAll(".rung-cell figcaption")].at(-1);
              const { grid } = JSON.parse(virtualpersona.report());
              return grid.at(-1)?.rung === "server" && /, [0-9]+ ms/.test(name?.textContent);
            }""",
            timeout=rooms.WAIT_MS,
        )
        assert tab.errors == []
