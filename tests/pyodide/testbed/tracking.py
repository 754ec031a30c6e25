"""A tracker and an open camera."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import js

from persona_web.bridge.camera import Camera, CameraTrack
from persona_web.bridge.site import Site
from persona_web.bridge.ticker import Ticker
from persona_web.bridge.tracker import BrowserTracker
from persona_web.motion import Sighting
from testbed.hearing import Hearing


@asynccontextmanager
async def tracker_and_camera() -> AsyncIterator[tuple[BrowserTracker, CameraTrack, Hearing]]:
    """A tracker that is ready, a camera, and what either of them tells."""
    site, hearing = Site(), Hearing()
    tracker = await BrowserTracker.load(site)
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
