"""What pages and their workers may reach, and who may show them, on each kind of host."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser
from tests.support.plain_site import PlainSite
from tests.support.sentences import sentence
from tests.support.site_config import configure
from tests.support.site_server import SiteServer
from tests.support.tab import START_TIMEOUT_MS, Tab

NewTab = Callable[..., Tab]
HOSTS = ("server", "plain", "isolating")
"""Ours with its headers; one that sends none; one that sends no policy, but isolates its pages."""

ISOLATING = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}

PROBE = "probe.worker.js"
# Tries every way out at once, in a page or a worker; tells what its own host answered.
REACH = """async ({ own, foreign, socket }) => {
  const settled = (name, promise) => promise.then(() => [name, "done"], () => [name, "failed"]);
  const open = (address) => new Promise((resolve, reject) => {
    const line = new WebSocket(address);
    line.onopen = resolve;
    line.onerror = reject;
  });
  return Object.fromEntries(await Promise.all([
    settled("own", fetch(own).then(({ ok }) => ok || Promise.reject())),
    settled("fetch", fetch(`${foreign}fetched`, { mode: "no-cors" })),
    settled("import", import(`${foreign}imported.js`)),
    settled("socket", (async () => open(socket))()),
  ]));
}"""
PROBE_WORKER = f"""const reach = {REACH};
onmessage = async ({{ data }}) => postMessage(await reach(data));
"""
IN_WORKER = """({ probe, ...data }) => new Promise((resolve, reject) => {
  const worker = new Worker(probe, { type: "module" });
  worker.onmessage = (event) => resolve(event.data);
  worker.onerror = () => reject(new Error("the worker did not start"));
  worker.postMessage(data);
})"""

FRAMING = "framing.html"
FRAMING_PAGE = """<!doctype html><title>another page</title><body><script>
const frame = document.createElement("iframe");
frame.src = decodeURIComponent(location.hash.slice(1));
document.body.append(frame);
</script>"""


@dataclass
class Place:
    """A host with the site, and an unrelated one, which keeps what it was asked for."""

    url: str
    other: PlainSite

    def open(self, tab: Tab) -> Tab:
        """A page of the site that has all headers it is going to have; Python may not be there."""
        tab.page.goto(f"{self.url}home/")
        tab.page.wait_for_function(
            "crossOriginIsolated && globalThis.virtualpersona?.isolation", timeout=START_TIMEOUT_MS
        )
        return tab

    def targets(self) -> dict[str, str]:
        return {
            "probe": f"{self.url}{PROBE}",
            "own": f"{self.url}config.json",
            "foreign": self.other.url,
            "socket": self.other.url.replace("http", "ws", 1) + "socket",
        }


@pytest.fixture(scope="module")
def folders(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The site with our probe in it, and what the other host has."""
    site, elsewhere = (tmp_path_factory.mktemp("policy") / name for name in ("site", "elsewhere"))
    shutil.copytree(dist, site, ignore=shutil.ignore_patterns("ort"))
    (site / PROBE).write_text(PROBE_WORKER)
    (site / FRAMING).write_text(FRAMING_PAGE)
    elsewhere.mkdir()
    for name, text in (("fetched", "x"), ("imported.js", "export {};"), (FRAMING, FRAMING_PAGE)):
        (elsewhere / name).write_text(text)
    return site, elsewhere


@contextmanager
def hosted(kind: str, site: Path) -> Iterator[str]:
    if kind == "server":
        with SiteServer(site) as server:
            yield server.url
    else:
        with PlainSite(site, ISOLATING if kind == "isolating" else None) as plain:
            yield plain.url


@pytest.fixture(scope="module", params=HOSTS)
def place(request: pytest.FixtureRequest, folders: tuple[Path, Path]) -> Iterator[Place]:
    site, elsewhere = folders
    with hosted(request.param, site) as url, PlainSite(elsewhere, OPEN) as other:
        yield Place(url, other)


@pytest.fixture(scope="module")
def tab(place: Place, plain_browser: Browser) -> Iterator[Tab]:
    """A page of the host: each test but the last, which leaves it, finds it as it was opened."""
    tab = Tab(plain_browser, service_workers="allow")
    yield place.open(tab)
    tab.close()


def reached(place: Place) -> list[str]:
    """What the other host was asked for, which it surely can be."""
    with urlopen(f"{place.other.url}fetched") as answer:
        assert answer.status == 200
    found = [path for path in place.other.requests if path != "fetched"]
    fetched = place.other.requests.count("fetched") - 1
    place.other.requests.clear()
    return found + ["fetched"] * fetched


def answers(result: Any) -> dict[str, str]:
    assert isinstance(result, dict)
    return result


ALL_FAILED = {"own": "done", "fetch": "failed", "import": "failed", "socket": "failed"}


def test_nothing_leaves_for_another_host_from_a_page_or_a_worker(place: Place, tab: Tab) -> None:
    assert answers(tab.page.evaluate(REACH, place.targets())) == ALL_FAILED
    assert answers(tab.page.evaluate(IN_WORKER, place.targets())) == ALL_FAILED
    assert reached(place) == []


def test_text_is_not_evaluated_and_unused_features_are_off(tab: Tab) -> None:
    # Later, by a timer: what a test evaluates at once is let through.
    evaluate = """() => new Promise((resolve) => setTimeout(() => {
      try { resolve(globalThis.eval("'evaluated'")); } catch (error) { resolve(error.name); }
    }))"""
    assert tab.page.evaluate(evaluate) == "EvalError"
    allowed = tab.page.evaluate("document.featurePolicy.allowedFeatures()")
    assert {"camera", "microphone", "autoplay", "cross-origin-isolated"} <= set(allowed)
    assert not {"geolocation", "usb", "display-capture"} & set(allowed)


def test_page_is_not_shown_inside_another_one(place: Place, tab: Tab) -> None:
    tab.page.goto(f"{place.other.url}{FRAMING}#{place.url}home/")
    frame = tab.page.query_selector("iframe").content_frame()
    frame.wait_for_url("chrome-error://**")


def test_page_starts_nothing_inside_another_one_when_the_host_sends_no_headers(
    folders: tuple[Path, Path], plain_browser: Browser, new_tab: NewTab
) -> None:
    tab = new_tab(plain_browser, locale="en")
    with PlainSite(folders[0]) as site, PlainSite(folders[1], OPEN) as other:
        tab.page.goto(f"{other.url}{FRAMING}#{site.url}room/")
        frame = tab.page.query_selector("iframe").content_frame()
        frame.wait_for_selector("#boot[data-state=failed]", state="attached")
        assert frame.inner_text("#boot-error-text") == sentence("error.framed")
        assert not any("pyodide" in path for path in site.requests)


@pytest.mark.parametrize("kind", ["server", "plain"])
def test_named_signaling_server_is_reached_and_no_other_when_there_is_one(
    folders: tuple[Path, Path], plain_browser: Browser, new_tab: NewTab, tmp_path: Path, kind: str
) -> None:
    site, elsewhere = tmp_path / "site", folders[1]
    shutil.copytree(folders[0], site)
    with (
        SiteServer(None, {"VP_ALLOWED_ORIGINS": "*"}) as signaling,
        hosted(kind, site) as url,
        PlainSite(elsewhere, OPEN) as other,
    ):
        place = Place(url, other)

        def told(signaling_url: str | None, render: object, age_s: float) -> None:
            configure(site, signaling=signaling_url, render=render)
            # Hosts tell by whole seconds whether a file has changed.
            os.utime(site / "config.json", (time.time() - age_s,) * 2)

        told(signaling.signaling_url, None, 20.0)
        tab = place.open(new_tab(plain_browser, service_workers="allow"))
        named = place.targets() | {"socket": signaling.signaling_url}
        for way in (REACH, IN_WORKER):
            assert answers(tab.page.evaluate(way, named)) == ALL_FAILED | {"socket": "done"}
            assert answers(tab.page.evaluate(way, place.targets())) == ALL_FAILED
        assert reached(place) == []

        # Whoever edits the file needs to restart nothing: the next page has the new policy.
        told(None, None, 10.0)
        place.open(tab)
        assert answers(tab.page.evaluate(REACH, named)) == ALL_FAILED
        render = {"url": signaling.signaling_url, "operator": "Somebody"}
        told(None, render, 0.0)
        place.open(tab)
        assert answers(tab.page.evaluate(REACH, named)) == ALL_FAILED | {"socket": "done"}


def test_host_without_a_policy_gets_one_with_one_reload_when_its_pages_are_isolated(
    folders: tuple[Path, Path], plain_browser: Browser, new_tab: NewTab
) -> None:
    with PlainSite(folders[0], ISOLATING) as site:
        tab = new_tab(plain_browser, service_workers="allow").open(f"{site.url}home/#kept")
        assert site.requests.count("home/") == 2
        assert tab.page.evaluate("navigator.serviceWorker.controller !== null")
        assert tab.page.evaluate("location.hash") == "#kept"
        assert tab.errors == []
