"""A call on a room page: the engine, the words for its state, the peer on the stage.

Every phase's room has it; what a page adds is around it.
"""

from __future__ import annotations

import functools
import random
import secrets
from collections.abc import Callable

from persona_core import __version__
from persona_core.avatar.style import AvatarStyle
from persona_core.call.engine import CallEngine, CallStatus, Phase
from persona_core.call.invitation import Invitation, parse_invitation
from persona_core.call.notices import SERVER_AWAY, Notice
from persona_core.call.ports import CallPorts
from persona_core.call.remote import RemotePeer
from persona_core.call.room import RoomState
from persona_core.errors import InvitationError, StyleError
from persona_web.bridge.clock import BrowserClock, BrowserScheduler
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.peer import BrowserPeers
from persona_web.bridge.sealing import BrowserSealer
from persona_web.bridge.site import Site
from persona_web.bridge.socket import BrowserSockets
from persona_web.call_report import call_report
from persona_web.face_sender import FaceSender
from persona_web.peer_view import PeerView
from persona_web.recorder import Recorder
from persona_web.render.avatar import Avatar
from persona_web.report import PageReport, to_json
from persona_web.studio import Studio
from persona_web.ui.call_view import CallActions, CallView, Scene, scene_of
from persona_web.ui.copy_button import CopyButton
from persona_web.ui.figures import Figures


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


class CallRoom:
    """The call, from the link in the page's address to the end.

    Attributes:
        engine: the call itself, for what a page wants to tell the peer.
        peer: the one on the stage; None while there is nobody.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        ports: CallPorts,
        studio: Studio,
        report: PageReport,
        make_avatar: Callable[[RemotePeer], Avatar],
    ) -> None:
        """
        Args:
            studio: whose face is sent, in whose style.
            report: gets the call's section.
            make_avatar: makes what shows a peer who has just come, in
                :data:`~persona_web.peer_view.UNKNOWN_STYLE`.
        """
        self._site = site
        self._page = page
        self._studio = studio
        self._make_avatar = make_avatar
        self._strings = Strings()
        self._recorder = Recorder()
        self._figures = Figures(page, self._strings, report.meters.frames, studio.motion.tracking)
        self._notice: Notice | None = None
        self.peer: PeerView | None = None
        self._view = CallView(page, self._strings, CallActions(self.leave, self.enter))
        CopyButton(
            site,
            page,
            "copy-link",
            "invite-link",
            copied="room.link-copied",
            failed="error.clipboard-failed",
        )
        self.engine = CallEngine(ports, site.signaling_url, self._call_changed, app=__version__)
        self.engine.set_avatar(studio.style.to_dict())
        self._sender = FaceSender(self.engine.send_params)
        page.on_fragment(self.enter)
        page.on_leave(self.engine.leave)
        page.on_return(page.reload)
        page.on_online(self.engine.retry_now)
        page.publish("record", self._recorder.start)
        page.publish("recorded", lambda: to_json(self._recorder.tapes()))
        report.add("call", lambda _now_ms: call_report(self.engine))

    def enter(self) -> None:
        """Enters the room that the page's address names; a bad link is said on the page."""
        try:
            invitation = parse_invitation(self._page.fragment)
        except InvitationError as error:
            self.engine.leave()
            self._view.show(Scene.ENDED, error.code)
            return
        self._enter(invitation)

    def leave(self) -> None:
        """Ends the call and rests the camera."""
        self.engine.leave()
        self._studio.rest()

    def choose(self, style: AvatarStyle) -> None:
        """Wears another style from now on, here and before the peer.

        Raises:
            ControlError: its description is too long to be sent; the old style stays.
        """
        self.engine.set_avatar(style.to_dict())
        self._studio.choose(style)

    def step(self, now_ms: float, visible: bool) -> None:
        """One frame: the own face is shown and sent, the peer's is shown."""
        face = self._studio.step(now_ms, visible)
        if self._sender.offer(face, now_ms):
            self._recorder.add("sent", now_ms, face)
        if not visible:
            return
        if self.peer is not None:
            self._draw(self.peer, now_ms)
        self._figures.step(now_ms, None if self.peer is None else self.peer.remote)

    def _enter(self, invitation: Invitation) -> None:
        self._view.set_link(invitation.link(self._page.address))
        self._studio.resume(default="camera")
        self.engine.join(invitation)

    def _draw(self, peer: PeerView, now_ms: float) -> None:
        try:
            peer.dress()
        except StyleError as error:
            self._site.notify(self._strings.text(f"error.{error.code}"))
        self._recorder.add("received", now_ms, peer.draw(now_ms))

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
        remote = next(iter(self.engine.remotes), None)
        if remote is None:
            self.peer = None
        elif self.peer is None or self.peer.remote is not remote:
            self.peer = PeerView(self._make_avatar(remote), remote)
