"""The page ``home-v3``: be a character or a living portrait, open a room or join one."""

from __future__ import annotations

import asyncio
import functools

from persona_core.drawn.characters import Character
from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.look.character_choice import CharacterChoice
from persona_web.look.portrait_choice import PortraitChoice
from persona_web.neural.neural_access import neural_access
from persona_web.parts.face_capture import FaceCapture
from persona_web.parts.graphics_panel import GraphicsPanel
from persona_web.parts.model_card import ModelCard
from persona_web.parts.portrait_card import PortraitCard
from persona_web.parts.view_opening import open_graphics, open_stage
from persona_web.report.heartbeat import start_page
from persona_web.report.monitor_feed import MonitorFeed
from persona_web.report.page_report import PageReport, source_report
from persona_web.room.lobby import Lobby
from persona_web.ui.look.character_picker import CharacterPicker

ROOM_PAGE = "room-v3/"


async def open_page(site: Site) -> Ticker:
    """Wires the page and gives it to the person; it lives as long as its heartbeat."""
    page, clock, storage, strings = Page(), BrowserClock(), BrowserStorage(), Strings()
    choice = CharacterChoice(storage)
    drawing, graphics = await asyncio.gather(
        site.load("view/js/canvas2d.js"), open_graphics(site, page, storage)
    )
    make_canvas = functools.partial(DrawingCanvas, drawing)
    neural = neural_access(site, strings, graphics, storage)
    preview = page.element("preview")
    stage = await open_stage(site, graphics, preview, choice.character.style, neural)
    if PortraitChoice.is_kept(storage):
        stage.conceal()  # until it has been fetched
    face_capture = await FaceCapture.open(site, page, storage, stage)
    graphics.on_change(lambda: face_capture.limit_tracking(graphics.quality_step.tracking_hz))
    portrait = PortraitCard(site, page, strings, storage, graphics, stage, face_capture)

    def choose(character: Character) -> None:
        face_capture.choose(character.style)
        if not choice.keep(character):
            site.notify(strings.text("error.storage-failed"))
        portrait.take_off()

    picker = CharacterPicker(page, strings, make_canvas, choice.character.key, choose)
    picker.draw(clock.now_ms())
    ModelCard(page, strings, neural)
    picture = GraphicsPanel(site, page, strings, graphics, lambda: stage.shows_portrait)
    feed = MonitorFeed(graphics.monitor, face_capture.motion)
    Lobby(site, page, ROOM_PAGE)
    report = PageReport(clock, lambda: site.timings)
    report.add("source", functools.partial(source_report, face_capture.motion))
    report.add("character", lambda _now_ms: choice.character.key)
    report.add("portrait", lambda _now_ms: portrait.chosen)
    report.add("graphics", lambda _now_ms: graphics.report())
    report.add("seen", lambda _now_ms: stage.seen)
    report.add("neural", lambda _now_ms: neural.report())

    def step(now_ms: float, visible: bool) -> None:
        face_capture.step(now_ms, visible and not portrait.is_wizard_open)
        feed.step(now_ms)
        if visible:
            picture.step(now_ms)
            portrait.step(now_ms)
            neural.step(graphics.is_model_wanted)

    ticker = await start_page(site, page, report, step)
    portrait.open()
    return ticker
