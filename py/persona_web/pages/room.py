"""The page ``room``: a call."""

from __future__ import annotations

import asyncio
import functools

from persona_core.call.remote_peer import RemotePeer
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.page import Page
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.look.character_choice import CharacterChoice
from persona_web.parts.face_capture import FaceCapture
from persona_web.report.heartbeat import start_page
from persona_web.report.page_report import PageReport, source_report
from persona_web.room.call_room import CallRoom, browser_ports
from persona_web.room.peer_tile import PeerTile
from persona_web.room.peer_view import UNKNOWN_STYLE
from persona_web.view.avatar import DrawnAvatar


async def open_page(site: Site) -> Ticker:
    """Wires the page, gives it to the person and enters the room of its address."""
    page, storage = Page(), BrowserStorage()
    character = CharacterChoice(storage).character
    drawing, ports = await asyncio.gather(site.load("view/js/canvas2d.js"), browser_ports(site))
    own = DrawnAvatar(DrawingCanvas(drawing, page.element("self")), character.style)
    face_capture = await FaceCapture.open(site, page, storage, own)

    report = PageReport(ports.clock, lambda: site.timings)
    report.add("source", functools.partial(source_report, face_capture.motion))
    report.add("character", lambda _now_ms: character.key)

    def make_avatar(_remote: RemotePeer, tile: PeerTile) -> DrawnAvatar:
        canvas = DrawingCanvas(drawing, tile.canvas())
        tile.own(canvas)
        return DrawnAvatar(canvas, UNKNOWN_STYLE)

    room = CallRoom(site, page, ports, face_capture, report, make_avatar)
    ticker = await start_page(site, page, report, room.step, may_idle=room)
    room.enter()
    return ticker
