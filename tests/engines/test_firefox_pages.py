"""Every page of the site in Firefox: it opens, in both languages, and nothing goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.support.engines.opening import PAGES, check_page, check_second_visit
from tests.support.site_server import SiteServer
from tests.support.tab import Tab


@pytest.fixture(scope="module")
def firefox_tab(firefox_browser: Browser) -> Iterator[Tab]:
    """A tab in which page after page is opened."""
    tab = Tab(firefox_browser, locale="ko-KR")
    yield tab
    tab.close()


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_without_errors_when_firefox_shows_it_in_korean_then_english(
    page: str,
    dist_server: SiteServer,
    firefox_tab: Tab,
    record_property: Callable[[str, object], None],
) -> None:
    check_page(firefox_tab, dist_server.url, page, record_property)


@pytest.mark.timeout(240)
def test_second_visit_starts_in_firefox_when_nobody_answers_any_more(
    firefox_browser: Browser, dist: Path
) -> None:
    tab = Tab(firefox_browser, locale="en", service_workers="allow")
    check_second_visit(tab, dist)
    tab.close()
