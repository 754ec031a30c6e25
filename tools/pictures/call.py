"""Makes the README's pictures of a real call.

``python -m tools.pictures.call docs/pictures``, after
``python build.py test --only browser``, which brings everything it needs.
"""

from __future__ import annotations

import argparse
import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from tests.support import face_video, rooms
from tests.support.chromium import launch
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab

WINDOW = {"width": 960, "height": 640}
FRAMES = 36
INTERVAL_MS = 110


def wear(tab: Tab, character: str) -> None:
    """Makes a tab's person choose a character before the page starts."""
    tab.page.add_init_script(f"localStorage.setItem('vp.character', '{character}')")


def take(folder: Path) -> None:
    """Holds a call and writes ``home.png``, ``call.png`` and the moving ``call.webp``."""
    folder.mkdir(parents=True, exist_ok=True)
    dist = Path(os.environ.get("VP_DIST", ROOT / "dist"))
    vendor = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
    server = SiteServer(dist)
    server.start()
    with sync_playwright() as playwright:
        faced = launch(playwright, camera=face_video.as_camera(vendor))
        plain = launch(playwright)
        home = Tab(plain, viewport={"width": 1280, "height": 860})
        home.open(f"{server.url}home-v3/")
        home.page.click("#use-demo")
        home.page.wait_for_timeout(4_000)
        home.page.screenshot(path=folder / "home.png")
        home.close()
        invitation = rooms.new_invitation()
        near, far = Tab(faced, viewport={"width": 480, "height": 420}), Tab(plain, viewport=WINDOW)
        wear(near, "robin")
        wear(far, "jun")
        for tab in (near, far):
            rooms.enter(tab, server.url, invitation)
        rooms.wait_connected(near, far)
        far.page.click("#use-demo")
        far.page.wait_for_timeout(9_000)
        frames = []
        for _ in range(FRAMES):
            data = far.page.screenshot(type="png")
            frames.append(Image.open(io.BytesIO(data)).convert("RGB").resize((720, 480)))
            far.page.wait_for_timeout(INTERVAL_MS / 2)
        far.page.screenshot(path=folder / "call.png")
        frames[0].save(
            folder / "call.webp",
            save_all=True,
            append_images=frames[1:],
            duration=INTERVAL_MS,
            loop=0,
            quality=60,
            method=2,
        )
        faced.close()
        plain.close()
    server.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    take(parser.parse_args().folder)
