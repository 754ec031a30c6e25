"""A call in which the own portrait is drawn by a neural model on WebGPU, the peer beside it.

WebGPU is software here and slow: the pages are small, their quality low, and the model's files are
put into the page's store by hand, which saves a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser.model_files import Weights, keep_model, wait_moving
from tests.support import graphics, rooms
from tests.support.chromium import launch
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

WAIT_MS = 300_000
pytestmark = pytest.mark.timeout(WAIT_MS / 1000 + 60)  # longer than it waits by itself
TINY = {"width": 260, "height": 300}

CHOICES = {"vp.portrait": "officer", "vp.gpu.quality": "low", "vp.source": "demo"}


@pytest.fixture
def webgpu_browser(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, *graphics.WEBGPU)
    yield browser
    browser.close()


def test_model_draws_on_webgpu_beside_a_peer_without_a_portrait_when_they_talk(
    webgpu_browser: Browser, plain_browser: Browser, nano_server: SiteServer
) -> None:
    invitation = rooms.new_invitation()
    tab, peer = Tab(webgpu_browser, viewport=TINY), Tab(plain_browser, viewport=TINY)
    keep_model(tab, nano_server.url, CHOICES)
    weights = Weights(tab)
    rooms.enter_together(nano_server.url, invitation, peer, tab)
    tab.page.evaluate(rooms.STAYING)
    tab.page.wait_for_function(
        """() => {
          const { stages, graphics, neural } = JSON.parse(virtualpersona.report());
          return stages.join() === "neural-webgpu,canvas" && neural.state === "ready"
            && graphics.metrics.inference_ms > 0;
        }""",
        timeout=WAIT_MS,
    )
    wait_moving(tab, "self", WAIT_MS)
    assert not weights.asked
    assert tab.errors == peer.errors == []
    tab.close()
    peer.close()
