"""The page ``room-v3``: a call of characters and living portraits."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING

from persona_core.call.remote_peer import RemotePeer
from persona_core.errors import PersonaError
from persona_web.base.background import Background
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
from persona_web.parts.view_opening import open_graphics, open_stages
from persona_web.report.heartbeat import start_page
from persona_web.report.monitor_feed import MonitorFeed
from persona_web.report.page_report import PageReport, source_report
from persona_web.room.call_room import CallRoom, browser_ports
from persona_web.room.call_views import CallViews
from persona_web.room.peer_expression import Announcer, ExpressivePeer
from persona_web.room.peer_tile import PeerTile
from persona_web.room.peer_view import UNKNOWN_STYLE
from persona_web.room.portrait_peer import PortraitPeer
from persona_web.view.marked_avatar import DrawnMarks

if TYPE_CHECKING:
    from persona_core.portrait.expressions.portrait_set import PortraitSet
    from persona_web.neural.neural_host import NeuralHost


RESTORING_S = 8.0
"""How long a room waits for the portrait that the person went as when they were here last."""


async def open_page(site: Site) -> Ticker:
    """Wires the page, gives it to the person and enters the room of its address."""
    page, storage, strings = Page(), BrowserStorage(), Strings()
    character = CharacterChoice(storage).character
    drawing, graphics, ports = await asyncio.gather(
        site.load("view/js/canvas2d.js"), open_graphics(site, page, storage), browser_ports(site)
    )
    neural = neural_access(site, strings, graphics, storage)
    make_stage = await open_stages(site, graphics, neural)
    own = make_stage(page.element("self"), character.style)
    if PortraitChoice.is_kept(storage):
        own.conceal()  # until it has been fetched
    face_capture = await FaceCapture.open(site, page, storage, own)
    graphics.on_change(lambda: face_capture.limit_tracking(graphics.quality_step.tracking_hz))
    stages = CallViews(own)

    report = PageReport(ports.clock, lambda: site.timings)
    report.add("source", functools.partial(source_report, face_capture.motion))
    report.add("character", lambda _now_ms: character.key)
    report.add("graphics", lambda _now_ms: graphics.report())
    report.add("neural", lambda _now_ms: neural.report())
    report.add("stages", lambda _now_ms: stages.rungs)
    report.add("seen", lambda _now_ms: stages.seen)

    announcer = Announcer(page, strings)

    def make_avatar(remote: RemotePeer, tile: PeerTile) -> ExpressivePeer:
        stage = make_stage(tile.canvas(), UNKNOWN_STYLE)
        peer = PortraitPeer(
            stage, remote, lambda error: site.notify(strings.text(f"error.{error.code}"))
        )
        stages.add(remote.peer_id, stage)
        end = contextlib.ExitStack()
        end.callback(stages.remove, remote.peer_id)
        end.callback(peer.close)
        tile.own(end)
        marks = DrawingCanvas(drawing, tile.canvas("marks"))
        tile.own(marks)
        return ExpressivePeer(peer, DrawnMarks(marks, UNKNOWN_STYLE), remote, announcer.say)

    room = CallRoom(site, page, ports, face_capture, report, make_avatar, wants_portraits=True)

    def wear(portrait: PortraitSet | None) -> None:
        own.set_portrait(portrait)
        try:
            room.engine.set_portrait(*((None,) if portrait is None else portrait.to_parts()))
        except PersonaError as error:  # others see the drawn character then
            room.engine.set_portrait(None)
            site.notify(strings.text(f"error.{error.code}"))

    portrait = await PortraitChoice.open(site, storage, wear)
    portrait.on_change(lambda: face_capture.take_rest_from(portrait.likeness))
    report.add("portrait", lambda _now_ms: portrait.status.chosen)

    def show_model(host: NeuralHost) -> None:
        from persona_web.ui.graphics.model_line import ModelLine

        ModelLine(page, strings, host, graphics, site.notify)

    neural.on_open(show_model)

    picture = GraphicsPanel(site, page, strings, graphics, lambda: stages.shows_portrait)
    feed = MonitorFeed(graphics.monitor, face_capture.motion)
    background = Background()

    def step(now_ms: float, visible: bool) -> None:
        own.hear(room.own_level)
        room.step(now_ms, visible)
        peers = room.peers
        feed.step(now_ms, peers[0].remote if peers else None)
        if visible:
            picture.step(now_ms)
            stages.give_turn(room.neural_peer)
            in_call = any(peer.remote.quality != "connecting" for peer in peers)
            neural.step(in_call and graphics.is_model_wanted)

    async def arrive() -> None:
        """Enters as whom the person goes as: others are to see nobody else first."""
        restoring = asyncio.ensure_future(portrait.restore())
        if PortraitChoice.is_kept(storage):
            await asyncio.wait({restoring}, timeout=RESTORING_S)
        room.enter()
        await restoring

    ticker = await start_page(site, page, report, step)
    background.run(arrive())
    return ticker
