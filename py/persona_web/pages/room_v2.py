"""The page ``room-v2``: a call with looks, emotions and hands."""

from __future__ import annotations

import asyncio
import functools

from persona_core.avatar.style import AvatarStyle
from persona_core.call.remote import RemotePeer
from persona_web.bridge.canvas import DrawingCanvas
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.call_room import CallRoom, browser_ports
from persona_web.heartbeat import start_page
from persona_web.own_side import OwnSide
from persona_web.peer_expression import ExpressivePeer
from persona_web.peer_tile import PeerTile
from persona_web.peer_view import UNKNOWN_STYLE
from persona_web.render.drawn import DrawnAvatar
from persona_web.render.marks import DrawnMarks
from persona_web.report import PageReport, source_report
from persona_web.ui.announcer import Announcer
from persona_web.ui.customizer import Customizer
from persona_web.ui.look_buttons import LookButtons
from persona_web.ui.look_panel import LookPanel


async def open_page(site: Site) -> Ticker:
    """Wires the page, gives it to the person and enters the room of its address."""
    page, storage, strings = Page(), BrowserStorage(), Strings()
    drawing, ports = await asyncio.gather(site.load("render/canvas2d.js"), browser_ports(site))
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
    report.add("source", functools.partial(source_report, own.studio.motion))
    report.add("own", own.report)
    room = CallRoom(site, page, ports, own.studio, report, make_avatar)

    def tell_look(style: AvatarStyle) -> None:
        room.engine.set_avatar(style.to_dict())

    own.dresser.on_settle(tell_look)
    own.emotion.on_change(room.engine.set_emotion)
    Customizer(page, strings, own.dresser)
    LookButtons(page, strings, own.dresser)
    LookPanel(page)

    def step(now_ms: float, visible: bool) -> None:
        own.step(now_ms, visible)
        room.step(now_ms, visible)

    ticker = await start_page(site, page, report, step)
    room.enter()
    return ticker
