"""Every page of the site in WebKit: it opens, in both languages, and nothing goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.engines.opening import PAGES, check_page, check_second_visit
from tests.support.engines.webkit import WebKitTab
from tests.support.site_server import SiteServer


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_without_errors_when_webkit_shows_it_in_korean_then_english(
    page: str,
    dist_server: SiteServer,
    webkit_tab: WebKitTab,
    record_property: Callable[[str, object], None],
) -> None:
    check_page(webkit_tab, dist_server.url, page, record_property)


@pytest.mark.timeout(240)
def test_second_visit_starts_in_webkit_when_nobody_answers_any_more(
    webkit_tab: WebKitTab, dist: Path
) -> None:
    check_second_visit(webkit_tab, dist)
