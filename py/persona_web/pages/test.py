"""The page ``test``: what is read of the own face, and the avatar that it moves. No network."""

from __future__ import annotations

import functools

from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.look.character_choice import CharacterChoice
from persona_web.parts.face_capture import FaceCapture
from persona_web.report.heartbeat import start_page
from persona_web.report.page_report import PageReport, source_report
from persona_web.ui.tracking_values import TrackingValues
from persona_web.view.avatar import DrawnAvatar


async def open_page(site: Site) -> Ticker:
    """Wires the page and gives it to the person; it lives as long as its heartbeat."""
    page, storage = Page(), BrowserStorage()
    character = CharacterChoice(storage).character
    drawing = await site.load("view/js/canvas2d.js")
    preview = DrawnAvatar(DrawingCanvas(drawing, page.element("preview")), character.style)
    face_capture = await FaceCapture.open(site, page, storage, preview)

    report = PageReport(BrowserClock(), lambda: site.timings)
    report.add("source", functools.partial(source_report, face_capture.motion))
    report.add("character", lambda _now_ms: character.key)
    values = TrackingValues(page, Strings(), face_capture.motion, report.meters)

    def step(now_ms: float, visible: bool) -> None:
        face = face_capture.step(now_ms, visible)
        if visible:
            values.step(face, now_ms)

    return await start_page(site, page, report, step)
