"""Makes the pictures of the wizard that makes a portrait of several pictures.

    PYTHONPATH=py python -m tools.pictures.wizard docs/pictures

A built-in portrait, drawn in each expression, sits before the camera of a real browser and does
what is asked. ``wizard-desktop.webp`` shows a step and the review side by side in a window, and
``wizard-phone.webp`` the beginning, a step and the review on a phone. Run it after ``python
build.py build``; ``VP_DIST`` names another site than ``dist``. ``--every FOLDER`` writes every
panel in every size, colour scheme and language, to be looked at closely. It says how many seconds
went by before the camera and then until the review. About two minutes, with ``--every`` fifteen.
"""

from __future__ import annotations

import argparse
import io
import itertools
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from tests.support import wizard_film
from tests.support.chromium import launch
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab

DESKTOP = {"width": 1000, "height": 760}
PHONE = {"width": 360, "height": 740}
SMALLEST = {"width": 320, "height": 640}
WAIT_MS = 300_000
MOST_BYTES = 90 * 1024
SETTLE_MS = 2_500
"""From the review's beginning until both portraits move."""
STEP_SHOWN = 3
"""The step whose panel is taken: "ah"."""


@contextmanager
def opened(browser: Browser, url: str, window: dict[str, int], **context: str) -> Iterator[Tab]:
    """A page with the wizard open at its first panel."""
    tab = Tab(browser, viewport=window, **context)
    tab.open(f"{url}home-v3/")
    tab.page.click("#portrait-wizard[aria-disabled=false]")
    tab.page.wait_for_selector("#wizard-welcome:not([hidden])")
    yield tab
    tab.close()


def taken(tab: Tab) -> Image.Image:
    return Image.open(io.BytesIO(tab.page.screenshot())).convert("RGB")


def panels(tab: Tab) -> Iterator[tuple[str, Image.Image]]:
    """The welcome, a step that is held or asked for, and the review, as the person sees them."""
    page = tab.page
    yield "welcome", taken(tab)
    begun = time.monotonic()
    page.click("#wizard-use-camera")
    dots = "#wizard-dots li:nth-child({})[data-now=true]"
    page.wait_for_selector(dots.format(STEP_SHOWN + 1), state="attached", timeout=WAIT_MS)
    page.wait_for_timeout(700)
    yield "step", taken(tab)
    page.wait_for_selector("#wizard-work:not([hidden])", timeout=WAIT_MS)
    waiting = time.monotonic()
    page.wait_for_selector("#wizard-review:not([hidden])", timeout=WAIT_MS)
    spent = waiting - begun, time.monotonic() - waiting
    sys.stdout.write("{:.1f} s before the camera, {:.1f} s of waiting\n".format(*spent))
    page.wait_for_timeout(SETTLE_MS)
    yield "review", taken(tab)
    page.click("#wizard-drop")
    yield "leave", taken(tab)
    if tab.errors:
        raise SystemExit("\n".join(tab.errors))


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
    with opened(browser, url, DESKTOP, locale="en") as tab:
        found = dict(panels(tab))
    save(side_by_side([found["step"], found["review"]]), folder / "wizard-desktop.webp")
    with opened(browser, url, PHONE, locale="en") as tab:
        found = dict(panels(tab))
    phone = [found["welcome"], found["step"], found["review"]]
    save(side_by_side(phone), folder / "wizard-phone.webp")


def take_every(browser: Browser, url: str, folder: Path) -> None:
    """Writes each panel in each setting."""
    folder.mkdir(parents=True, exist_ok=True)
    windows = {"desktop": DESKTOP, "phone": PHONE, "smallest": SMALLEST}
    for (name, window), scheme, language in itertools.product(
        windows.items(), ("light", "dark"), ("en", "ko")
    ):
        with opened(browser, url, window, locale=language, color_scheme=scheme) as tab:
            for panel, picture in panels(tab):
                picture.save(folder / f"{name}-{scheme}-{language}-{panel}.png")


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
