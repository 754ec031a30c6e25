"""Launching the Firefox under test."""

from __future__ import annotations

import base64
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

import imageio_ffmpeg
from playwright.sync_api import Browser, BrowserContext, Playwright
from tests.support import console_log
from tests.support.tab import Tab

from persona_build.engines import FIREFOX, find

CHANNEL: Final = "moz-firefox"
"""Playwright's word for a Firefox as people have it, driven by WebDriver BiDi."""

PREFERENCES: Final = {
    # Camera and microphone are made up, and given without a question.
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    "media.autoplay.default": 0,
    # Calls of pages without a camera: a machine without multicast cannot resolve their names.
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    # Whatever a test sees on the network is ours.
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
FILM_SECONDS: Final = 8
FILM_CAMERA: Final = Path(__file__).with_name("film_camera.js")


def launch(
    playwright: Playwright,
    seat: dict[str, str],
    preferences: dict[str, bool | int | str] | None = None,
) -> Browser:
    """A Firefox with a made-up camera and microphone.

    Args:
        seat: the environment of its screen and its sound card.
        preferences: of Firefox, besides ours.
    """
    browser = playwright.firefox.launch(**_options(seat, preferences))
    console_log.listen(browser)
    return browser


def visit(playwright: Playwright, seat: dict[str, str], profile: Path) -> BrowserContext:
    """The same, which keeps what people leave in it from one start to the next.

    Args:
        profile: a folder for that.
    """
    return playwright.firefox.launch_persistent_context(profile, **_options(seat), locale="en")


def _options(
    seat: dict[str, str], preferences: dict[str, bool | int | str] | None = None
) -> dict[str, Any]:
    return {
        "channel": CHANNEL,
        "executable_path": find(FIREFOX),
        "env": {**os.environ, **seat},
        "firefox_user_prefs": {**PREFERENCES, **(preferences or {})},
    }


def show_film(tab: Tab, film: Path) -> None:
    """Has the tab's camera show a film from the next page on."""
    tab.context.add_init_script(f"({FILM_CAMERA.read_text('utf-8')})('{_encoded(film)}')")


@cache
def _encoded(film: Path) -> str:
    """The beginning of a film as base64 of a WebM file, which every Firefox can play."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error"]
    command += ["-t", str(FILM_SECONDS), "-i", str(film), "-an", "-c:v", "libvpx"]
    command += ["-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-f", "webm", "pipe:1"]
    made = subprocess.run(command, check=True, capture_output=True)
    return base64.b64encode(made.stdout).decode("ascii")
