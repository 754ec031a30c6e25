"""Two people in a call, one on a machine without WebGL who lets a render server draw: they see the
other by it, through the server's death and return, and whoever does not agree sends it nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Playwright, Request
from tests.browser.portrait_call import Likeness, built_in, enter_as, wait_seen
from tests.browser.seen import WATCHING
from tests.support import accessibility, graphics, rooms
from tests.support.chromium import launch
from tests.support.node import needs_node
from tests.support.sentences import sentence
from tests.support.site_config import configure
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

from persona_models.evaluate.portrait_renderer import PortraitPage

WAIT_MS = 2 * rooms.WAIT_MS
pytestmark = [needs_node, pytest.mark.timeout(2 * WAIT_MS / 1000 + 60)]
SMALL = {"width": 480, "height": 620}
OPERATOR = "Kettle & Sons"
SEEN, OTHER = "runner", "officer"
LATE_MS = tuple(range(0, 501, 100))
"""Of a picture: the way to the server and back, on a machine that plays all three."""
FOLLOWING = 0.35
"""Less than of pictures that are bent here: nets draw mouth and eyes anew, and not all pictures are
as late."""
PARTS = ("strings/render/", "parts/render", "network/pictures.js")


@dataclass
class Call:
    """The person who agrees, and the one who does not know of it.

    Attributes:
        server: that draws.
        asked: what the first one's page fetched of the rung, and sockets that it opened.
    """

    viewer: Tab
    peer: Tab
    server: SiteServer
    asked: list[str]

    def wait(self, holds: str, given: object = None) -> None:
        """Waits until a sentence about ``graphics``, ``server`` and ``stages`` of the viewer's
        report, and ``given``, is true."""
        self.viewer.page.wait_for_function(
            "given => { const { graphics, server, stages } = JSON.parse(virtualpersona.report());"
            f" return {holds}; }}",
            arg=given,
            timeout=WAIT_MS,
        )

    def wait_drawn(self, rung: str) -> None:
        self.wait("!graphics.starting && stages.every((each) => each === given)", rung)

    def sessions(self) -> int:
        """Portraits that the server holds."""
        text = httpx.get(f"{self.server.url}metrics", trust_env=False).text
        [line] = [line for line in text.splitlines() if line.startswith(f"{SESSIONS} ")]
        return int(float(line.split()[1]))

    def wait_said(self, place: str, text: str) -> None:
        self.viewer.page.wait_for_function(
            "([place, text]) => document.querySelector(place).textContent.includes(text)",
            arg=[place, text],
            timeout=WAIT_MS,
        )

    def said(self) -> str:
        return self.viewer.page.text_content("#render-status") or ""


SESSIONS = "virtualpersona_render_sessions"


def words(key: str) -> str:
    """A sentence of the part."""
    return sentence(f"render.{key}", part="render")


@pytest.fixture(scope="module")
def painter(plain_browser: Browser, dist: Path) -> Iterator[PortraitPage]:
    page = PortraitPage(plain_browser, dist)
    yield page
    page.close()


@pytest.fixture(scope="module")
def call(
    playwright: Playwright, dist: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Call]:
    site = tmp_path_factory.mktemp("served") / "site"
    shutil.copytree(dist, site)
    render_environment = {"VP_RENDER_ALLOWED_ORIGINS": "*", "VP_RENDER_WORKERS": "2"}
    browsers = [launch(playwright, *flags) for flags in (graphics.NONE, graphics.WEBGL)]
    with (
        SiteServer(None, render_environment, "persona_render") as server,
        SiteServer(site) as pages,
    ):
        configure(site, render={"url": server.render_url, "operator": OPERATOR})
        viewer, peer = (Tab(browser, viewport=SMALL, locale="en") for browser in browsers)
        asked: list[str] = []

        def note(request: Request) -> None:
            if any(part in request.url for part in PARTS):
                asked.append(request.url)

        viewer.context.on("request", note)
        viewer.page.on("websocket", lambda socket: asked.append(socket.url))
        others: list[str] = []
        peer.page.on("websocket", lambda socket: others.append(socket.url))
        invitation = rooms.new_invitation()
        enter_as(pages.url, invitation, {OTHER: viewer, SEEN: peer})
        for tab in (viewer, peer):
            rooms.wait_status(tab, "good", "poor")
            tab.page.evaluate(rooms.STAYING)
            wait_seen(tab, "portrait")
        yield Call(viewer, peer, server, asked)
        for tab in (viewer, peer):
            assert tab.page.evaluate("kinds.drawn") == 0, "nobody was a character in any frame"
        assert set(others) == {pages.signaling_url}, "who does not agree sends nothing"
        viewer.close()
        peer.close()
    for browser in browsers:
        browser.close()


def check_likeness(call: Call, painter: PortraitPage) -> None:
    """The peer is their portrait, some frames late, whose mouth and eyes move as they do."""
    given = (call.viewer, painter, built_in(SEEN), built_in(OTHER))
    likeness = Likeness(*given, square=True, late_ms=LATE_MS)
    eye = likeness.following_in(likeness.eye)
    chance = likeness.unrelated_in(likeness.mouth), likeness.unrelated_in(likeness.eye)
    assert likeness.gap < 12.0, likeness
    assert likeness.gap_to_other > 3.0 * likeness.gap, likeness
    assert likeness.movement > 3.0, likeness
    assert likeness.following > FOLLOWING, likeness
    assert eye > FOLLOWING, (eye, likeness)
    assert max(chance) < FOLLOWING / 2.0, (chance, likeness)


def test_nothing_of_a_server_is_fetched_when_the_person_has_not_agreed(call: Call) -> None:
    assert call.asked == [url for url in call.asked if url.endswith("/signal")]
    report = call.viewer.report()
    assert report["server"] == {"state": "unopened"}
    assert report["graphics"]["rung"] == "canvas"
    assert call.sessions() == 0
    page = call.viewer.page
    page.evaluate("document.querySelector('#picture').open = true")
    page.wait_for_selector("#render-agree", timeout=WAIT_MS)
    whose = page.inner_text("#render-whose")
    assert OPERATOR in whose
    assert f"127.0.0.1:{call.server.port}" in whose
    told = page.evaluate(
        """() => document.getElementById("render-agree").getAttribute("aria-describedby").split(" ")
          .map((id) => document.getElementById(id).textContent).join(" ")"""
    )
    for word in ("ask.what", "ask.who", "ask.kept", "ask.only"):
        assert words(word) in told, "all of it is read with the button"
    assert accessibility.violations(page) == []
    assert call.sessions() == 0, "the offer alone asks nobody"


def test_peer_is_drawn_by_the_server_when_the_person_agrees_by_keyboard(
    call: Call, painter: PortraitPage
) -> None:
    page = call.viewer.page
    page.evaluate(WATCHING, ".avatar-place")
    page.focus("#render-agree")
    page.keyboard.press("Enter")
    call.wait_drawn("server")
    assert page.evaluate("document.activeElement.id") == "render-leave"
    assert call.said() == words("drawing").replace("{operator}", OPERATOR)
    call.wait("server.fps > 0 && server.latency_ms > 0")
    assert call.sessions() == 2, "the own portrait and the peer's, once each"
    page.evaluate("document.querySelector('#picture').open = false")
    check_likeness(call, painter)
    assert page.evaluate("watched.blank + watched.several") == 0


def test_call_goes_on_here_when_the_server_dies_and_there_again_when_it_is_back(
    call: Call, painter: PortraitPage
) -> None:
    page = call.viewer.page
    call.wait_drawn("server")
    page.evaluate("globalThis.watched = { ...watched, frames: 0, blank: 0, several: 0 }")
    call.server.kill()
    call.wait_drawn("canvas")
    log = call.viewer.report()["graphics"]["log"]
    left = [entry for entry in log if entry["reason"] == "server-lost"][-1]
    assert (left["from"], left["to"]) == ("server", "canvas")
    assert left["detail"].startswith("render-unreachable")
    for place in ("#render-status", "#notice"):
        call.wait_said(place, words("why.unreachable"))
    call.server.start()
    call.wait_drawn("server")
    check_likeness(call, painter)
    seen = page.evaluate("watched")
    assert seen["frames"] > 0
    assert seen["blank"] + seen["several"] == 0, seen


def test_server_forgets_everybody_when_the_person_takes_it_back(call: Call) -> None:
    page = call.viewer.page
    call.wait_drawn("server")
    page.evaluate("document.querySelector('#picture').open = true")
    page.focus("#render-leave")
    page.keyboard.press("Enter")
    call.wait_drawn("canvas")
    page.wait_for_function("document.activeElement.id === 'render-agree'")
    assert call.said() == ""
    assert call.viewer.report()["server"]["state"] == "off"
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.includes('render'))") == []
    for _ in range(100):
        if call.sessions() == 0:
            break
        page.wait_for_timeout(50)
    assert call.sessions() == 0
