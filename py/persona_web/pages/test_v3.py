"""The page ``test-v3``, the laboratory: every way of drawing, all figures, and the avatar.
No network."""

from __future__ import annotations

import asyncio
import functools

from persona_core.graphics.modes import GPUMode
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.page import Element, Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.capture.delegate_choice import DelegateChoice
from persona_web.look.portrait_choice import PortraitChoice
from persona_web.neural.neural_access import neural_access
from persona_web.parts.face_capture import FaceCapture
from persona_web.parts.graphics_panel import GraphicsPanel
from persona_web.parts.own_expression import OwnExpression, own_shortcuts
from persona_web.parts.own_look import OwnLook
from persona_web.parts.portrait_card import PortraitCard
from persona_web.parts.stage_telling import HOME_RANK, tell_stages
from persona_web.parts.view_opening import open_graphics, open_stage
from persona_web.report.heartbeat import start_page
from persona_web.report.monitor_feed import MonitorFeed
from persona_web.report.page_report import PageReport, source_report
from persona_web.served.render_access import render_access
from persona_web.ui.graphics.laboratory import LadderLog, LoseButton, ProbeTable
from persona_web.ui.graphics.model_chooser import ModelChooser
from persona_web.ui.graphics.rung_grid import SERVED, RungGrid
from persona_web.ui.look.drawn_cards import DrawnCards
from persona_web.ui.look.hands import HandValues
from persona_web.ui.report_panel import ReportPanel
from persona_web.ui.tracking_values import TrackingValues
from persona_web.view.avatar_view import AvatarView
from persona_web.view.graphics import Graphics


async def open_page(site: Site) -> Ticker:
    """Wires the page and gives it to the person; it lives as long as its heartbeat."""
    page, clock, storage, strings = Page(), BrowserClock(), BrowserStorage(), Strings()
    look = OwnLook(site, page, strings, storage)
    drawing, graphics = await asyncio.gather(
        site.load("view/js/canvas2d.js"), open_graphics(site, page, storage)
    )
    make_canvas = functools.partial(DrawingCanvas, drawing)
    neural = neural_access(site, strings, graphics)
    served = render_access(site, graphics, storage)
    host = await neural.open()
    stage = await open_stage(site, graphics, page.element("preview"), look.style, neural, served)
    if PortraitChoice.is_kept(storage):
        stage.conceal()  # until it has been fetched
    expression = OwnExpression(site, page, strings, clock, make_canvas)
    face_capture = await FaceCapture.open(site, page, storage, expression.around(stage))
    keys = own_shortcuts(storage)
    expression.join(face_capture, keys)
    face_capture.read_by(DelegateChoice(storage, graphics.capabilities))
    look.join(face_capture)
    graphics.on_change(lambda: face_capture.limit_tracking(graphics.quality_step.tracking_hz))
    portrait = PortraitCard(site, page, strings, storage, graphics, stage, face_capture, look.who)
    keys.is_live = lambda: not portrait.is_wizard_open
    DrawnCards(page, strings, make_canvas, look.who)
    look.offer()

    async def open_cell(mode: GPUMode, place: Element) -> tuple[Graphics, AvatarView]:
        pinned = await open_graphics(site, page, mode=mode)
        if mode is SERVED:
            (await served.open()).lend(pinned)
        cell = await open_stage(site, pinned, place, stage.style, served=served)
        cell.wear_as(stage)
        return pinned, cell

    picture = GraphicsPanel(site, page, strings, graphics, lambda: stage.shows_portrait, served)
    picture.open()
    models = ModelChooser(page, strings, host, graphics)
    ProbeTable(page, strings, graphics.capabilities)
    log = LadderLog(page, strings)
    LoseButton(page, graphics)
    grid = RungGrid(page, strings, graphics.capabilities, open_cell, served)

    report = PageReport(clock, lambda: site.timings)
    report.add("browser", lambda _now_ms: page.browser)
    report.add("source", functools.partial(source_report, face_capture.motion))
    report.add("character", lambda _now_ms: look.editor.character.key)
    report.add("who", lambda _now_ms: look.who.picked)
    report.add("own", lambda now_ms: expression.report(now_ms) | look.report())
    report.add("portrait", lambda _now_ms: portrait.chosen)
    report.add("graphics", lambda _now_ms: graphics.report())
    report.add("seen", lambda _now_ms: stage.seen)
    report.add("neural", lambda _now_ms: host.report())
    report.add("server", lambda _now_ms: served.report())
    report.add("grid", lambda _now_ms: grid.report())
    values = TrackingValues(page, strings, face_capture.motion, report.meters)
    panel = ReportPanel(site, page, strings, report)
    feed = MonitorFeed(graphics.monitor, face_capture.motion)
    hand_values: list[HandValues] = []
    expression.on_hands(lambda hands: hand_values.append(HandValues(page, strings, hands)))

    def step(now_ms: float, visible: bool) -> None:
        look.step(now_ms)
        face = face_capture.step(now_ms, visible)
        feed.step(now_ms)
        if visible:
            expression.step()
            for each in hand_values:
                each.step(now_ms)
            values.step(face, now_ms)
            panel.step(now_ms)
            picture.step(now_ms)
            served.step(graphics.is_model_wanted)
            portrait.step(now_ms)
            log.show(graphics.log)
            grid.step(face.mirrored(), now_ms)

    tell_stages(site, page, BrowserClock(), face_capture, stage, HOME_RANK)
    ticker = await start_page(site, page, report, step, graphics.most_hz)
    portrait.open()
    models.restore()
    return ticker
