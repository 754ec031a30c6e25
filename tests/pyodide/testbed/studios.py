"""A whole own side on the room page, with its heartbeat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from persona_core.drawn.characters import CHARACTERS
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.media import face_tracker as tracker_module
from persona_web.bridge.media.camera import Camera
from persona_web.bridge.media.face_tracker import BrowserTracker
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.parts.face_capture import FaceCapture
from persona_web.view.avatar import DrawnAvatar
from testbed.hearing import Hearing

OWN_ID = "own-picture"
"""Of the canvas with the own face."""

Until = Callable[[Callable[[], bool]], Awaitable[None]]


class Wearer(DrawnAvatar):
    """Goes as a portrait where one is put on, though it draws none."""

    portrait: object | None = None


@asynccontextmanager
async def studio_in_the_room(site: Site | None = None) -> AsyncIterator[tuple[FaceCapture, Until]]:
    """A studio that ticks, and a way to wait for what is true after some tick."""
    site, page, ticks = site or Site(), Page(), Hearing()
    tracker, camera, drawing = await asyncio.gather(
        BrowserTracker.load(site), Camera.load(site), site.load("view/js/canvas2d.js")
    )
    element = page.create("canvas")
    element.set("id", OWN_ID)
    page.element("self").append(element)
    canvas = DrawingCanvas(drawing, element)
    avatar = Wearer(canvas, CHARACTERS[0].style)
    face_capture = FaceCapture(site, page, BrowserStorage(), tracker, camera, avatar)

    def tick(now_ms: float, visible: bool) -> None:
        face_capture.step(now_ms, visible)
        ticks.note("tick")

    ticker = await Ticker.load(site, tick)
    try:
        yield face_capture, ticks.until
    finally:
        ticker.close()
        face_capture.stop()
        tracker.close()
        canvas.close()


@contextmanager
def missing_model() -> Iterator[None]:
    """The model of the face reader cannot be had by trackers made in the block."""
    present = tracker_module.FILES["model"]
    tracker_module.FILES["model"] = "vendor/models/missing.task"
    try:
        yield
    finally:
        tracker_module.FILES["model"] = present
