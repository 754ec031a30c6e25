"""A neural model chosen on the home page draws both people of a call, on both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Playwright, Request, TimeoutError
from tests.browser.model_files import GRAPHS, SHARD, Weights, keep_model, wait_moving
from tests.browser.seen import WATCHING
from tests.support import graphics, rooms
from tests.support.chromium import launch
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

WAIT_MS = 240_000
"""Both browsers play the GPU by the CPU, which they share."""
pytestmark = pytest.mark.timeout(WAIT_MS / 1000 + 60)  # longer than it waits by itself
SMALL = {"width": 360, "height": 400}
PLACES = ("self", "peer")
RUNG = "neural-wasm"
NEURAL_FILES = ("/models/index.json", "/models/nano/", "/vendor/ort/")


@dataclass
class Person:
    """One browser, its page, and what the page fetched of models."""

    tab: Tab
    weights: Weights
    fetched: list[str]
    portrait: str

    def wait(self, holds: str, argument: object = None) -> None:
        """Waits until a sentence about ``graphics``, ``neural`` and ``stages`` of the report, and
        ``given``, is true."""
        self._wait(
            "given => { const { graphics, neural, stages } = JSON.parse(virtualpersona.report());"
            f" return {holds}; }}",
            argument,
        )

    def click(self, selector: str) -> None:
        """Clicks without waiting for frames, which come slowly here."""
        self.tab.page.evaluate("selector => document.querySelector(selector).click()", selector)

    def wait_line(self, key: str) -> None:
        """Waits until the page says a sentence of its model."""
        self._wait(
            "said => document.getElementById('model-status').textContent === said", sentence(key)
        )

    def _wait(self, function: str, argument: object) -> None:
        page = self.tab.page
        try:
            page.wait_for_function(function, arg=argument, timeout=WAIT_MS)
        except TimeoutError as error:
            report = self.tab.report()
            known = {name: report.get(name) for name in ("neural", "stages", "graphics")}
            said = page.inner_text("#model-status")
            raise AssertionError(f"{argument}; it said {said!r}; {known}") from error


def choose(person: Person, server: SiteServer) -> None:
    """Wears a portrait and takes the model on the home page."""
    tab = person.tab
    tab.open(f"{server.url}home-v3/")
    tab.page.evaluate(rooms.STAYING)
    assert person.fetched == [], "who has no model loads nothing for one"
    assert tab.report()["neural"] == {"state": "unopened"}
    person.click("#models > summary")
    tab.page.wait_for_selector(".model-card", timeout=WAIT_MS)
    assert tab.page.inner_text(".model-size").startswith("0.02 MB")
    assert not person.weights.asked, "what it costs is told before anything is fetched"
    person.click(".model-use")
    person.wait_line("model.ready")
    assert set(person.weights.asked) >= {SHARD, *GRAPHS}
    assert tab.report()["graphics"]["rung"] == "canvas", "there is nobody for it to draw"
    tab.page.wait_for_selector(f"#portraits input[value={person.portrait}]", state="attached")
    person.click(f"#portraits input[value={person.portrait}]")
    person.wait("graphics.rung === given && !graphics.starting", RUNG)


@pytest.fixture(scope="module")
def people(playwright: Playwright, nano_server: SiteServer) -> Iterator[tuple[Person, Person]]:
    browsers = [launch(playwright, *graphics.WEBGL) for _ in range(2)]
    made = []
    for browser, portrait in zip(browsers, ("astronaut", "officer"), strict=True):
        tab = Tab(browser, viewport=SMALL)
        person = Person(tab, Weights(tab), [], portrait)

        def asked(request: Request, fetched: list[str] = person.fetched) -> None:
            if any(part in request.url for part in NEURAL_FILES):
                fetched.append(request.url)

        tab.context.on("request", asked)
        made.append(person)
    first, second = made
    choose(first, nano_server)
    first.tab.page.goto("about:blank")
    keep_model(second.tab, nano_server.url, {"vp.portrait": second.portrait})
    yield first, second
    for browser in browsers:
        browser.close()


def test_model_draws_both_people_on_both_sides_when_they_talk(
    people: tuple[Person, Person], nano_server: SiteServer
) -> None:
    invitation = rooms.new_invitation()
    for person in people:
        person.weights.asked.clear()
        person.tab.page.goto(invitation.link(f"{nano_server.url}room-v3/"))
    for person in people:
        person.tab.wait_ready()
        rooms.join(person.tab)
        person.tab.page.evaluate(rooms.STAYING)
        person.click("#use-demo")
    for person in people:
        rooms.wait_status(person.tab, "good", "poor")
        person.wait("stages.length === 2 && stages.every((rung) => rung === given)", RUNG)
        person.wait_line("model.drawing")
        person.wait("graphics.metrics.inference_ms > 0")
        assert not person.weights.asked, "all of it was kept"
    for person in people:
        for place in PLACES:
            wait_moving(person.tab, place, WAIT_MS)
        assert person.tab.errors == []


def test_call_goes_on_without_a_blank_frame_and_says_why_when_the_model_is_gone(
    people: tuple[Person, Person],
) -> None:
    person, other = people
    page = person.tab.page
    other.tab.page.evaluate(WATCHING, "#self")
    page.evaluate("caches.delete('virtualpersona-models')")
    page.reload()
    person.tab.wait_ready()
    page.evaluate(rooms.STAYING)
    person.wait_line("error.model-not-here")
    assert page.inner_text("#notice-text") == sentence("error.model-not-here")
    person.wait("stages.length === 2 && stages.every((rung) => rung === 'canvas')")
    assert not person.weights.asked, "a download is the person's to begin"
    rooms.wait_frames(other.tab, 5)
    other.wait("stages.length === 2 && stages.every((rung) => rung === given)", RUNG)
    seen = other.tab.page.evaluate("({ blank: watched.blank, frames: watched.frames })")
    assert seen["frames"] > 20
    assert seen["blank"] == 0
    assert person.tab.errors == other.tab.errors == []
