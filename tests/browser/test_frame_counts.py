"""What a page does for each frame where the CPU draws, counted, so that it cannot grow unseen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser
from tests.support import rooms
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

NewTab = Callable[..., Tab]

# An init script: counts frames asked for, and the clearings of each canvas: drawings begin so.
COUNT = """
globalThis.counts = {};
const count = (what) => { counts[what] = (counts[what] ?? 0) + 1; };
const ask = requestAnimationFrame;
globalThis.requestAnimationFrame = (call) => {
  count("frames");
  return ask(call);
};
for (const way of ["clearRect", "putImageData"]) {
  const draw = CanvasRenderingContext2D.prototype[way];
  CanvasRenderingContext2D.prototype[way] = function (...given) {
    const { parentElement: place, dataset } = this.canvas;
    if (this.canvas.isConnected) count(place.id || dataset.canvas || place.dataset.canvas);
    return draw.apply(this, given);
  };
}
for (const way of ["drawElements", "drawArrays"]) {
  const draw = WebGL2RenderingContext.prototype[way];
  WebGL2RenderingContext.prototype[way] = function (...given) {
    count("webgl");
    return draw.apply(this, given);
  };
}
"""
STEPS = 90


def counted(tab: Tab) -> tuple[int, dict[str, int]]:
    """Steps of the page, and what it did in them."""
    start = tab.report()["frames"]
    before: dict[str, int] = tab.page.evaluate("({ ...counts })")
    tab.page.wait_for_function(
        "goal => JSON.parse(virtualpersona.report()).frames >= goal",
        arg=start + STEPS,
        timeout=rooms.WAIT_MS,
    )
    after: dict[str, int] = tab.page.evaluate("({ ...counts })")
    steps = tab.report()["frames"] - start
    return steps, {what: after[what] - before.get(what, 0) for what in after}


def opened(tab: Tab, address: str, kept: dict[str, Any] | None = None) -> Tab:
    for key, value in (kept or {}).items():
        tab.page.add_init_script(f"localStorage.setItem({key!r}, {value!r})")
    tab.page.add_init_script(COUNT)
    return tab.open(address)


def test_page_asks_for_as_many_frames_as_it_uses_and_draws_once_in_each(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = opened(new_tab(plain_browser), f"{dist_server.url}home-v3/", {"vp.source": "demo"})
    tab.page.wait_for_function("JSON.parse(virtualpersona.report()).seen === 'drawn'")
    steps, did = counted(tab)
    assert did["frames"] <= steps + 2
    assert 0 < did["preview"] <= steps + 2
    assert did.get("webgl", 0) == 0, "nothing needs a GPU by software"


def test_portrait_is_painted_once_a_step_and_without_webgl_when_that_is_software(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    kept = {"vp.source": "demo", "vp.portrait": "officer"}
    tab = opened(new_tab(plain_browser), f"{dist_server.url}home-v3/", kept)
    tab.page.wait_for_function("JSON.parse(virtualpersona.report()).seen === 'portrait'")
    assert tab.report()["graphics"]["rung"] == "canvas"
    steps, did = counted(tab)
    assert 0 < did["preview"] <= steps + 2
    assert did.get("webgl", 0) == 0


def test_call_draws_the_peer_in_each_frame_and_the_own_view_in_every_second_one(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    invitation = rooms.new_invitation()
    tabs = [new_tab(plain_browser) for _ in range(2)]
    for tab in tabs:
        opened(tab, invitation.link(f"{dist_server.url}room-v3/"))
        rooms.join(tab)
        tab.page.evaluate("document.getElementById('use-demo').click()")
    rooms.wait_connected(*tabs)
    for tab in tabs:
        rooms.wait_frames(tab, 30)
        steps, did = counted(tab)
        assert did["frames"] <= steps + 2
        assert 0 < did["peer"] <= steps + 2
        # Of the page's frames: a peer's picture that would look the same is not drawn.
        assert 0 < did["self"] <= did["frames"] / 2 + 2
        assert did["peer"] > 1.5 * did["self"]
        assert did.get("peer-marks", 0) <= 1, "there are none"


# An init script: lets a test pass time.
LATER = """
globalThis.later = 0;
const read = performance.now.bind(performance);
performance.now = () => read() + later;
"""


def test_page_stands_still_when_nobody_touches_it_for_a_minute_and_goes_on_when_one_does(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser)
    tab.page.add_init_script(LATER)
    opened(tab, f"{dist_server.url}home-v3/")
    tab.page.wait_for_function("counts.preview > 3")
    tab.page.evaluate("later = 61_000")
    tab.page.wait_for_function(
        """async () => {
          const before = counts.preview;
          await new Promise((resolve) => setTimeout(resolve, 2000));
          return counts.preview === before;
        }""",
        timeout=rooms.WAIT_MS,
    )
    steps = tab.report()["frames"]
    tab.page.wait_for_timeout(2_000)
    assert 2 <= tab.report()["frames"] - steps <= 10, "it looks for what is new all the same"
    drawn = tab.page.evaluate("counts.preview")
    tab.page.mouse.move(300, 300)
    tab.page.wait_for_function("drawn => counts.preview > drawn + 5", arg=drawn)
    assert tab.report()["graphics"]["log"][-1]["reason"] == "begin", "that was no slowness"
