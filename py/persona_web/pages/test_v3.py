"""The page ``test-v3``: what is read of the own face, the avatar, and the page's own report."""

from __future__ import annotations

import functools

from persona_web.bridge.canvas import DrawingCanvas
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.character_choice import CharacterChoice
from persona_web.heartbeat import start_page
from persona_web.render.drawn import DrawnAvatar
from persona_web.report import PageReport, source_report
from persona_web.studio import Studio
from persona_web.ui.report_panel import ReportPanel
from persona_web.ui.tracking_values import TrackingValues


async def open_page(site: Site) -> Ticker:
    """Wires the page and gives it to the person; it lives as long as its heartbeat."""
    page, storage = Page(), BrowserStorage()
    character = CharacterChoice(storage).character
    drawing = await site.load("render/canvas2d.js")
    preview = DrawnAvatar(DrawingCanvas(drawing, page.element("preview")), character.style)
    studio = await Studio.open(site, page, storage, preview)

    report = PageReport(BrowserClock(), lambda: site.timings)
    report.add("source", functools.partial(source_report, studio.motion))
    report.add("character", lambda _now_ms: character.key)
    report.add("browser", lambda _now_ms: page.browser)
    values = TrackingValues(page, Strings(), studio.motion, report.meters)
    panel = ReportPanel(site, page, report)

    def step(now_ms: float, visible: bool) -> None:
        face = studio.step(now_ms, visible)
        if visible:
            values.step(face, now_ms)
            panel.step(now_ms)

    return await start_page(site, page, report, step)
