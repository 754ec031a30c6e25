"""The page ``test-v3``, the laboratory: every way of drawing, all figures, and the avatar.
No network."""

from __future__ import annotations

import functools

from persona_core.graphics.modes import GPUMode
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.page import Element, Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.look.character_choice import CharacterChoice
from persona_web.look.portrait_choice import PortraitChoice
from persona_web.neural.neural_access import neural_access
from persona_web.parts.face_capture import FaceCapture
from persona_web.parts.graphics_panel import GraphicsPanel
from persona_web.parts.portrait_card import PortraitCard
from persona_web.parts.view_opening import open_graphics, open_stage
from persona_web.report.heartbeat import start_page
from persona_web.report.monitor_feed import MonitorFeed
from persona_web.report.page_report import PageReport, source_report
from persona_web.ui.graphics.laboratory import LadderLog, LoseButton, ProbeTable
from persona_web.ui.graphics.model_chooser import ModelChooser
from persona_web.ui.graphics.rung_grid import RungGrid
from persona_web.ui.report_panel import ReportPanel
from persona_web.ui.tracking_values import TrackingValues
from persona_web.view.avatar_view import AvatarView
from persona_web.view.graphics import Graphics


async def open_page(site: Site) -> Ticker:
    """Wires the page and gives it to the person; it lives as long as its heartbeat."""
    page, storage, strings = Page(), BrowserStorage(), Strings()
    character = CharacterChoice(storage).character
    graphics = await open_graphics(site, page, storage)
    neural = neural_access(site, strings, graphics)
    host = await neural.open()
    stage = await open_stage(site, graphics, page.element("preview"), character.style, neural)
    if PortraitChoice.is_kept(storage):
        stage.conceal()  # until it has been fetched
    face_capture = await FaceCapture.open(site, page, storage, stage)
    graphics.on_change(lambda: face_capture.limit_tracking(graphics.quality_step.tracking_hz))
    portrait = PortraitCard(site, page, strings, storage, graphics, stage, face_capture)

    async def open_cell(mode: GPUMode, place: Element) -> tuple[Graphics, AvatarView]:
        pinned = await open_graphics(site, page, mode=mode)
        cell = await open_stage(site, pinned, place, stage.style)
        cell.set_portrait(stage.portrait)
        return pinned, cell

    picture = GraphicsPanel(site, page, strings, graphics, lambda: stage.shows_portrait)
    picture.open()
    models = ModelChooser(page, strings, host)
    ProbeTable(page, strings, graphics.capabilities)
    log = LadderLog(page, strings)
    LoseButton(page, graphics)
    grid = RungGrid(page, strings, graphics.capabilities, open_cell)

    report = PageReport(BrowserClock(), lambda: site.timings)
    report.add("browser", lambda _now_ms: page.browser)
    report.add("source", functools.partial(source_report, face_capture.motion))
    report.add("character", lambda _now_ms: character.key)
    report.add("portrait", lambda _now_ms: portrait.chosen)
    report.add("graphics", lambda _now_ms: graphics.report())
    report.add("seen", lambda _now_ms: stage.seen)
    report.add("neural", lambda _now_ms: host.report())
    report.add("grid", lambda _now_ms: grid.report())
    values = TrackingValues(page, strings, face_capture.motion, report.meters)
    panel = ReportPanel(site, page, strings, report)
    feed = MonitorFeed(graphics.monitor, face_capture.motion)

    def step(now_ms: float, visible: bool) -> None:
        face = face_capture.step(now_ms, visible)
        feed.step(now_ms)
        if visible:
            values.step(face, now_ms)
            panel.step(now_ms)
            picture.step(now_ms)
            portrait.step(now_ms)
            log.show(graphics.log)
            grid.step(face.mirrored(), now_ms)

    ticker = await start_page(site, page, report, step)
    portrait.open()
    models.restore()
    return ticker
