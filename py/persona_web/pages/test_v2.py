"""The page ``test-v2``: what is read of face and hands, emotions, and the avatar. No network."""

from __future__ import annotations

import functools

from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.parts.own_side import OwnSide
from persona_web.report.heartbeat import start_page
from persona_web.report.page_report import PageReport, source_report
from persona_web.ui.look.hands import HandValues
from persona_web.ui.tracking_values import TrackingValues


async def open_page(site: Site) -> Ticker:
    """Wires the page and gives it to the person; it lives as long as its heartbeat."""
    page, clock, strings = Page(), BrowserClock(), Strings()
    make_canvas = functools.partial(DrawingCanvas, await site.load("view/js/canvas2d.js"))
    own = await OwnSide.open(site, page, clock, BrowserStorage(), make_canvas, "preview")

    report = PageReport(clock, lambda: site.timings)
    report.add("source", functools.partial(source_report, own.face_capture.motion))
    report.add("own", own.report)
    values = TrackingValues(page, strings, own.face_capture.motion, report.meters)
    hands = HandValues(page, strings, own.hands)

    def step(now_ms: float, visible: bool) -> None:
        own.step(now_ms, visible)
        face = own.face_capture.step(now_ms, visible)
        if visible:
            values.step(face, now_ms)
            hands.step(now_ms)

    return await start_page(site, page, report, step)
