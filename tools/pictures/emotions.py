"""Makes the pictures of emotions and gestures.

    PYTHONPATH=py python -m tools.pictures.emotions docs/pictures

Each is what one person in ``room-v2`` sees of another who puts on an emotion, or holds up a hand.
Run it after ``python build.py test --only browser``, which brings everything it needs.
"""

from __future__ import annotations

import argparse
import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from tests.support import rooms, tapes
from tests.support.chromium import launch
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab

from persona_core.face.blendshapes import Blendshape
from persona_core.face.emotions import Emotion
from persona_core.face.params import Gesture

WINDOW = {"width": 640, "height": 760}
SETTLE_MS = 2_000
EYE_OPEN = 0.3
GESTURES = [gesture for gesture in Gesture if gesture is not Gesture.NONE]


def take(folder: Path) -> None:
    """Holds a call and writes ``emotion-<name>.webp`` and ``gesture-<name>.webp`` for each."""
    folder.mkdir(parents=True, exist_ok=True)
    site = Path(os.environ.get("VP_DIST", ROOT / "dist"))
    with SiteServer(site) as server, sync_playwright() as playwright:
        browser = launch(playwright)
        sender, watcher = (Tab(browser, viewport=WINDOW, locale="en") for _ in range(2))
        hooked = rooms.GESTURE_PAGE
        sender.context.route("**/room-v2/main.py", lambda route: route.fulfill(path=hooked))
        invitation = rooms.new_invitation()
        for tab in (sender, watcher):
            rooms.enter(tab, server.url, invitation, "room-v2/")
        rooms.wait_connected(sender, watcher)
        watcher.page.evaluate("virtualpersona.record()")
        watcher.page.click(".corner.top-left")  # out of the way of the peer's hand

        def shoot(name: str) -> None:
            watcher.page.wait_for_timeout(SETTLE_MS)
            while tapes.seen_now(watcher)[1].blendshapes[Blendshape.EYE_BLINK_RIGHT] > EYE_OPEN:
                watcher.page.wait_for_timeout(50)  # nobody likes a picture with a blink
            picture = Image.open(io.BytesIO(watcher.page.locator("#stage").screenshot()))
            picture.save(folder / f"{name}.webp", quality=82, method=6)

        for emotion in Emotion:
            sender.page.click(f"[data-emotion={emotion}]")
            shoot(f"emotion-{emotion}")
        sender.page.keyboard.press("Escape")
        for gesture in GESTURES:
            sender.page.evaluate("one => virtualpersona.showGestures(one, 0)", int(gesture))
            shoot(f"gesture-{gesture.name.lower().replace('_', '-')}")
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    take(parser.parse_args().folder)
