"""The page ``room-v2``: a call with looks, emotions and hands."""

from __future__ import annotations

import asyncio
import functools

from persona_core.call.remote_peer import RemotePeer
from persona_core.drawn.style import AvatarStyle
from persona_web.bridge.files.local_files import opened_file, save_file
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.keys import Keys
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.parts.own_side import OwnSide
from persona_web.report.heartbeat import start_page
from persona_web.report.page_report import PageReport, source_report
from persona_web.room.call_room import CallRoom, browser_ports
from persona_web.room.peer_expression import Announcer, ExpressivePeer
from persona_web.room.peer_tile import PeerTile
from persona_web.room.peer_view import UNKNOWN_STYLE
from persona_web.ui.look.customizer import Customizer
from persona_web.ui.look.look_buttons import LookButtons, LookPanel
from persona_web.view.avatar import DrawnAvatar
from persona_web.view.marked_avatar import DrawnMarks


async def open_page(site: Site) -> Ticker:
    """Wires the page, gives it to the person and enters the room of its address."""
    page, storage, strings = Page(), BrowserStorage(), Strings()
    drawing, ports = await asyncio.gather(site.load("view/js/canvas2d.js"), browser_ports(site))
    make_canvas = functools.partial(DrawingCanvas, drawing)
    own = await OwnSide.open(site, page, ports.clock, storage, make_canvas, "self")
    announcer = Announcer(page, strings)

    def make_avatar(remote: RemotePeer, tile: PeerTile) -> ExpressivePeer:
        stage, marks = make_canvas(tile.canvas()), make_canvas(tile.canvas("marks"))
        tile.own(stage)
        tile.own(marks)
        avatar = DrawnAvatar(stage, UNKNOWN_STYLE)
        return ExpressivePeer(avatar, DrawnMarks(marks, UNKNOWN_STYLE), remote, announcer.say)

    report = PageReport(ports.clock, lambda: site.timings)
    report.add("source", functools.partial(source_report, own.face_capture.motion))
    report.add("own", own.report)
    room = CallRoom(site, page, ports, own.face_capture, report, make_avatar)

    def tell_look(style: AvatarStyle) -> None:
        room.engine.set_avatar(style.to_dict())

    own.look_editor.on_settle(tell_look)
    own.emotion.on_change(room.engine.set_emotion)
    Customizer(page, strings, own.look_editor)
    LookButtons(page, strings, own.look_editor, save_file, opened_file)
    LookPanel(page, Keys(page.element("look")))

    def step(now_ms: float, visible: bool) -> None:
        own.step(now_ms, visible)
        room.step(now_ms, visible)

    ticker = await start_page(site, page, report, step, may_idle=room)
    room.enter()
    return ticker
