"""The page ``home-v2``: make a look of one's own, see it live, open a room or join one."""

from __future__ import annotations

import functools

from persona_web.bridge.clock import BrowserClock
from persona_web.bridge.files.local_files import opened_file, save_file
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.parts.own_side import OwnSide
from persona_web.report.heartbeat import start_page
from persona_web.report.page_report import PageReport, source_report
from persona_web.room.lobby import Lobby
from persona_web.ui.look.character_picker import CharacterPicker
from persona_web.ui.look.customizer import Customizer
from persona_web.ui.look.look_buttons import LookButtons

ROOM_PAGE = "room-v2/"


async def open_page(site: Site) -> Ticker:
    """Wires the page and gives it to the person; it lives as long as its heartbeat."""
    page, clock, storage, strings = Page(), BrowserClock(), BrowserStorage(), Strings()
    make_canvas = functools.partial(DrawingCanvas, await site.load("view/js/canvas2d.js"))
    own = await OwnSide.open(site, page, clock, storage, make_canvas, "preview")

    picker = CharacterPicker(
        page, strings, make_canvas, own.look_editor.character.key, own.look_editor.start_from
    )
    picker.draw(clock.now_ms())
    Customizer(page, strings, own.look_editor)
    LookButtons(page, strings, own.look_editor, save_file, opened_file)
    Lobby(site, page, ROOM_PAGE)
    report = PageReport(clock, lambda: site.timings)
    report.add("source", functools.partial(source_report, own.face_capture.motion))
    report.add("own", own.report)

    def step(now_ms: float, visible: bool) -> None:
        own.step(now_ms, visible)
        own.face_capture.step(now_ms, visible)

    return await start_page(site, page, report, step, may_idle=own.face_capture)
