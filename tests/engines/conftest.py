"""The built site in Firefox and in WebKit, on a screen that nobody sees."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright
from tests.browser.voice_sound import write_voice
from tests.support import chromium
from tests.support.engines import firefox, seat
from tests.support.engines.webkit import WebKitTab
from tests.support.site_fixtures import camera_video, dist, dist_server, new_tab, playwright

from persona_build.engines import FIREFOX, WEBKIT, Engine, lacks

__all__ = ["camera_video", "dist", "dist_server", "new_tab", "playwright"]

VOICE = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--use-file-for-fake-audio-capture={}",
)


def require(engine: Engine) -> None:
    """Skips the test where an engine is not here with all it needs."""
    if missing := lacks(engine):
        pytest.skip(f"no {engine.name} to test with: it takes {', '.join(missing)}")


@pytest.fixture(scope="session")
def seated() -> Iterator[dict[str, str]]:
    """The environment of programs with a screen and a sound card."""
    with seat.screen() as screen, seat.sound() as sound:
        yield {**screen, **sound}


@pytest.fixture(scope="session")
def firefox_seat(request: pytest.FixtureRequest) -> dict[str, str]:
    """The same, where there is a Firefox to be put on it."""
    require(FIREFOX)
    seated: dict[str, str] = request.getfixturevalue("seated")
    return seated


@pytest.fixture(scope="session")
def firefox_browser(playwright: Playwright, firefox_seat: dict[str, str]) -> Iterator[Browser]:
    """A Firefox with a made-up camera and microphone."""
    browser = firefox.launch(playwright, firefox_seat)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def talking_chromium(
    playwright: Playwright, camera_video: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A Chromium whose camera shows a face, and whose microphone hears a voice."""
    sound = write_voice(tmp_path_factory.mktemp("voice") / "voice.wav")
    flags = [flag.format(sound) for flag in VOICE]
    browser = chromium.launch(playwright, *flags, camera=camera_video)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def webkit_tab(request: pytest.FixtureRequest) -> Iterator[WebKitTab]:
    """A window of WebKitGTK, in which page after page is opened."""
    require(WEBKIT)
    tab = WebKitTab(request.getfixturevalue("seated"))
    yield tab
    sys.stderr.write("\n".join(tab.said()))  # shown where a test has failed
    tab.close()
