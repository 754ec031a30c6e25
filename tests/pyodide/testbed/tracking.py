"""A tracker and an open camera."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import js
from pyodide.ffi import to_js

from persona_core.face.observation import Sighting
from persona_web.bridge.media.camera import Camera, CameraTrack
from persona_web.bridge.media.face_tracker import BrowserTracker
from persona_web.bridge.site import Site
from persona_web.bridge.ticker import Ticker
from testbed.hearing import Hearing

# Added to a copy of the worker: it never comes back from "hang" or, where that is so always,
# from its second frame.
HANG = """
  let seen = 0;
  self.addEventListener("message", ({ data }) => {
    seen += data.kind === "frame" || data.kind === "bitmap";
    while (data.kind === "hang" || (%s && seen === 2)) {}
  });
"""
KEPT_WORKERS = """
  globalThis.keptWorkers = [];
  globalThis.PlainWorker = Worker;
  globalThis.Worker = class extends Worker {
    constructor(...given) {
      super(...given);
      if (given[0].startsWith("blob:")) keptWorkers.push(this);
    }
  };
"""
WORKER_PATH = "bridge/media/tracker.worker.js"


class HangingSite(Site):
    """A site whose face reader can be made to hang.

    Args:
        address: of the copy of its worker.
    """

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def web_address(self, path: str) -> str:
        return self._address if path == WORKER_PATH else super().web_address(path)


@asynccontextmanager
async def hanging_site(*, always: bool = False) -> AsyncIterator[HangingSite]:
    """The workers made in the block are in ``keptWorkers``, and hang when told ``hang``.

    Args:
        always: they hang by themselves, in their second frame.
    """
    site = Site()
    source = await (await js.fetch(site.web_address(WORKER_PATH))).text()
    beside = site.web_address("bridge/media/")
    copy = source.replace('"./', f'"{beside}') + HANG % str(always).lower()
    kind = to_js({"type": "text/javascript"}, dict_converter=js.Object.fromEntries)
    address = js.URL.createObjectURL(js.Blob.new(to_js([copy]), kind))
    js.eval(KEPT_WORKERS)
    try:
        yield HangingSite(str(address))
    finally:
        js.eval("globalThis.Worker = PlainWorker; delete globalThis.keptWorkers")
        js.URL.revokeObjectURL(address)


class Delegates:
    """Wishes for one delegate, and notes what it is told.

    Attributes:
        kept: what turned out to be better, in order.
    """

    def __init__(self, wanted: str) -> None:
        self.wanted = wanted
        self.kept: list[str] = []

    def keep(self, delegate: str) -> None:
        self.kept.append(delegate)


@asynccontextmanager
async def tracker_and_camera(
    site: Site | None = None, delegates: Delegates | None = None
) -> AsyncIterator[tuple[BrowserTracker, CameraTrack, Hearing]]:
    """A tracker that is ready, a camera, and what either of them tells."""
    site, hearing = site or Site(), Hearing()
    tracker = await BrowserTracker.load(site)
    if delegates is not None:
        tracker.read_by(delegates)
    tracker.on_event = hearing.note
    tracker.prepare()
    camera = await (await Camera.load(site)).open(lambda: hearing.note("lost"))
    try:
        await hearing.hear("ready")
        yield tracker, camera, hearing
    finally:
        camera.close()
        tracker.close()


async def next_sighting(tracker: BrowserTracker) -> Sighting:
    """Takes as a page does, tick by tick, until there is something new."""
    return (await next_two_sightings(tracker))[0]


async def fresh_sighting(tracker: BrowserTracker) -> Sighting:
    """The first sighting of a picture that was taken from now on.

    On a busy machine, pictures that were taken before may still wait for the worker.
    """
    asked_ms = js.performance.now()
    while (seen := await next_sighting(tracker)).captured_ms < asked_ms:
        pass
    return seen


async def next_two_sightings(tracker: BrowserTracker) -> tuple[Sighting, Sighting | None]:
    """The next sighting, and what there is to take in the same instant."""
    seen = Hearing()

    def tick(_now_ms: float, _visible: bool) -> None:
        if (sighting := tracker.take()) is not None:
            seen.note("sighting", (sighting, tracker.take()))

    ticker = await Ticker.load(Site(), tick)
    try:
        return await seen.hear("sighting")
    finally:
        ticker.close()
