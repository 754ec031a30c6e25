"""The page ``home``: pick a character, see it live, open a room or join one."""

from __future__ import annotations

import functools

from persona_core.drawn.characters import Character
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
from persona_web.room.lobby import Lobby
from persona_web.ui.look.character_picker import CharacterPicker
from persona_web.view.avatar import DrawnAvatar

ROOM_PAGE = "room/"


async def open_page(site: Site) -> Ticker:
    """Wires the page and gives it to the person; it lives as long as its heartbeat."""
    page, clock, storage, strings = Page(), BrowserClock(), BrowserStorage(), Strings()
    choice = CharacterChoice(storage)
    make_canvas = functools.partial(DrawingCanvas, await site.load("view/js/canvas2d.js"))
    preview = DrawnAvatar(make_canvas(page.element("preview")), choice.character.style)
    face_capture = await FaceCapture.open(site, page, storage, preview)

    def choose(character: Character) -> None:
        face_capture.choose(character.style)
        if not choice.keep(character):
            site.notify(strings.text("error.storage-failed"))

    picker = CharacterPicker(page, strings, make_canvas, choice.character.key, choose)
    picker.draw(clock.now_ms())
    Lobby(site, page, ROOM_PAGE)
    report = PageReport(clock, lambda: site.timings)
    report.add("source", functools.partial(source_report, face_capture.motion))
    report.add("character", lambda _now_ms: choice.character.key)
    return await start_page(site, page, report, face_capture.step, may_idle=face_capture)
