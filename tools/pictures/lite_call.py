"""Makes the pictures of a real call with LivePortrait-Lite.

    PYTHONPATH=py python -m tools.pictures.lite_call docs/pictures

Two browsers meet in ``room-v3``. The sample face video is the camera of one, who goes as a built-in
portrait; the other, with Chromium's own flags (WebGL2 by software, nets on wasm), has the model and
sees the portrait. ``lite-call.webp`` is a strip of moments of the film, the camera above the
portraits; ``lite-call-moving.webp`` moves. Run it after ``python build.py test --only browser``,
which brings everything it needs. ``VP_DIST`` names another site than ``dist``; ``--every FOLDER``
writes every picture in full size, to be looked at closely. About two minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from playwright.sync_api import Browser, sync_playwright
from tests.support import face_video, rooms
from tests.support.chromium import launch
from tests.support.sentences import sentence
from tests.support.site_server import ROOT, SiteServer
from tests.support.tab import Tab
from tools.pictures import call_film
from tools.pictures.call_film import Film

from persona_core.wire.codec import RESIDUAL_FRAME_BYTES

PORTRAITS = ("officer",)
MOMENTS = (0.4, 7.3, 9.0, 10.2, 11.5, 12.3, 15.6, 18.2)
"""Seconds of the film: eyes down, up, lips parted, closed, talking, laughing, turned, eyes shut."""
MOVING = (10.0, 14.0)
WATCH_S = 40.0
"""The film twice: the nearer picture of each moment is taken."""
EVERY_MS = 100.0
LEAST_FPS = 8
LEAST_HZ = 6
"""Pictures drawn and faces read a second, below which the pictures do not show what a call is."""
TILE_PX = 376
"""About what the tile has in :data:`WINDOW`."""
STRIP_PX = 192
MOVING_PX = 240
MOVING_FPS = 8
RIGHT = 275
"""Where the person's square begins in the sample video's 640 pixels."""
BEHIND = "#f3ece3"
SMALL = {"width": 360, "height": 400}
WINDOW = {"width": 480, "height": 640}
WAIT_MS = 120_000
RUNG = "neural-wasm"

DRAWN_BY_MODEL = """rung => {
  const { stages, graphics } = JSON.parse(virtualpersona.report());
  return stages.includes(rung) && graphics.metrics.inference_ms > 0;
}"""
RESTED = """least => JSON.parse(virtualpersona.recorded()).sent
  .filter(([, data]) => data.length === least).length > 30"""


def choose_model(watcher: Tab, url: str) -> None:
    """Takes the model on the home page."""
    page = watcher.open(f"{url}home-v3/").page
    page.evaluate(rooms.STAYING)
    page.click("#models > summary")
    page.click(".model-use", timeout=WAIT_MS)
    page.wait_for_function(
        "said => document.getElementById('model-status').textContent === said",
        arg=sentence("model.ready"),
        timeout=WAIT_MS,
    )


def call_as(portrait: str, browser: Browser, watcher: Tab, url: str, video: Path) -> Film:
    """Films a call with one who goes as a portrait, from when their rest was found."""
    sender = Tab(browser, viewport=SMALL, locale="en")
    sender.page.add_init_script(f"localStorage.setItem('vp.portrait', '{portrait}')")
    sender.page.add_init_script("localStorage.setItem('vp.gpu.quality', 'low')")  # of the own view
    sender.page.add_init_script(call_film.CAMERA)
    invitation = rooms.new_invitation()
    watcher.page.goto("about:blank")  # another room by itself would be no new page
    rooms.enter(watcher, url, invitation)
    watcher.page.evaluate(rooms.STAYING)
    rooms.enter(sender, url, invitation)
    rooms.wait_connected(sender, watcher)
    sender.page.evaluate("virtualpersona.record()")
    sender.page.wait_for_function(RESTED, arg=2 * RESIDUAL_FRAME_BYTES, timeout=WAIT_MS)
    watcher.page.wait_for_function(DRAWN_BY_MODEL, arg=RUNG, timeout=WAIT_MS)
    return call_film.watch(sender, watcher, "peer", video, WATCH_S, EVERY_MS)


def take(folder: Path, every: Path | None = None) -> None:
    """Holds the calls and writes ``lite-call.webp`` and ``lite-call-moving.webp``.

    Args:
        every: where every picture goes, too, in full size; None for nowhere.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vendor = Path(os.environ.get("VP_VENDOR", ROOT / "vendor"))
    camera, video = face_video.as_camera(vendor), vendor / face_video.SAMPLE
    count = round((MOVING[1] - MOVING[0]) * MOVING_FPS)
    seconds = [*MOMENTS, *np.linspace(*MOVING, count)]
    rows: list[list[Image.Image]] = []
    site = Path(os.environ.get("VP_DIST", ROOT / "dist"))
    with SiteServer(site) as server, sync_playwright() as playwright:
        faced, plain = launch(playwright, camera=camera), launch(playwright)
        watcher = Tab(plain, viewport=WINDOW, locale="en")
        watcher.page.add_init_script("localStorage.setItem('vp.gpu.quality', 'high')")
        choose_model(watcher, server.url)
        for portrait in PORTRAITS:
            film = call_as(portrait, faced, watcher, server.url, video)
            say(portrait, film)
            numbers = [film.nearest(second) for second in seconds]
            if not rows:
                rows.append([seen(picture) for picture in film.camera(numbers)])
            rows.append([shown(picture) for picture in film.drawn(numbers)])
            write(rows, folder)
            if every is not None:
                keep(film, every / portrait)
            film.sender.close()
        faced.close()
        plain.close()


def write(rows: Sequence[Sequence[Image.Image]], folder: Path) -> None:
    """The strip of the moments, and what comes after them as a moving picture.

    Args:
        rows: the camera's pictures and those of each portrait, of the same moments.
    """
    still = len(MOMENTS)
    strip = sheet([row[:still] for row in rows], STRIP_PX)
    strip.save(folder / "lite-call.webp", quality=82, method=6)
    first, *others = [sheet([each], MOVING_PX) for each in zip(*rows, strict=True)][still:]
    first.save(
        folder / "lite-call-moving.webp",
        save_all=True,
        append_images=others,
        duration=round(1000 / MOVING_FPS),
        loop=0,
        quality=60,
        method=4,
    )


def say(portrait: str, film: Film) -> None:
    """How often the camera was read and the portrait drawn, and how near the moments were met."""
    drawn, read = len(film.moments), len(set(film.cameras))
    off = max(abs(film.moments[film.nearest(second)] - second) for second in MOMENTS)
    fps, inference_ms = film.metrics["fps"], film.metrics["inference_ms"]
    line = (
        f"{portrait}: {fps:.0f} fps, inference {inference_ms:.0f} ms; kept {drawn} pictures of "
        f"{read} faces; moments met within {off:.2f} s of the film\n"
    )
    if fps < LEAST_FPS or read < LEAST_HZ * WATCH_S:
        line += "The machine is too busy: the nets' changes have faded, and the face lags behind.\n"
    sys.stdout.write(line)
    sys.stdout.flush()


def seen(picture: Image.Image) -> Image.Image:
    """The person in the camera's picture: a square at its right."""
    return picture.crop((RIGHT, 0, RIGHT + picture.height, picture.height))


def shown(picture: Image.Image) -> Image.Image:
    """The portrait: the middle of its tile."""
    return ImageOps.fit(picture, (TILE_PX, TILE_PX), Image.Resampling.LANCZOS)


def sheet(rows: Sequence[Sequence[Image.Image]], side: int) -> Image.Image:
    """Rows of pictures, each reduced to a square of ``side`` pixels."""
    whole = Image.new("RGB", (side * len(rows[0]), side * len(rows)), BEHIND)
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            small = picture.resize((side, side), Image.Resampling.LANCZOS)
            whole.paste(small, (x * side, y * side), small)
    return whole


def keep(film: Film, folder: Path) -> None:
    """Every drawn picture beside its camera's."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(len(film.moments))
    for number, *pair in zip(numbers, film.camera(numbers), film.drawn(numbers), strict=True):
        row = [seen(pair[0]), shown(pair[1])]
        sheet([row], TILE_PX).save(folder / f"{number:03}-{film.moments[number]:05.2f}.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=Path, metavar="FOLDER", help="write every picture here")
    options = parser.parse_args()
    take(options.folder, options.every)
