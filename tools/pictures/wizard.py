"""Makes the pictures of the wizard that makes a portrait of several pictures.

    PYTHONPATH=py python -m tools.pictures.wizard docs/pictures

A built-in portrait, drawn in each expression, sits before the camera of a real browser and does
what is asked. ``wizard-desktop.webp`` shows a step and the review side by side in a window, and
``wizard-phone.webp`` the beginning, a step and the review on a phone. Run it after ``python
build.py build``; ``VP_DIST`` names another site than ``dist``. ``--every FOLDER`` writes every
panel in every size, colour scheme and language, to be looked at closely. It says how many seconds
went by before the camera and then until the review. A minute and a half, with ``--every`` five.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from tests.support import wizard_film
from tests.support.chromium import launch
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab

WINDOWS = {
    "desktop": {"width": 1000, "height": 760},
    "phone": {"width": 360, "height": 740},
    "smallest": {"width": 320, "height": 640},
}
STEPS_SHOWN = {"desktop": 4, "phone": 5, "smallest": 6}
"""The number of the step whose panel is taken in each window: "ah", "oo", brows."""
WAIT_MS = 300_000
MOST_BYTES = 90 * 1024
SETTLE_MS = 2_500
"""From the review's beginning until both portraits move, and after a change of the window."""

Panels = dict[tuple[str, str], Image.Image]
"""By the window's name and the panel's."""


def shots(tab: Tab, panel: str, windows: Sequence[str], settle_ms: float = 300.0) -> Panels:
    """A panel in some windows, one after the other."""
    found = {}
    for name in windows:
        tab.page.set_viewport_size(WINDOWS[name])
        tab.page.wait_for_timeout(settle_ms)
        picture = Image.open(io.BytesIO(tab.page.screenshot()))
        found[name, panel] = picture.convert("RGB")
    return found


def panels(browser: Browser, url: str, windows: Sequence[str], **context: str) -> Panels:
    """The welcome, a step that is held, the review and the question before it is thrown away."""
    tab = Tab(browser, viewport=WINDOWS[windows[0]], **context)
    page = tab.open(f"{url}home-v3/").page
    page.click("#portrait-wizard[aria-disabled=false]")
    page.wait_for_selector("#wizard-welcome:not([hidden])")
    found = shots(tab, "welcome", windows)
    page.set_viewport_size(WINDOWS[windows[0]])
    begun = time.monotonic()
    page.click("#wizard-use-camera")
    for name in windows:
        page.wait_for_selector(
            f"#wizard-dots li:nth-child({STEPS_SHOWN[name]})[data-now=true]",
            state="attached",
            timeout=WAIT_MS,
        )
        page.set_viewport_size(WINDOWS[name])
        page.wait_for_selector("#wizard-hint[data-kind=good]", timeout=WAIT_MS)
        found |= shots(tab, "step", [name], 0.0)
    page.wait_for_selector("#wizard-work:not([hidden])", state="attached", timeout=WAIT_MS)
    waiting = time.monotonic()
    page.wait_for_selector("#wizard-review:not([hidden])", timeout=WAIT_MS)
    spent = waiting - begun, time.monotonic() - waiting
    sys.stdout.write("{:.1f} s before the camera, {:.1f} s of waiting\n".format(*spent))
    found |= shots(tab, "review", windows, SETTLE_MS)
    page.click("#wizard-drop")
    found |= shots(tab, "leave", windows)
    errors = list(tab.errors)
    tab.close()
    if errors:
        raise SystemExit("\n".join(errors))
    return found


def side_by_side(pictures: list[Image.Image]) -> Image.Image:
    """A row of pictures of one height."""
    strip = Image.new("RGB", (sum(p.width for p in pictures), pictures[0].height))
    left = 0
    for picture in pictures:
        strip.paste(picture, (left, 0))
        left += picture.width
    return strip


def save(picture: Image.Image, path: Path) -> None:
    """Writes the best WebP that is small enough."""
    for quality in range(90, 30, -5):
        picture.save(path, quality=quality, method=6)
        if path.stat().st_size <= MOST_BYTES:
            return


def take(browser: Browser, url: str, folder: Path) -> None:
    """Writes the two pictures of the docs."""
    folder.mkdir(parents=True, exist_ok=True)
    found = panels(browser, url, ["desktop", "phone"], locale="en")
    desktop = [found["desktop", name] for name in ("step", "review")]
    save(side_by_side(desktop), folder / "wizard-desktop.webp")
    phone = [found["phone", name] for name in ("welcome", "step", "review")]
    save(side_by_side(phone), folder / "wizard-phone.webp")


def take_every(browser: Browser, url: str, folder: Path) -> None:
    """Writes each panel in each setting."""
    folder.mkdir(parents=True, exist_ok=True)
    for scheme, language in itertools.product(("light", "dark"), ("en", "ko")):
        found = panels(browser, url, list(WINDOWS), locale=language, color_scheme=scheme)
        for (window, panel), picture in found.items():
            picture.save(folder / f"{window}-{scheme}-{language}-{panel}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=Path)
    arguments = parser.parse_args()
    dist = Path(os.environ.get("VP_DIST", ROOT / "dist"))
    with sync_playwright() as playwright, TemporaryDirectory() as scratch, SiteServer(dist) as site:
        plain = launch(playwright)
        film = wizard_film.as_camera(plain, dist, Path(scratch) / "wizard.mjpeg")
        plain.close()
        browser = launch(playwright, camera=film)
        if arguments.every:
            take_every(browser, site.url, arguments.every)
        else:
            take(browser, site.url, arguments.folder)
        browser.close()


if __name__ == "__main__":
    main()
