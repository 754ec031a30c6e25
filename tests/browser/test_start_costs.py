"""What a start costs a visitor: what it asks for and waits for, counted and not timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.support.site_server import SiteServer
from tests.support.start_costs import start_costs
from tests.support.tab import Tab

from persona_build.pages import load_pages

ROOT = Path(__file__).resolve().parents[2]
NewTab = Callable[..., Tab]

MOST_BYTES = 10_000_000
MOST_REQUESTS = 95
FOR_LATER = ("/mediapipe/", "/models/", "/ort/", "micropip", ".whl")


@pytest.mark.parametrize("page", [page.name for page in load_pages(ROOT / "app")])
def test_cold_start_waits_for_no_more_bytes_and_requests_than_agreed(
    dist_server: SiteServer, plain_browser: Browser, new_tab: NewTab, page: str
) -> None:
    costs = start_costs(
        new_tab(plain_browser, service_workers="allow").open(f"{dist_server.url}{page}/").page
    )

    assert costs.total_bytes <= MOST_BYTES, sorted(costs.answers, key=lambda answer: -answer[1])
    assert costs.requests <= MOST_REQUESTS, sorted(costs.answers)
    assert not [name for name, _ in costs.answers if any(part in name for part in FOR_LATER)]
    assert any(name.endswith("python.memory") for name, _ in costs.answers)
