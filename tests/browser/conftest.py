"""Real browsers on the built site, with the real signaling server and a real face as camera."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright
from tests.support import face_video, nano
from tests.support.chromium import launch
from tests.support.graphics import WEBGPU
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab

from persona_core.portrait.portrait import Portrait
from persona_models.evaluate.portrait_renderer import PortraitPage

LONGEST_FIRST = (
    "test_pages.py",
    "test_rough_network.py",
    "test_wizard.py",
    "test_lab.py",
    "test_phase2.py",
    "test_boot.py",
    "test_home.py",
    "test_residual_call.py",
    "test_neural.py",
    "test_outage.py",
    "test_neural_call.py",
    "test_photo_gallery.py",
    "test_lite.py",
    "test_paths.py",
    "test_liveportrait.py",
    "test_hands.py",
    "test_how_to.py",
    "test_bad_input.py",
    "test_static_host.py",
)
"""The files that take half a minute and more. Begun first, none of them is left to one worker when
the others have nothing more to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        name = item.path.name
        return LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=place)


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


@pytest.fixture(scope="module")
def pair_server(dist: Path) -> Iterator[SiteServer]:
    """A server of one file's own, which may stop, kill and start it; its rooms hold two."""
    with SiteServer(dist, {"VP_ROOM_SIZE": "2"}) as running:
        yield running


@pytest.fixture(scope="session")
def nano_server(dist: Path) -> Iterator[SiteServer]:
    """A server of a site whose only model is the tests' own; for tests that leave it alone."""
    with TemporaryDirectory(prefix="vp-nano-") as folder:
        site = Path(shutil.copytree(dist, Path(folder) / "site"))
        nano.add_to_site(site)
        with SiteServer(site) as running:
            yield running


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def face_browser(playwright: Playwright, camera_video: Path) -> Iterator[Browser]:
    """A browser whose camera shows the sample face video."""
    browser = launch(playwright, camera=camera_video)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def plain_browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser on a machine without a camera."""
    browser = launch(playwright)
    yield browser
    browser.close()


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


@pytest.fixture(scope="module")
def officer() -> Portrait:
    """The photo of an officer that comes with the app."""
    return Portrait.from_bytes((ROOT / "app/portraits/officer.portrait").read_bytes())


@pytest.fixture(scope="module")
def webgl(plain_browser: Browser, dist: Path) -> Iterator[PortraitPage]:
    """A page on which portraits are painted by WebGL2."""
    page = PortraitPage(plain_browser, dist)
    yield page
    page.close()


@pytest.fixture(scope="module")
def cpu(plain_browser: Browser, dist: Path) -> Iterator[PortraitPage]:
    """One on which the CPU paints them."""
    page = PortraitPage(plain_browser, dist, "cpu")
    yield page
    page.close()


@pytest.fixture(scope="module")
def webgpu(playwright: Playwright, dist: Path) -> Iterator[PortraitPage]:
    """One of a browser that has WebGPU."""
    browser = launch(playwright, *WEBGPU)
    yield PortraitPage(browser, dist, "webgpu")
    browser.close()
