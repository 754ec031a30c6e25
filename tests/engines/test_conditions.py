"""Browsers in which something is switched off: the page starts, says what is wrong and what helps,
and goes on with what there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Playwright
from tests.support import rooms
from tests.support.engines import firefox
from tests.support.sentences import sentence
from tests.support.site_server import SiteServer
from tests.support.tab import Tab

ASKING = {"media.navigator.permission.disabled": False}
CASES = {
    "storage": (
        {**ASKING, "network.cookie.cookieBehavior": 2, "permissions.default.camera": 2},
        "error.camera-refused",
    ),
    "camera": ({"media.navigator.streams.fake": False}, "error.camera-missing"),
    # A question that nobody answers: the page waits, and all else can be had meanwhile.
    "answer-in-private-window": (
        {**ASKING, "browser.privatebrowsing.autostart": True},
        "source.starting-camera",
    ),
    "webgl": ({"webgl.disabled": True}, "error.tracker-no-webgl"),
    "canvas": ({"privacy.resistFingerprinting": True}, "error.pictures-scrambled"),
}
"""Preferences of Firefox, and what is said then."""


@pytest.mark.parametrize("missing", CASES)
def test_page_starts_and_names_the_remedy_when_firefox_forbids(
    missing: str,
    dist_server: SiteServer,
    playwright: Playwright,
    firefox_seat: dict[str, str],
    camera_video: Path,
    new_tab: Callable[..., Tab],
    record_property: Callable[[str, object], None],
) -> None:
    preferences, key = CASES[missing]
    browser = firefox.launch(playwright, firefox_seat, preferences)
    try:
        tab = new_tab(browser, viewport={"width": 900, "height": 700}, locale="en")
        record_property("engine", tab.engine)
        if missing in ("webgl", "canvas"):
            firefox.show_film(tab, camera_video)
        tab.open(f"{dist_server.url}home/")
        tab.page.click("#use-camera")
        tab.page.wait_for_function(
            "words => document.getElementById('source-status').textContent === words",
            arg=sentence(key),
            timeout=rooms.WAIT_MS,
        )
        if missing in ("webgl", "canvas"):
            assert tab.report()["source"]["detail"], "what the platform said of it"
        still = tab.pixels("preview")
        tab.page.click("#use-demo")
        tab.page.wait_for_function(
            "still => document.getElementById('preview').toDataURL() !== still", arg=still
        )
    finally:
        browser.close()
