"""The page ``room-v3``: a call between two people."""

from __future__ import annotations

import asyncio
import functools
import random
import secrets
from typing import Any

from persona_core import __version__
from persona_core.call.engine import CallEngine, CallStatus, Phase
from persona_core.call.invitation import Invitation, parse_invitation
from persona_core.call.notices import SERVER_AWAY, Notice
from persona_core.call.ports import CallPorts
from persona_core.call.room import RoomState
from persona_core.errors import InvitationError, StyleError
from persona_core.face.params import FaceParams
from persona_web.bridge.canvas import DrawingCanvas
from persona_web.bridge.clock import BrowserClock, BrowserScheduler
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.peer import BrowserPeers
from persona_web.bridge.sealing import BrowserSealer
from persona_web.bridge.site import Site
from persona_web.bridge.socket import BrowserSockets
from persona_web.bridge.storage import BrowserStorage
from persona_web.bridge.ticker import Ticker
from persona_web.peer_view import PeerView
from persona_web.recorder import Recorder
from persona_web.report import PageMeters, base_report, call_report, to_json
from persona_web.studio import Studio
from persona_web.ui.call_view import CallActions, CallView, Scene, scene_of
from persona_web.ui.figures import Figures

SEND_INTERVAL_MS = 28.0
"""A little under 1/30 s: a 30 Hz tracker's every frame goes out, a faster one's does not."""


async def browser_ports(site: Site) -> CallPorts:
    """The ports of a call in this browser."""
    return CallPorts(
        sockets=BrowserSockets(),
        peers=await BrowserPeers.load(site),
        derive_sealer=functools.partial(BrowserSealer.derive, site),
        clock=BrowserClock(),
        scheduler=BrowserScheduler(),
        token_bytes=secrets.token_bytes,
        random=random.random,
    )


class RoomPage:
    """Everything of ``room-v3`` that moves."""

    def __init__(
        self, site: Site, page: Page, ports: CallPorts, studio: Studio, stage: DrawingCanvas
    ) -> None:
        self._site = site
        self._page = page
        self._studio = studio
        self._stage = stage
        self._clock = ports.clock
        self._strings = Strings()
        self._meters = PageMeters(ports.clock)
        self._recorder = Recorder()
        self._figures = Figures(page, self._strings)
        self._peer_view: PeerView | None = None
        self._notice: Notice | None = None
        self._sent_ms = 0.0
        self._sent_face_ms = 0.0
        self._ticker: Ticker | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._view = CallView(
            page, self._strings, CallActions(self._leave, self._rejoin, self._copy_link)
        )
        self._engine = CallEngine(ports, site.signaling_url, self._call_changed, app=__version__)
        self._engine.set_avatar(studio.character.style.to_dict())
        page.on_fragment(self._rejoin)
        page.on_leave(self._engine.leave)
        page.on_return(page.reload)
        page.on_online(self._engine.retry_now)
        page.publish("report", self._report)
        page.publish("record", self._recorder.start)
        page.publish("recorded", lambda: to_json(self._recorder.tapes()))

    @classmethod
    async def open(cls, site: Site) -> RoomPage:
        """Makes the page usable, enters the room and starts the heartbeat."""
        page = Page()
        drawing, ports = await asyncio.gather(site.load("render/canvas2d.js"), browser_ports(site))
        own = DrawingCanvas(drawing, page.element("self"))
        studio = await Studio.open(site, page, BrowserStorage(), own)
        room = cls(site, page, ports, studio, DrawingCanvas(drawing, page.element("peer")))
        await room._start()
        return room

    async def _start(self) -> None:
        self._ticker = await Ticker.load(self._site, self._tick)
        self._site.ready()
        self._rejoin()

    def _rejoin(self) -> None:
        try:
            invitation = parse_invitation(self._page.fragment)
        except InvitationError as error:
            self._engine.leave()
            self._view.show(Scene.ENDED, error.code)
            return
        self._enter(invitation)

    def _enter(self, invitation: Invitation) -> None:
        self._view.set_link(invitation.link(self._page.address))
        self._studio.resume(default="camera")
        self._engine.join(invitation)

    def _leave(self) -> None:
        self._engine.leave()
        self._studio.rest()

    def _copy_link(self) -> None:
        task = asyncio.ensure_future(self._copy())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _copy(self) -> None:
        copied = await self._page.copy(self._view.link)
        if not copied:
            self._view.select_link()
        key = "room.link-copied" if copied else "error.clipboard-failed"
        self._site.notify(self._strings.text(key))

    def _call_changed(self, status: CallStatus, notice: Notice | None) -> None:
        ended_by = status.notice if status.phase is Phase.ENDED else None
        self._view.show(scene_of(status), None if ended_by is None else ended_by.code.value)
        if ended_by is not None:
            self._studio.rest()
        elif notice is not None:
            self._notice = notice
            self._site.notify(self._strings.text(f"error.{notice.code.value}"))
        elif self._notice_over(status):
            self._notice = None
            self._site.unnotify()
        self._follow_peer()

    def _notice_over(self, status: CallStatus) -> bool:
        """Whether what was last told, that the server is away, is true no more."""
        return (
            self._notice is not None
            and self._notice.code in SERVER_AWAY
            and status.signaling is RoomState.JOINED
        )

    def _follow_peer(self) -> None:
        remote = next(iter(self._engine.remotes), None)
        if remote is None:
            self._peer_view = None
            return
        if self._peer_view is None or self._peer_view.remote is not remote:
            self._peer_view = PeerView(self._stage, remote)

    def _tick(self, now_ms: float, visible: bool) -> None:
        with self._meters.frame(now_ms):
            self._send(self._studio.tick(now_ms, visible=visible), now_ms)
            if visible and self._peer_view is not None:
                self._draw_peer(self._peer_view, now_ms)
        if visible and self._figures.is_due(now_ms):
            stats = None if self._peer_view is None else self._peer_view.remote.stats
            tracking_fps = self._studio.motion.tracking.rate(now_ms)
            self._figures.show(self._meters.frames.rate(now_ms), tracking_fps, stats)

    def _draw_peer(self, view: PeerView, now_ms: float) -> None:
        try:
            view.dress()
        except StyleError as error:
            self._site.notify(self._strings.text(f"error.{error.code}"))
        self._recorder.add("received", now_ms, view.draw(now_ms))

    def _send(self, face: FaceParams, now_ms: float) -> None:
        if face.time_ms == self._sent_face_ms or now_ms - self._sent_ms < SEND_INTERVAL_MS:
            return
        self._sent_face_ms = face.time_ms
        self._sent_ms = now_ms
        if self._engine.send_params(face):
            self._recorder.add("sent", now_ms, face)

    def _report(self) -> str:
        now_ms = self._clock.now_ms()
        report: dict[str, Any] = base_report(self._site.timings, self._meters, self._studio, now_ms)
        return to_json(report | {"call": call_report(self._engine)})
