"""The page ``room-v3``: a call of characters and living portraits."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from typing import TYPE_CHECKING

from persona_core.base.interval import Interval
from persona_core.call.remote_peer import RemotePeer
from persona_core.errors import PortraitError
from persona_web.base.background import Background
from persona_web.base.sentence import joined
from persona_web.bridge.graphics.canvas import DrawingCanvas
from persona_web.bridge.late_part import add_part
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.capture.delegate_choice import DelegateChoice
from persona_web.look.own_name import OwnName
from persona_web.look.portrait_choice import MISSING, PortraitChoice, PortraitStatus
from persona_web.neural.neural_access import neural_access
from persona_web.parts.face_capture import FaceCapture
from persona_web.parts.graphics_panel import GraphicsPanel
from persona_web.parts.guide import Guide
from persona_web.parts.own_expression import OwnExpression, own_shortcuts
from persona_web.parts.own_look import OwnLook
from persona_web.parts.stage_telling import ROOM_RANK, tell_stages
from persona_web.parts.view_opening import open_graphics, open_stages
from persona_web.report.heartbeat import start_page
from persona_web.report.monitor_feed import MonitorFeed
from persona_web.report.page_report import PageReport, source_report
from persona_web.room.call_controls import CallControls
from persona_web.room.call_recording import CallRecording
from persona_web.room.call_room import CallRoom, browser_ports
from persona_web.room.call_views import CallViews
from persona_web.room.peer_expression import Announcer, ExpressivePeer
from persona_web.room.peer_tile import PeerTile
from persona_web.room.peer_view import UNKNOWN_STYLE
from persona_web.room.people.call_people import CallPeople
from persona_web.room.people.palm_raising import PalmRaising
from persona_web.room.portrait_peer import PortraitPeer
from persona_web.room.prejoin import Prejoin
from persona_web.room.small_window import SmallWindow
from persona_web.served.render_access import render_access
from persona_web.ui.call.camera_controls import CameraControls
from persona_web.view.marked_avatar import DrawnMarks

if TYPE_CHECKING:
    from persona_core.portrait.expressions.portrait_set import PortraitSet
    from persona_web.neural.neural_host import NeuralHost


CHORES_MS = 90.0
"""How often a room looks after what need not be in step with the picture: every second step where
the processor draws."""
RESTORING_S = 8.0
"""How long a room waits for the portrait that the person went as when they were here last."""


def tell_portrait(site: Site, strings: Strings, status: PortraitStatus) -> None:
    """Says what there is to say of the portrait: this page has no card for that."""
    keys = ("room.portrait-missing",) if status.chosen == MISSING else status.told
    if status.told:
        site.notify(joined(*(strings.text(key) for key in keys)))


async def open_page(site: Site) -> Ticker:
    """Wires the page, gives it to the person and enters the room of its address."""
    page, storage, strings = Page(), BrowserStorage(), Strings()
    look = OwnLook(site, page, strings, storage)
    drawing, graphics, ports = await asyncio.gather(
        site.load("view/js/canvas2d.js"), open_graphics(site, page, storage), browser_ports(site)
    )
    neural = neural_access(site, strings, graphics, storage)
    served = render_access(site, graphics, storage)
    make_stage = await open_stages(site, graphics, neural, served)
    own = make_stage(page.element("self"), look.style)
    own.every = 2  # small, and nobody looks at themselves that closely
    if PortraitChoice.is_kept(storage):
        own.conceal()  # until it has been fetched
    make_canvas = functools.partial(DrawingCanvas, drawing)
    expression = OwnExpression(site, page, strings, ports.clock, make_canvas)
    face_capture = await FaceCapture.open(
        site, page, storage, expression.around(own), CameraControls
    )
    face_capture.read_by(DelegateChoice(storage, graphics.capabilities))
    look.join(face_capture)
    graphics.on_change(lambda: face_capture.limit_tracking(graphics.quality_step.tracking_hz))
    graphics.on_turn(face_capture.stir)
    face_capture.on_idle(graphics.set_idle)
    stages = CallViews(own)

    report = PageReport(ports.clock, lambda: site.timings)
    report.add("source", functools.partial(source_report, face_capture.motion))
    report.add("character", lambda _now_ms: look.editor.character.key)
    report.add("who", lambda _now_ms: look.who.picked)
    report.add("own", lambda now_ms: expression.report(now_ms) | look.report())
    report.add("graphics", lambda _now_ms: graphics.report())
    report.add("neural", lambda _now_ms: neural.report())
    report.add("server", lambda _now_ms: served.report())
    report.add("stages", lambda _now_ms: stages.rungs)
    report.add("seen", lambda _now_ms: stages.seen)

    announcer = Announcer(page, strings)

    def tell(error: PortraitError) -> None:
        site.notify(strings.text(f"error.{error.code}"))

    own.on_refused = tell

    def make_avatar(remote: RemotePeer, tile: PeerTile) -> ExpressivePeer:
        stage = make_stage(tile.canvas(), UNKNOWN_STYLE)
        stage.on_refused = tell
        peer = PortraitPeer(stage, remote, tell)
        stages.add(remote.peer_id, stage)
        end = contextlib.ExitStack()
        end.callback(stages.remove, remote.peer_id)
        end.callback(peer.close)
        tile.own(end)
        marks = DrawingCanvas(drawing, tile.canvas("marks"))
        tile.own(marks)
        say = functools.partial(people.tell_of, remote.peer_id)
        return ExpressivePeer(peer, DrawnMarks(marks, UNKNOWN_STYLE), remote, say)

    keys = own_shortcuts(storage)
    expression.join(face_capture, keys)
    room = CallRoom(
        *(site, page, ports, face_capture, report, make_avatar),
        wants_portraits=True,
        with_people=True,
        keys=keys,
    )
    served.invitation = lambda: room.invitation
    own_name = OwnName(storage)
    prejoin = Prejoin(*(site, page, strings, storage, ports, face_capture, room), name=own_name)
    bring = functools.partial(add_part, site, "guide", page.element("guide-place"))
    guide = Guide(site, page, strings, storage, bring)
    prejoin.on_asked = guide.offer
    palm = PalmRaising(storage, expression)
    controls = CallControls(
        *(site, page, strings, storage, keys, room, prejoin.devices), palm, guide
    )
    people = CallPeople(site, page, strings, storage, room, face_capture, announcer, own_name)
    if PortraitChoice.is_kept(storage):
        room.engine.set_avatar({})  # the same before the others

    def wear(portrait: PortraitSet | None) -> None:
        """Before the others first: where it cannot be sent, all see what they saw."""
        room.engine.set_portrait(*((None,) if portrait is None else portrait.to_parts()))
        room.engine.set_avatar(look.style.to_dict())
        own.set_portrait(portrait)
        face_capture.stir()

    portrait = await PortraitChoice.open(site, storage, wear)
    portrait.on_change(lambda: face_capture.take_rest_from(portrait.likeness))
    portrait.on_change(lambda: tell_portrait(site, strings, portrait.status))
    look.who.join(portrait)
    look.offer_all(make_canvas, portrait)
    look.editor.on_settle(lambda style: room.engine.set_avatar(style.to_dict()))
    expression.emotion.on_change(room.engine.set_emotion)
    report.add("portrait", lambda _now_ms: portrait.status.chosen)

    def show_model(host: NeuralHost) -> None:
        from persona_web.ui.graphics.model_line import ModelLine

        ModelLine(page, strings, host, graphics, site.notify)

    neural.on_open(show_model)

    picture = GraphicsPanel(site, page, strings, graphics, lambda: stages.shows_portrait, served)
    feed = MonitorFeed(graphics.monitor, face_capture.motion)
    background = Background()

    window = SmallWindow(site, page, strings, graphics)
    recording = CallRecording(site, page, strings, room.engine, graphics)

    chores = Interval(CHORES_MS)

    def step(now_ms: float, visible: bool) -> None:
        visible = visible or window.is_open or recording.is_running
        own.hear(room.own_level)
        look.step(now_ms)
        room.step(now_ms, visible)
        feed.step(now_ms, next(iter(room.engine.remotes), None))
        if chores.is_due(now_ms):
            prejoin.step(now_ms, visible)
            controls.step(now_ms)
            has_camera = room.is_running and face_capture.motion.camera is not None
            raises_hand = palm.step(room.gestures, now_ms, has_camera=has_camera)
            people.step(now_ms, raises_hand=raises_hand)
            if visible:
                expression.step()
                picture.step(now_ms)
                stages.favour(room.floor)
                stages.give_turn(room.neural_peer)
                is_wanted = room.reaches_anybody and graphics.is_model_wanted
                neural.step(is_wanted)
                served.step(is_wanted)
        window.step()
        recording.step(now_ms)

    async def arrive() -> None:
        """Enters as whom the person goes as: others are to see nobody else first."""
        restoring = asyncio.ensure_future(portrait.restore())
        if PortraitChoice.is_kept(storage):
            await asyncio.wait({restoring}, timeout=RESTORING_S)
        room.enter()
        await restoring

    tell_stages(site, page, ports.clock, face_capture, own, ROOM_RANK)
    ticker = await start_page(site, page, report, step, graphics.most_hz, room)
    background.run(arrive())
    return ticker
