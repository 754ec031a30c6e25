"""Fixtures of every layer that opens the built site in a browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright
from tests.support import face_video
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab


@pytest.fixture(scope="session")
def dist() -> Path:
    """The built site."""
    folder = Path(os.environ.get("VP_DIST", ROOT / "dist"))
    assert (folder / "index.html").exists(), "no site: run `python build.py build` first"
    return folder


@pytest.fixture(scope="session")
def camera_video() -> Path:
    return face_video.as_camera(Path(os.environ.get("VP_VENDOR", ROOT / "vendor")))


@pytest.fixture(scope="session")
def dist_server(dist: Path) -> Iterator[SiteServer]:
    """A server for tests that leave it alone."""
    with SiteServer(dist) as running:
        yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture
def new_tab() -> Iterator[Callable[..., Tab]]:
    """Makes tabs that are closed after the test."""
    tabs: list[Tab] = []

    def make(browser: Browser, **context: Any) -> Tab:
        tabs.append(Tab(browser, **context))
        return tabs[-1]

    yield make
    for tab in tabs:
        tab.close()
