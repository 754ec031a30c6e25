"""What every page of the site has to do in every engine."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.support import rooms
from tests.support.engines.webkit import WebKitTab
from tests.support.sentences import catalogue
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab

from persona_build.pages import load_pages

PAGES = tuple(page.name for page in load_pages(ROOT / "app"))
KEEPING_MS = 90_000
NAMED = re.compile(r"\b[a-z]+\.[\w-]+\b")


def check_page(
    tab: Tab | WebKitTab, site_url: str, page: str, record: Callable[[str, object], None]
) -> None:
    """It opens, in both languages, and nothing goes wrong.

    Args:
        record: keeps page and engine in the report of the test.
    """
    record("page", page)
    record("engine", tab.engine)
    tab.open(address(site_url, page))
    for language in ("ko", "en"):
        tab.page.select_option("#language", language)
        tab.page.wait_for_function("name => document.documentElement.lang === name", arg=language)
        words = set(NAMED.findall(tab.page.inner_text("body")))
        assert words & catalogue().keys() == set(), "keys stand where sentences should"
    assert tab.page.evaluate("crossOriginIsolated")
    assert tab.errors == []


def check_second_visit(tab: Tab | WebKitTab, dist: Path) -> None:
    """A page that was here before starts when nobody answers any more."""
    with SiteServer(dist) as server:
        url = f"{server.url}home-v3/"
        tab.open(url)
        tab.page.evaluate("void virtualpersona.kept.then(() => { globalThis.isKept = true; })")
        tab.page.wait_for_function("globalThis.isKept === true", timeout=KEEPING_MS)
    tab.open(url)
    assert tab.page.evaluate("navigator.serviceWorker.controller !== null")
    assert tab.page.evaluate("crossOriginIsolated")


def address(site_url: str, page: str) -> str:
    """Where a page is; a room's with an invitation of its own."""
    folder = f"{site_url}{page}/"
    return rooms.new_invitation().link(folder) if page.startswith("room") else folder
