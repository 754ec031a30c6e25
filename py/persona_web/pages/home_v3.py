"""The page ``home-v3``: be a character or a living portrait, open a room or join one."""

from __future__ import annotations

import asyncio
import functools

from persona_core.call.invitation import Invitation
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.late_part import add_part
from persona_web.bridge.network.socket import BrowserSockets
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.capture.delegate_choice import DelegateChoice
from persona_web.look.portrait_choice import PortraitChoice
from persona_web.neural.neural_access import neural_access
from persona_web.parts.face_capture import FaceCapture
from persona_web.parts.graphics_panel import GraphicsPanel
from persona_web.parts.guide import Guide
from persona_web.parts.model_card import ModelCard
from persona_web.parts.own_expression import OwnExpression, own_shortcuts
from persona_web.parts.own_look import OwnLook
from persona_web.parts.portrait_card import PortraitCard
from persona_web.parts.stage_telling import HOME_RANK, tell_stages
from persona_web.parts.view_opening import open_graphics, open_stage
from persona_web.report.heartbeat import start_page
from persona_web.report.monitor_feed import MonitorFeed
from persona_web.report.page_report import PageReport, source_report
from persona_web.room.creation_check import CreationCheck
from persona_web.room.lobby import Lobby
from persona_web.room.people.founder import make_room
from persona_web.served.render_access import render_access
from persona_web.ui.look.drawn_cards import DrawnCards

ROOM_PAGE = "room-v3/"


async def open_page(site: Site) -> Ticker:
    """Wires the page and gives it to the person; it lives as long as its heartbeat."""
    page, clock, storage, strings = Page(), BrowserClock(), BrowserStorage(), Strings()
    look = OwnLook(site, page, strings, storage)
    drawing, graphics = await asyncio.gather(
        site.load("view/js/canvas2d.js"), open_graphics(site, page, storage)
    )
    make_canvas = functools.partial(DrawingCanvas, drawing)
    neural = neural_access(site, strings, graphics, storage)
    served = render_access(site, graphics, storage)
    preview = page.element("preview")
    stage = await open_stage(site, graphics, preview, look.style, neural, served)
    if PortraitChoice.is_kept(storage):
        stage.conceal()  # until it has been fetched
    expression = OwnExpression(site, page, strings, clock, make_canvas)
    face_capture = await FaceCapture.open(site, page, storage, expression.around(stage))
    keys = own_shortcuts(storage)
    expression.join(face_capture, keys)
    face_capture.read_by(DelegateChoice(storage, graphics.capabilities))
    look.join(face_capture)
    graphics.on_change(lambda: face_capture.limit_tracking(graphics.quality_step.tracking_hz))
    graphics.on_turn(face_capture.stir)
    face_capture.on_idle(graphics.set_idle)
    portrait = PortraitCard(site, page, strings, storage, graphics, stage, face_capture, look.who)
    keys.is_live = lambda: not portrait.is_wizard_open
    DrawnCards(page, strings, make_canvas, look.who)
    look.offer()
    ModelCard(page, strings, neural, graphics)
    bring = functools.partial(add_part, site, "guide", page.element("guide-place"))
    guide = Guide(site, page, strings, storage, bring)
    picture = GraphicsPanel(site, page, strings, graphics, lambda: stage.shows_portrait, served)
    feed = MonitorFeed(graphics.monitor, face_capture.motion)
    check = CreationCheck(site, page, strings, BrowserSockets())

    async def make_room_here() -> Invitation | None:
        return await make_room(site) if await check.allows() else None

    Lobby(site, page, ROOM_PAGE, make_room_here)
    report = PageReport(clock, lambda: site.timings)
    report.add("source", functools.partial(source_report, face_capture.motion))
    report.add("character", lambda _now_ms: look.editor.character.key)
    report.add("who", lambda _now_ms: look.who.picked)
    report.add("own", lambda now_ms: expression.report(now_ms) | look.report())
    report.add("portrait", lambda _now_ms: portrait.chosen)
    report.add("graphics", lambda _now_ms: graphics.report())
    report.add("seen", lambda _now_ms: stage.seen)
    report.add("neural", lambda _now_ms: neural.report())
    report.add("server", lambda _now_ms: served.report())

    def step(now_ms: float, visible: bool) -> None:
        look.step(now_ms)
        face_capture.step(now_ms, visible and not portrait.is_wizard_open)
        feed.step(now_ms)
        if visible:
            expression.step()
            picture.step(now_ms)
            portrait.step(now_ms)
            neural.step(graphics.is_model_wanted)
            served.step(graphics.is_model_wanted)

    tell_stages(site, page, clock, face_capture, stage, HOME_RANK)
    ticker = await start_page(site, page, report, step, graphics.most_hz, face_capture)
    portrait.open()
    guide.offer()
    return ticker
