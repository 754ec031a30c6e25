"""Visits without network, with a network that answers nothing, and with a site that was renewed."""

from __future__ import annotations

import itertools
import json
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright
from tests.support import graphics, nano, rooms
from tests.support.chromium import launch
from tests.support.listing import relist
from tests.support.plain_site import PREFIX, PlainSite
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

NewTab = Callable[..., Tab]
OLDER_WORKER = Path(__file__).parent / "data" / "older_worker.js"
SMALL = {"width": 420, "height": 420}
KEPT = "virtualpersona.kept.then(() => undefined)"
# Every address that is kept, by the cache that has it.
CACHES = """async () => Object.fromEntries(await Promise.all(
  (await caches.keys()).map(async (name) => {
    const requests = await (await caches.open(name)).keys();
    return [name, requests.map(({ url }) => new URL(url).pathname)];
  })))"""
ASK = """async ([address, headers]) => {
  const { status } = await fetch(address, { headers }).catch(() => ({ status: 0 }));
  return status;
}"""


@pytest.fixture
def site(dist: Path, tmp_path: Path) -> Path:
    """A copy of the site, whose one model is the tests' own."""
    copy = tmp_path / "site"
    shutil.copytree(dist, copy)
    nano.add_to_site(copy)
    relist(copy)
    return copy


@pytest.fixture
def server(site: Path) -> Iterator[SiteServer]:
    with SiteServer(site) as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = launch(playwright, *graphics.WEBGL)
    yield running
    running.close()


def visit(tab: Tab, url: str) -> None:
    """Opens a page and waits until the next visit needs no network."""
    tab.open(url)
    tab.page.evaluate(KEPT)


def site_caches(tab: Tab) -> list[set[str]]:
    """What each cache of a build holds."""
    found = tab.page.evaluate(CACHES)
    return [set(kept) for name, kept in found.items() if "-site " in name and "-" in name[-9:]]


def test_second_visit_starts_without_network_with_demo_portraits_model_and_laboratory(
    server: SiteServer, site: Path, browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(browser, viewport=SMALL, service_workers="allow", locale="en")
    visit(tab, f"{server.url}home-v3/")
    tab.page.evaluate(rooms.STAYING)
    tab.page.evaluate("document.querySelector('#models > summary').click()")
    tab.page.wait_for_selector(".model-card")
    tab.page.evaluate("document.querySelector('.model-use').click()")
    said = "said => document.getElementById('model-status').textContent === said"
    tab.page.wait_for_function(said, arg=sentence("model.ready"), timeout=rooms.WAIT_MS)

    # Neither parts of files nor what is missing, nor the signaling server's answers are kept.
    assert tab.page.evaluate(ASK, ["../icons/logo.svg", {"Range": "bytes=0-9"}]) == 206
    assert tab.page.evaluate(ASK, ["../nowhere.js", {}]) == 404
    assert tab.page.evaluate(ASK, ["../healthz", {}]) == 200
    (kept,) = site_caches(tab)
    listing = json.loads((site / "offline.json").read_text("utf-8"))
    listed = {f"/{path}" for path in {**listing["small"], **listing["large"]}}
    assert kept - listed == {"/config.json"}
    assert kept >= {f"/{path}" for path in listing["small"]}
    assert not [path for path in kept if "shard" in path or "jspi" in path], "what nobody used"

    server.stop()
    tab.errors.clear()
    tab.open(f"{server.url}home-v3/")
    assert tab.page.evaluate("crossOriginIsolated")
    tab.page.evaluate(rooms.STAYING)
    still = tab.pixels("preview")
    tab.page.evaluate("document.getElementById('use-demo').click()")
    moved = "still => document.querySelector('#preview canvas').toDataURL() !== still"
    tab.page.wait_for_function(moved, arg=still)
    tab.page.evaluate("document.querySelector('#portraits input[value=officer]').click()")
    tab.page.wait_for_function(
        """() => {
          const { portrait, graphics } = JSON.parse(virtualpersona.report());
          return portrait === "officer" && graphics.rung === "neural-wasm" && !graphics.starting;
        }""",
        timeout=rooms.WAIT_MS,
    )
    tab.open(f"{server.url}test-v3/")
    tab.page.evaluate(rooms.STAYING)
    tab.page.evaluate("document.getElementById('grid-start').click()")
    tab.page.wait_for_selector(".rung-cell canvas", timeout=rooms.WAIT_MS)
    assert [error for error in tab.errors if "WebSocket" not in error] == []
    tab.page.goto(server.url)
    tab.page.wait_for_selector("html[lang=en] .phase a")


def test_new_worker_takes_over_from_an_older_one_and_starts_pages_when_the_host_answers_nothing(
    site: Path, plain_browser: Browser, new_tab: NewTab
) -> None:
    ours = (site / "sw.js").read_text("utf-8")
    (site / "sw.js").write_text(OLDER_WORKER.read_text("utf-8"))
    tab = new_tab(plain_browser, viewport=SMALL, service_workers="allow")
    # Pages, too, stay in the browser's own cache for a while, as most hosts have it.
    with PlainSite(site, {"Cache-Control": "max-age=600"}) as host:
        tab.open(f"{host.url}home-v3/")
        assert tab.page.evaluate("crossOriginIsolated")
        assert site_caches(tab) == []
        (site / "sw.js").write_text(ours)
        # The older one is at work while the page starts, as on a slow network.
        host.delays["slow"] = 7
        tab.page.add_init_script("fetch('../slow').catch(() => undefined)")
        visit(tab, f"{host.url}home-v3/")
        (kept,) = site_caches(tab)
        assert f"{PREFIX}home-v3/index.html" in kept

        host.delays.clear()
        host.withheld.add("")  # everything is answered with 503
        tab.open(f"{host.url}test/")
        assert tab.page.evaluate("crossOriginIsolated")
        port = int(host.url.split(":")[2].split("/")[0])
    with socket.create_server(("127.0.0.1", port)):  # takes connections, and says nothing
        tab.open(f"{host.url}home-v3/")
        assert tab.page.evaluate("crossOriginIsolated")


def test_renewed_site_is_told_in_a_call_and_loads_when_the_person_says_so(
    server: SiteServer, site: Path, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, viewport=SMALL, service_workers="allow", locale="en")
    rooms.enter(tab, server.url, rooms.new_invitation())
    rooms.wait_status(tab, "waiting")
    tab.page.evaluate(KEPT)
    (before,) = (name for name in tab.page.evaluate(CACHES) if "-" in name[-9:])

    korean = site / "strings" / "ko.json"
    for language, end in itertools.product(("en", "ko"), ("", ".br", ".gz")):
        path = site / f"strings/{language}.json{end}"
        words = {} if end else json.loads(path.read_text("utf-8"))
        path.unlink()
        if not end:
            path.write_text(json.dumps(words | {"room.title": "Renewed"}))
    version = relist(site)
    listed = korean.read_bytes()
    korean.write_bytes(listed + b"  ")  # as an operator does who mends a word
    tab.page.evaluate("dispatchEvent(new Event('visibilitychange')); undefined")
    tab.page.wait_for_selector("#notice[data-open] #notice-action:not([hidden])")
    assert tab.page.inner_text("#notice-text") == sentence("update.there")
    assert tab.page.get_attribute("#call-status", "data-state") == "waiting"
    assert tab.page.title() == sentence("room.title")

    tab.page.click("#notice-action")
    tab.page.wait_for_function("document.title === 'Renewed'")
    tab.wait_ready()
    rooms.wait_status(tab, "waiting")
    assert tab.page.input_value("#invite-link") == tab.page.url
    tab.page.evaluate(KEPT)
    assert before in tab.page.evaluate(CACHES), "not all of the new build is kept, so the old stays"
    korean.write_bytes(listed)
    tab.page.reload()
    tab.wait_ready()
    tab.page.evaluate(KEPT)
    (name,) = (name for name in tab.page.evaluate(CACHES) if "-" in name[-9:])
    assert version in name
    (kept,) = site_caches(tab)
    assert "/strings/ko.json" in kept


def test_page_starts_as_ever_when_the_disk_is_full(
    server: SiteServer, plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, viewport=SMALL, service_workers="allow")
    session = tab.context.new_cdp_session(tab.page)
    quota = {"origin": server.url.rstrip("/"), "quotaSize": 300_000}
    tab.page.goto(server.url)
    session.send("Storage.overrideQuotaForOrigin", quota)
    for _ in range(2):
        visit(tab, f"{server.url}home-v3/")
        tab.page.evaluate("document.getElementById('use-demo').click()")
        assert tab.errors == []
    held = {path for kept in site_caches(tab) for path in kept}
    assert not [path for path in held if path.endswith(".wasm")]
    assert tab.page.evaluate("navigator.serviceWorker.controller !== null")
