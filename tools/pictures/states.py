"""Shoots the states of the pages: in both languages, bright and dark, in every window.

    PYTHONPATH=py python -m tools.pictures.states FOLDER [--only WORD ...] [--best docs/pictures]

``FOLDER/<state>-<window>-<scheme>-<language>.png``, to be looked at; ``--best docs/pictures`` makes
the pictures of the docs of some of them. A page starts once and changes
its language, its colours and its window in place. The call's other person is a built-in portrait
before whose camera the sample face video plays. Run it after ``python build.py test --only
browser``, which brings everything it needs; ``VP_DIST`` names another site than ``dist``. About six
minutes.
"""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from tests.support import face_video, rooms
from tests.support.chromium import launch
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab
from tools.pictures.wizard import save, side_by_side

LANGUAGES: Final = ("en", "ko")
SCHEMES: Final = ("light", "dark")
WINDOWS: Final = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
    "smallest": {"width": 320, "height": 568},
    "landscape": {"width": 844, "height": 390},
}
SETTLE_MS: Final = 350
SPEAK: Final = """async (name) => {
  const select = document.getElementById("language");
  if (select.value === name) return;
  const told = new Promise((resolve) =>
    addEventListener("virtualpersona:language", resolve, { once: true }));
  select.value = name;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  await told;
}"""
CHAT: Final = ("Hello! Can you see me smile?", "네, 아주 잘 보여요. https://example.org/")
PANELS: Final = {
    "people": "#people-toggle",
    "chat": "#chat-toggle",
    "reactions": "#react",
    "emotions": "#emotions-toggle",
    "invitation": "#invite-open",
    "more": "#more",
    "devices": "#open-settings",
    "picture": "#open-picture",
    "network": "#open-options",
    "figures": "#open-figures",
    "guide": "#open-guide",
    "shortcuts": "#open-shortcuts",
}
"""What opens each part of a call; Escape closes all but one, which its button closes."""
BEST: Final = {
    "front": ("front-desktop-light-en",),
    "home": ("home-portrait-desktop-light-en",),
    "lobby": ("lobby-phone-light-en", "lobby-phone-dark-ko"),
    "people": ("people-desktop-light-en",),
    "chat": ("chat-desktop-dark-ko",),
    "phones": ("call-phone-light-en", "more-phone-dark-ko", "invitation-phone-light-en"),
    "recording": ("recording-desktop-light-en",),
    "stage": ("stage-desktop-light-en",),
}
"""Of the docs' pictures, what stands side by side in each."""


class Album:
    """Shoots states into a folder.

    Args:
        only: parts of the names of the states that are wanted; none for all.
    """

    def __init__(self, folder: Path, only: Sequence[str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._only = only

    def wants(self, *states: str) -> bool:
        return not self._only or any(word in state for state in states for word in self._only)

    def shoot(self, page: Page, state: str, *, whole: bool = False) -> None:
        """A page as it is now, in every language, scheme and window.

        Args:
            whole: down to its end, where it is longer than the window.
        """
        if not self.wants(state):
            return
        page.mouse.move(0, 0)
        page.evaluate("scrollTo(0, 0)")
        for language in LANGUAGES:
            page.evaluate(SPEAK, language)
            for scheme, (window, size) in itertools.product(SCHEMES, WINDOWS.items()):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size(size)
                page.wait_for_timeout(SETTLE_MS)
                name = f"{state}-{window}-{scheme}-{language}.png"
                page.screenshot(path=self._folder / name, full_page=whole)
        page.set_viewport_size(WINDOWS["desktop"])
        sys.stdout.write(f"{state}\n")
        sys.stdout.flush()


def shoot_pages(album: Album, browser: Browser, url: str) -> None:
    """The front page, the home with its wizard, the laboratory."""
    tab = Tab(browser, locale="en", viewport=WINDOWS["desktop"])
    page = tab.page
    if album.wants("front"):
        page.goto(url)
        page.wait_for_selector("html[lang=en]")
        album.shoot(page, "front", whole=True)
        page.evaluate(SPEAK, "en")
    if album.wants("home", "newcomer", "wizard", "home-portrait"):
        tab.open(f"{url}home-v3/")
        page.evaluate(rooms.STAYING)
        page.wait_for_selector("#guide", state="visible")
        album.shoot(page, "newcomer")
        page.click("#guide-close")
        album.shoot(page, "home", whole=True)
        page.click("#portrait-wizard[aria-disabled=false]")
        page.wait_for_selector("#wizard-welcome:not([hidden])")
        album.shoot(page, "wizard")
        page.keyboard.press("Escape")
        tab.pick("portraits", "astronaut")
        page.wait_for_timeout(2_000)
        # Four windows that one processor draws are a slow device, which is said once.
        page.wait_for_function("!document.getElementById('detail-status').textContent")
        album.shoot(page, "home-portrait")
    if album.wants("laboratory"):
        tab.open(f"{url}test-v3/")
        album.shoot(page, "laboratory", whole=True)
    say_errors(tab)
    tab.close()


def shoot_call(album: Album, own: Browser, other: Browser, url: str) -> None:
    """A room from its lobby to its end, and the stage beside it."""
    invitation = rooms.new_invitation()
    tab = Tab(own, locale="en", viewport=WINDOWS["desktop"])
    page = tab.page
    page.add_init_script("localStorage.setItem('vp.character', 'amara')")
    page.add_init_script("localStorage.setItem('vp.gpu.quality', 'high')")
    tab.open(invitation.link(f"{url}room-v3/"))
    page.evaluate(rooms.STAYING)
    page.wait_for_selector(rooms.JOIN)
    page.wait_for_selector("#guide", state="visible")
    album.shoot(page, "invited")
    page.click("#guide-close")
    page.focus("#join")
    album.shoot(page, "lobby")
    page.fill("#lobby-name", "Amara")
    rooms.join(tab)
    rooms.wait_status(tab, "waiting")
    album.shoot(page, "alone")
    with ExitStack() as closing:
        mina = Tab(other, locale="en", viewport={"width": 360, "height": 400})
        closing.callback(mina.close)
        kept = {"name": "Mina", "portrait": "astronaut"}
        for key, value in kept.items():
            mina.page.add_init_script(f"localStorage.setItem('vp.{key}', '{value}')")
        rooms.enter(mina, url, invitation)
        mina.page.evaluate(rooms.STAYING)
        rooms.wait_connected(tab, mina)
        rooms.wait_frames(tab, 100)
        rooms.show_demo(tab)
        page.wait_for_timeout(14_000)  # her film ends, and begins, with lids that are down
        album.shoot(page, "call")
        if album.wants("chat"):
            for line, writer in zip(CHAT, (mina, tab), strict=True):
                rooms.press(writer, "#chat-toggle")
                writer.page.wait_for_selector("#chat-text")
                writer.page.fill("#chat-text", line)
                writer.page.press("#chat-text", "Enter")
                writer.page.keyboard.press("Escape")
        for state, button in PANELS.items():
            if album.wants(state):
                rooms.press(tab, button)
                album.shoot(page, state)
                if state == "emotions":
                    rooms.press(tab, button)
                page.keyboard.press("Escape")
        if album.wants("recording"):
            rooms.press(mina, "#record-toggle")
            page.wait_for_selector("#recording-sign:not([hidden])")
            album.shoot(page, "recording")
            rooms.press(mina, "#record-toggle")
        if album.wants("stage"):
            stage = tab.context.new_page()
            stage.goto(f"{url}stage-v3/?background=%2300b140")
            stage.wait_for_selector("#place:not([data-empty])")
            album.shoot(stage, "stage")
            stage.close()
    page.wait_for_timeout(4_000)
    album.shoot(page, "left-behind")
    page.evaluate("document.getElementById('leave').click()")
    album.shoot(page, "ended")
    say_errors(tab)
    tab.close()


def make_best(shots: Path, folder: Path) -> None:
    """Makes the pictures of the docs whose states were shot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, states in BEST.items():
        files = [shots / f"{state}.png" for state in states]
        if all(file.exists() for file in files):
            pictures = [Image.open(file).convert("RGB") for file in files]
            save(side_by_side(pictures), folder / f"{name}.webp")


def say_errors(tab: Tab) -> None:
    sys.stdout.writelines(f"error: {error}\n" for error in tab.errors)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="WORD", help="parts of their names"
    )
    parser.add_argument("--best", type=Path, metavar="FOLDER", help="where the docs' pictures go")
    options = parser.parse_args()
    album = Album(options.folder, options.only)
    vendor = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
    site = Path(os.environ.get("VP_DIST", ROOT / "dist"))
    with SiteServer(site) as server, sync_playwright() as playwright:
        plain = launch(playwright)
        faced = launch(playwright, camera=face_video.as_camera(vendor))
        shoot_pages(album, plain, server.url)
        in_call = (
            "invited",
            "lobby",
            "alone",
            "call",
            *PANELS,
            "recording",
            "stage",
            "left-behind",
            "ended",
        )
        if album.wants(*in_call):
            shoot_call(album, plain, faced, server.url)
        plain.close()
        faced.close()
    if options.best is not None:
        make_best(options.folder, options.best)


if __name__ == "__main__":
    main()
