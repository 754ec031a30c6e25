"""Real browsers on the built site, with the real signaling server and a real face as camera."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, Playwright
from tests.support import nano
from tests.support.chromium import launch
from tests.support.graphics import WEBGPU
from tests.support.site_fixtures import camera_video, dist, dist_server, new_tab, playwright
from tests.support.site_server import ROOT, SiteServer

from persona_core.portrait.portrait import Portrait
from persona_models.evaluate.portrait_renderer import PortraitPage

__all__ = ["camera_video", "dist", "dist_server", "new_tab", "playwright"]


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
