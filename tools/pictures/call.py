"""Makes the pictures of a real call: that of the front page, and those of the README and the docs.

    PYTHONPATH=py python -m tools.pictures.call

Three browsers meet in ``room-v3``. Before the camera of one is the sample face video, of which the
wizard has made her a portrait of several pictures; before that of the second the same film
backwards, and he goes as a drawn character; the third watches, and what its page shows is filmed:

- ``app/pictures/call.avif`` is its stage, moving; ``app/pictures/call.webp`` one picture of it;
- ``docs/pictures/call-moving.webp`` and ``docs/pictures/call.webp`` are the same for the docs.

Run it after ``python build.py test --only browser``, which brings everything it needs. ``VP_DIST``
names another site than ``dist``; ``--every FOLDER`` writes every picture, to be looked at closely.
It says how many pictures a second were drawn and filmed. About two minutes.
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import imageio_ffmpeg
from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from tests.support import face_video, rooms
from tests.support.chromium import launch
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab

APP: Final = ROOT / "app" / "pictures"
DOCS: Final = ROOT / "docs" / "pictures"
TALK: Final = ("trim=start=9.9:end=15.4", "setpts=PTS-STARTPTS", "eq=gamma=1.25:saturation=1.25")
"""The sample video where she talks and laughs, in a lighter room."""
WINDOW: Final = {"width": 900, "height": 680}
SMALL: Final = {"width": 360, "height": 400}
SECONDS: Final = 5.0
FADE_S: Final = 0.5
"""Of the end into the beginning, as the picture begins anew."""
FPS: Final = 12
WAIT_MS: Final = 120_000
MOST_BYTES: Final = {".avif": 300_000, ".webp": 900_000}
"""Of a moving picture."""


@dataclass(frozen=True)
class Shot:
    """A picture of the page, and when it was shown, in seconds."""

    time: float
    picture: Image.Image


def person(browser: Browser, name: str, character: str, quality: str, **window: int) -> Tab:
    """A tab of somebody who has a name and a character."""
    tab = Tab(browser, viewport=window, locale="en")
    kept = {"vp.name": name, "vp.character": character, "vp.gpu.quality": quality}
    for key, value in kept.items():
        tab.page.add_init_script(f"localStorage.setItem('{key}', '{value}')")
    return tab


def make_portrait(tab: Tab, url: str, clip: Path) -> None:
    """Has the wizard make a portrait of a clip, as people do, and puts it on."""
    page = tab.open(f"{url}home-v3/").page
    page.click("#portrait-wizard[aria-disabled=false]")
    page.wait_for_selector("#wizard-welcome:not([hidden])")
    page.set_input_files("#wizard-clip", clip)
    page.wait_for_selector("#wizard-review:not([hidden])", timeout=WAIT_MS)
    page.click("#wizard-use")
    page.wait_for_function("JSON.parse(virtualpersona.report()).portrait === 'own'")


def as_clip(frames: Path, target: Path) -> Path:
    """Motion JPEG as a WebM, which every browser plays."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", "-y"]
    command += ["-f", "mjpeg", "-i", str(frames), "-c:v", "libvpx", "-b:v", "4M", str(target)]
    subprocess.run(command, check=True)
    return target


def film(watcher: Tab, reacting: Tab) -> list[Shot]:
    """What the watcher's page shows, for a while, after another person has reacted."""
    shots: list[Shot] = []
    session = watcher.context.new_cdp_session(watcher.page)

    def keep(event: dict[str, Any]) -> None:
        session.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})
        picture = Image.open(io.BytesIO(base64.b64decode(event["data"]))).convert("RGB")
        shots.append(Shot(float(event["metadata"]["timestamp"]), picture))

    rooms.press(reacting, "#react")
    reacting.page.click("#reaction-bar button >> nth=0")
    session.on("Page.screencastFrame", keep)
    session.send("Page.startScreencast", {"format": "jpeg", "quality": 95})
    watcher.page.wait_for_timeout(1000.0 * (SECONDS + FADE_S))
    session.send("Page.stopScreencast")
    return shots


def loop(shots: Sequence[Shot]) -> list[Image.Image]:
    """Pictures at an even pace, the last of which fade into the first."""

    def at(second: float) -> Image.Image:
        begun = shots[0].time
        return min(shots, key=lambda shot: abs(shot.time - begun - second)).picture

    count, fading = round(SECONDS * FPS), round(FADE_S * FPS)
    pictures = [at(number / FPS) for number in range(count + fading)]
    for number in range(fading):
        share = (number + 1) / (fading + 1)
        pictures[number] = Image.blend(pictures[count + number], pictures[number], share)
    return pictures[:count]


def write(pictures: Sequence[Image.Image], path: Path) -> None:
    """As good as its size allows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = pictures
    for quality in range(72, 30, -6):
        effort = {"speed": 6} if path.suffix == ".avif" else {"method": 4}
        moving = {
            "save_all": True,
            "append_images": others,
            "duration": round(1000 / FPS),
            "loop": 0,
        }
        first.save(path, quality=quality, **effort, **(moving if others else {}))
        if path.stat().st_size <= MOST_BYTES[path.suffix]:
            break
    say(
        f"{path.relative_to(ROOT)}: {first.size}, {len(pictures)} at {quality}, "
        f"{path.stat().st_size} bytes"
    )


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def take(every: Path | None = None) -> None:
    """Holds the call and writes its pictures.

    Args:
        every: where every picture goes, too; None for nowhere.
    """
    vendor = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
    hers = face_video.convert(vendor, ".talk.mjpeg", *TALK)
    his = face_video.convert(vendor, ".back.mjpeg", *TALK, "reverse", "hflip")
    site = Path(os.environ.get("VP_DIST", ROOT / "dist"))
    with SiteServer(site) as server, sync_playwright() as playwright:
        first, second = (launch(playwright, camera=each) for each in (hers, his))
        plain = launch(playwright)
        mina = person(first, "Mina", "haneul", "low", width=1000, height=800)
        with TemporaryDirectory() as scratch:
            make_portrait(mina, server.url, as_clip(hers, Path(scratch) / "talk.webm"))
        jun = person(second, "Jun", "jun", "low", **SMALL)
        watcher = person(plain, "Amara", "amara", "high", **WINDOW)
        mina.page.set_viewport_size(SMALL)
        invitation = rooms.new_invitation()
        watcher.open(invitation.link(f"{server.url}room-v3/"))
        watcher.page.evaluate(rooms.STAYING)
        watcher.page.click("#join-without")
        watcher.page.mouse.move(0, 0)
        for tab in (mina, jun):
            rooms.enter(tab, server.url, invitation)
            tab.page.evaluate(rooms.STAYING)
            rooms.unmute(tab)
        rooms.wait_connected(watcher, mina, jun)
        watcher.page.wait_for_function(
            "JSON.parse(virtualpersona.report()).call.peers.every(({ frames }) => frames > 100)",
            timeout=WAIT_MS,
        )
        watcher.page.wait_for_timeout(9_000)
        shots = film(watcher, jun)
        stage = watcher.page.locator("#stage").bounding_box() or {}
        graphics = watcher.report()["graphics"]
        for browser in (first, second, plain):
            browser.close()
    filmed = len(shots) / (shots[-1].time - shots[0].time)
    say(f"{graphics['metrics']['fps']:.0f} pictures a second drawn, {filmed:.0f} filmed")
    if graphics["rung"] == "still":
        raise SystemExit("The machine is too busy: portraits stand still.")
    pages = loop(shots)
    left, top = round(stage["x"]), round(stage["y"])
    box = (left, top, left + round(stage["width"]), top + round(stage["height"]))
    stages = [page.crop(box) for page in pages]
    if every is not None:
        every.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(pages):
            page.save(every / f"{number:03}.png")
    write(stages, APP / "call.avif")
    write(stages[:1], APP / "call.webp")
    write(stages, DOCS / "call-moving.webp")
    write(stages[:1], DOCS / "call.webp")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=Path, metavar="FOLDER", help="write every picture here")
    take(parser.parse_args().every)
