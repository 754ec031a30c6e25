"""What holds for all pages: they open in both languages, keep to their own phase and to their
own host, are accessible as far as axe-core can tell, and do not suffer from what is missing or
broken elsewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser
from tests.browser import site_copies
from tests.support import accessibility, pictures, rooms
from tests.support.sentences import catalogue, sentence
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import START_TIMEOUT_MS, Tab, open_together

from persona_build.pages import load_pages

NewTab = Callable[..., Tab]

DIST = Path(os.environ.get("VP_DIST", ROOT / "dist"))
PHASES = ("", "-v2", "-v3")
LISTED = tuple(page.name for page in load_pages(ROOT / "app"))
BUILT = tuple(page for page in LISTED if (DIST / page / "index.html").exists())
LIGHT = tuple(page for page in BUILT if not page.endswith("-v3"))
LIGHT_PHASES = tuple(phase for phase in PHASES[:2] if f"home{phase}" in BUILT)
ROOMS = tuple(page for page in BUILT if page.startswith("room"))
MEETING = ("room", "room-v3")
"""Rooms whose people come together."""

SMALL = {"width": 420, "height": 420}
SERVICE_WORKERS = "navigator.serviceWorker.getRegistrations().then((all) => all.length)"

# Marked texts that are not in the page's language; those that Python rewrites are its own, but for
# the one button that has two names.
WRONG_TEXTS = """() => {
  const { strings } = virtualpersona;
  const turned = { "voice.unmute": "voice.mute", "bar.camera-on": "bar.camera-off" };
  const right = ({ textContent, dataset: { i18n } }) => textContent === strings[i18n]
    || (i18n in turned && textContent === strings[turned[i18n]]);
  return [...document.querySelectorAll("[data-i18n]")]
    .filter((node) => !node.closest("[role=status], [role=alert], .panel, .boot"))
    .filter((node) => !right(node))
    .map((node) => node.dataset.i18n);
}"""


class Watched:
    """A tab, with the paths it asked for and the sockets it opened."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.paths: set[str] = set()
        self.sockets: set[str] = set()
        tab.context.on("request", lambda request: self.paths.add(urlsplit(request.url).path))
        tab.page.on("websocket", lambda socket: self.sockets.add(urlsplit(socket.url).netloc))

    def models(self) -> set[str]:
        """The names of the models it loaded."""
        return {path.rpartition("/")[2] for path in self.paths if "/models/" in path}


def address(site_url: str, page: str) -> str:
    """Where a page is; a room's with an invitation of its own."""
    folder = f"{site_url}{page}/"
    return rooms.new_invitation().link(folder) if page in ROOMS else folder


def names_keys(tab: Tab) -> list[str]:
    """The catalogue's keys that stand in the page instead of their sentences."""
    words = set(re.findall(r"\b[a-z]+\.[\w-]+\b", tab.page.inner_text("body")))
    return sorted(words & catalogue().keys())


# Our own modules and workers that were asked for while the page started, as paths below the code
# folder. What boot.js brings ahead of them is asked for by fetch.
IMPORTED_BY_READY = """() => {
  const base = virtualpersona.root + virtualpersona.assets.code;
  return performance.getEntriesByType("resource")
    .filter(({ name, initiatorType, startTime }) => name.startsWith(base)
      && initiatorType !== "fetch" && startTime < virtualpersona.timings.ready)
    .map(({ name }) => name.slice(virtualpersona.root.length));
}"""


def unlisted_modules(tab: Tab, page: str) -> set[str]:
    """What the page imported while it started, and its row in ``app/pages.toml`` does not lead
    to."""
    listed = tab.page.evaluate("name => virtualpersona.assets.pages[name]", page)
    imported = set(tab.page.evaluate(IMPORTED_BY_READY))
    assert imported, "the page imported nothing of ours"
    return imported - {file["path"] for file in listed}


def wait_failed(tab: Tab) -> None:
    tab.page.wait_for_selector("#boot[data-state=failed]", timeout=START_TIMEOUT_MS)


def test_site_has_all_pages_of_the_table_when_it_is_built() -> None:
    assert BUILT == LISTED


def check_languages(tab: Tab) -> None:
    """Everything on an open page is in the language that is chosen: Korean, then English."""
    for language in ("ko", "en"):
        tab.page.select_option("#language", language)
        tab.page.wait_for_function("name => document.documentElement.lang === name", arg=language)
        assert tab.page.evaluate(WRONG_TEXTS) == []
        assert names_keys(tab) == []


def check_opened(watched: Watched, server: SiteServer, page: str) -> None:
    """An open page speaks both languages, nothing went wrong, it asked for what it needs and for
    nobody else, and is isolated by the server's headers alone."""
    tab = watched.tab
    host = f"127.0.0.1:{server.port}"
    check_languages(tab)
    assert tab.errors == []
    assert tab.hosts == {host}
    assert unlisted_modules(tab, page) == set()
    assert watched.sockets == ({host} if page in ROOMS else set())
    assert tab.page.evaluate("crossOriginIsolated")
    assert tab.page.evaluate(SERVICE_WORKERS) == 0, "the server sends the headers"


def open_late_parts(tab: Tab) -> None:
    """Opens what the page loads when it is first wanted, the wizard last: it is a dialog."""
    for button, part in (
        ("look-toggle", "#look-sections"),
        ("emotions-toggle", "[data-emotion]"),
        ("portrait-wizard", "#wizard-welcome"),
    ):
        tab.page.click(f"#{button}")
        tab.page.wait_for_selector(part, timeout=rooms.WAIT_MS)


def check_light(watched: Watched) -> None:
    """A page whose camera is on finds a face, and loads no model for anything else."""
    watched.tab.page.wait_for_function(
        "words => document.getElementById('source-status').textContent === words",
        arg=sentence("source.tracking"),
        timeout=rooms.WAIT_MS,
    )
    assert watched.models() == {"face_landmarker.task"}


@pytest.mark.parametrize("page", [page for page in BUILT if page not in MEETING])
def test_page_opens_without_errors_when_its_language_is_korean_then_english(
    dist_server: SiteServer,
    plain_browser: Browser,
    face_browser: Browser,
    new_tab: NewTab,
    page: str,
) -> None:
    browser = face_browser if page in LIGHT else plain_browser
    watched = Watched(new_tab(browser, locale="ko-KR"))
    watched.tab.open(address(dist_server.url, page))
    if page in ROOMS:
        rooms.join(watched.tab)
        rooms.wait_status(watched.tab, "waiting")
    check_opened(watched, dist_server, page)
    if page in LIGHT:
        if page not in ROOMS:  # a room starts the camera when the person joins
            watched.tab.page.click("#use-camera")
        check_light(watched)
    accessibility.check(watched.tab.page)
    if page == "home-v3":
        open_late_parts(watched.tab)
        accessibility.check(watched.tab.page)


def test_people_meet_when_one_opens_the_link_in_the_room_of_another_phase(
    dist_server: SiteServer, plain_browser: Browser, face_browser: Browser, new_tab: NewTab
) -> None:
    invitation = rooms.new_invitation()
    browsers = (face_browser, plain_browser)
    people = [Watched(new_tab(browser, locale="ko-KR")) for browser in browsers]
    links = [invitation.link(f"{dist_server.url}{page}/") for page in MEETING]
    open_together(*zip((watched.tab for watched in people), links, strict=True))
    for watched, page in zip(people, MEETING, strict=True):
        rooms.join(watched.tab)
        check_opened(watched, dist_server, page)
    rooms.wait_connected(*(watched.tab for watched in people))
    for watched, page in zip(people, MEETING, strict=True):
        rooms.wait_frames(watched.tab, 10)
        check_opened(watched, dist_server, page)
        accessibility.check(watched.tab.page)
    check_light(people[0])


@pytest.mark.parametrize("language", ["en", "ko"])
def test_front_page_leads_to_every_page_when_it_is_opened(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab, language: str
) -> None:
    tab = new_tab(plain_browser, locale=language)
    tab.page.goto(dist_server.url)
    tab.page.wait_for_function("name => document.documentElement.lang === name", arg=language)
    links = tab.page.locator(".phase a").evaluate_all("links => links.map((link) => link.href)")
    assert links == [f"{dist_server.url}{page}/" for page in LISTED if page not in ROOMS]
    assert tab.page.locator(".phase li").count() == len(LISTED)
    assert tab.page.inner_text("h1") == sentence("landing.heading", language)
    assert tab.errors == []
    assert tab.hosts == {f"127.0.0.1:{dist_server.port}"}
    if language == "en":
        accessibility.check(tab.page)


def test_front_page_shows_its_moving_picture_until_it_is_not_wanted_when_scripts_are_off(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, java_script_enabled=False, viewport={"width": 320, "height": 640})
    tab.page.goto(dist_server.url)
    picture = tab.page.locator(".hero-call img")
    assert picture.evaluate("(image) => image.currentSrc").endswith("/pictures/call.avif")
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    tab.page.focus("#still")
    tab.page.keyboard.press("Space")
    assert picture.is_hidden()
    tab.page.click(".hero-still")
    assert picture.is_visible()
    tab.page.emulate_media(reduced_motion="reduce")
    tab.page.wait_for_selector(".hero-still", state="hidden")
    assert picture.evaluate("(image) => image.currentSrc").endswith("/pictures/call.webp")
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 320
    tab.page.click(".hero-text .button")
    tab.page.wait_for_url(f"{dist_server.url}home-v3/")


@pytest.fixture(scope="module")
def bare_site(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SiteServer]:
    """A site that has no models, and on which no page module of the third phase can be imported."""
    folder = tmp_path_factory.mktemp("bare")
    light = site_copies.without(dist, "models", folder / "light")
    pages = "persona_web/pages/*_v3.py"
    with SiteServer(site_copies.with_broken_modules(light, pages, folder / "site")) as server:
        yield server


def check_drawn(tab: Tab, page: str) -> None:
    """An avatar is seen on the page."""
    tab.page.wait_for_function("JSON.parse(virtualpersona.report()).frames > 0")
    drawn = pictures.decode(tab.pixels("self" if page.startswith("room") else "preview"))
    assert np.any(drawn[..., 3] > 0)


@pytest.mark.parametrize("phase", LIGHT_PHASES, ids=lambda phase: f"home{phase}")
def test_light_phase_goes_from_home_into_a_call_when_the_third_is_broken_and_models_are_missing(
    bare_site: SiteServer, plain_browser: Browser, new_tab: NewTab, phase: str
) -> None:
    host, guest = (new_tab(plain_browser, viewport=SMALL) for _ in range(2))
    open_together((guest, f"{bare_site.url}test{phase}/"), (host, f"{bare_site.url}home{phase}/"))
    check_drawn(guest, "test")
    check_drawn(host, "home")
    host.page.click("#use-demo")
    host.page.wait_for_function(
        "still => document.getElementById('preview').toDataURL() !== still",
        arg=host.pixels("preview"),
    )
    host.page.click("#create-room")
    host.page.wait_for_url(f"**/room{phase}/#room=*")
    host.wait_ready()
    guest.open(host.page.input_value("#invite-link"))
    rooms.join(guest)
    rooms.wait_connected(host, guest)
    rooms.wait_frames(guest, 10)
    for tab in (host, guest):
        check_drawn(tab, "room")
        check_languages(tab)
        assert tab.errors == []


@pytest.mark.parametrize("page", [page for page in BUILT if page not in LIGHT])
def test_third_phase_says_so_in_plain_words_when_it_is_broken(
    bare_site: SiteServer, plain_browser: Browser, new_tab: NewTab, page: str
) -> None:
    tab = new_tab(plain_browser, viewport=SMALL)
    tab.page.goto(address(bare_site.url, page))
    wait_failed(tab)
    assert tab.page.inner_text("#boot-error-text") == sentence("error.internal")
    assert site_copies.FAULT in str(tab.page.text_content("#boot-error-detail"))
