"""``CallEngine``: a call as the page sees it. Runs the machines of this package over the ports.

One engine serves one page. :meth:`CallEngine.join` enters a room, :meth:`CallEngine.leave`
leaves it; in between the engine keeps the line to the server and the links to the peers up by
itself. Nothing that comes from the network raises into the page.
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable
from typing import Final

from persona_core.call import codec
from persona_core.call.control import (
    Avatar,
    AvatarDict,
    ControlMessage,
    EmotionChange,
    Hello,
    encode_control,
)
from persona_core.call.invitation import Invitation
from persona_core.call.link import LinkEvent, LinkState
from persona_core.call.notices import Notice, NoticeCode
from persona_core.call.peer_session import PeerSession
from persona_core.call.ports import CallPorts
from persona_core.call.remote import BARE_FACE, RemotePeer
from persona_core.call.room import RoomState
from persona_core.call.sealing import KEY_SALT, Envelope, key_info
from persona_core.call.signaling import (
    PROTOCOL_VERSION,
    ClientMessage,
    Join,
    PeerJoined,
    PeerLeft,
    Reject,
    Relay,
    Welcome,
)
from persona_core.call.signaling_line import RoomMessage, SignalingLine
from persona_core.call.status import CallStatus, PeerStatus, Phase
from persona_core.face.emotions import Emotion
from persona_core.face.params import FaceParams

__all__ = ["CallEngine", "CallListener", "CallStatus", "PeerStatus", "Phase"]

LOGGER = logging.getLogger(__name__)

MAX_SESSIONS: Final = 64
"""Peers remembered at once, gone ones included; a server that invents more is not believed."""
ID_BYTES: Final = 12
TOKEN_BYTES: Final = 16


CallListener = Callable[[CallStatus, Notice | None], None]
"""Called with each new snapshot, and with the notice where there is one to show."""


class CallEngine:
    """A call over the given ports. Needs a running asyncio event loop.

    Args:
        ports: the world.
        signaling_url: ``ws:`` or ``wss:`` address of the signaling server.
        listener: hears changes and notices; it may call any method of the engine.
        app: this page's version, told to peers for their reports.
    """

    def __init__(
        self, ports: CallPorts, signaling_url: str, listener: CallListener, *, app: str = ""
    ) -> None:
        self._ports = ports
        self._url = signaling_url
        self._listener = listener
        self._app = app
        self._avatar: AvatarDict = {}
        self._emotion = BARE_FACE
        self._sequence = 0
        self._phase = Phase.OUTSIDE
        self._notice: Notice | None = None
        self._refusal: Notice | None = None
        self._me = ""
        self._order = 0
        self._line: SignalingLine | None = None
        self._envelope: Envelope | None = None
        self._entering: asyncio.Task[None] | None = None
        self._sessions: dict[str, PeerSession] = {}
        self._status = self._snapshot()

    @property
    def status(self) -> CallStatus:
        """The present snapshot."""
        return self._status

    @property
    def remotes(self) -> tuple[RemotePeer, ...]:
        """The peers who are there, in the order in which they were first seen."""
        return tuple(session.remote for session in self._present())

    def join(self, invitation: Invitation) -> None:
        """Enters a room; leaves the one before. What comes of it is told to the listener."""
        self._end(None)
        self._me = self._random_id(ID_BYTES)
        self._phase, self._notice = Phase.ENTERING, None
        self._entering = asyncio.get_running_loop().create_task(self._enter(invitation))
        self._changed()

    def leave(self) -> None:
        """Leaves the room and says so to everybody. Harmless outside."""
        if self._phase in (Phase.ENTERING, Phase.INSIDE):
            self._end(None)
            self._changed()

    def retry_now(self) -> None:
        """Tries again at once where a wait is running, e.g. when the device is online again."""
        if self._line is not None:
            self._line.retry_now()

    def send_params(self, params: FaceParams) -> int:
        """Encodes once and sends to every open link. Returns how many peers it was sent to.

        The caller keeps the rate; about 30 a second is plenty.
        """
        data = codec.encode_frame(params, self._sequence)
        self._sequence = (self._sequence + 1) % codec.SEQUENCE_MODULUS
        return sum(session.send_frame(data) for session in self._sessions.values())

    def set_avatar(self, avatar: AvatarDict) -> None:
        """Says how we look, to those who are there and to those who come.

        Raises:
            ControlError: the description is no JSON or too long to be sent; the old one stays.
        """
        encode_control(Hello(codec.VERSION, self._app, avatar))
        self._avatar = avatar
        self._tell(Avatar(avatar))

    def set_emotion(self, emotion: Emotion | None, intensity: float = 1.0) -> None:
        """Names the emotion we have put on, to those who are there and to those who come.

        The frames must show it by themselves; ``intensity`` lies in [0, 1].
        """
        self._emotion = EmotionChange(emotion, intensity)
        self._tell(self._emotion)

    # For the line and the sessions

    def on_room_message(self, message: RoomMessage) -> None:
        match message:
            case Welcome():
                self._welcomed(message)
            case PeerJoined(peer, order):
                self._saw(peer, order, LinkEvent.APPEARED)
            case PeerLeft(peer):
                self._with(peer, lambda session: session.meet(LinkEvent.DEPARTED))
            case Relay(peer=peer):
                self._with(peer, lambda session: session.deliver(message))
            case Reject(peer=peer):
                self._with(peer, PeerSession.reject)

    def on_line_changed(self) -> None:
        if self._line is None:
            return
        if not self._line.is_open:
            for session in self._sessions.values():
                session.go_offline()
        self._changed()

    def on_line_notice(self, notice: Notice) -> None:
        if self._line is not None and self._line.state is RoomState.REFUSED:
            self._refusal = notice
        self._end_if_cut_off()
        self._changed(notice)

    def send_signal(self, message: ClientMessage) -> bool:
        return self._line is not None and self._line.send(message)

    def greeting(self) -> tuple[ControlMessage, ...]:
        hello = Hello(codec.VERSION, self._app, self._avatar)
        return (hello,) if self._emotion == BARE_FACE else (hello, self._emotion)

    def on_peer_changed(self, session: PeerSession) -> None:
        if self._sessions.get(session.remote.peer_id) is session:
            self._end_if_cut_off()
            self._changed()

    def on_peer_notice(self, session: PeerSession, code: NoticeCode) -> None:
        notice = Notice(code, session.remote.peer_id)
        if code is NoticeCode.WRONG_SECRET and session.link.polite:
            # The later joiner leaves when nobody it met shares its secret; the others stay.
            if all(other.link.state is LinkState.BARRED for other in self._present()):
                self._end(notice)
        self._changed(notice)

    # Inside

    async def _enter(self, invitation: Invitation) -> None:
        try:
            sealer = await self._ports.derive_sealer(
                invitation.secret, KEY_SALT, key_info(invitation.room)
            )
        except Exception as error:  # whatever the platform's cryptography raises
            LOGGER.exception("no key")
            notice = Notice(NoticeCode.SEALING_FAILED, detail=str(error)[:200])
            self._end(notice)
            self._changed(notice)
            return
        self._envelope = Envelope(sealer, invitation.room, self._me)
        join = Join(PROTOCOL_VERSION, invitation.room, self._me, self._random_id(TOKEN_BYTES))
        self._line = SignalingLine(self._ports, self._url, join, self)
        self._line.join()

    def _welcomed(self, welcome: Welcome) -> None:
        self._order = welcome.order
        self._phase = Phase.INSIDE
        there = {member.peer for member in welcome.peers}
        for peer, session in list(self._sessions.items()):
            if peer not in there:
                session.meet(LinkEvent.MISSING)
        for member in welcome.peers:
            self._saw(member.peer, member.order, LinkEvent.MET)
        self._changed()

    def _saw(self, peer: str, order: int, event: LinkEvent) -> None:
        session = self._sessions.get(peer) or self._open_session(peer)
        if session is not None:
            session.meet(event, polite=self._order > order)

    def _open_session(self, peer: str) -> PeerSession | None:
        if self._envelope is None or self._line is None:
            return None  # the listener has left meanwhile
        if len(self._sessions) >= MAX_SESSIONS:
            self._forget_one()
        if peer == self._me or len(self._sessions) >= MAX_SESSIONS:
            return None
        session = PeerSession(self._ports, self, self._envelope, peer)
        self._sessions[peer] = session
        return session

    def _forget_one(self) -> None:
        for peer, session in self._sessions.items():
            if session.link.state is LinkState.IDLE:
                session.close()
                del self._sessions[peer]
                return

    def _tell(self, message: ControlMessage) -> None:
        for session in self._sessions.values():
            session.send_control(message)

    def _with(self, peer: str, act: Callable[[PeerSession], None]) -> None:
        session = self._sessions.get(peer)
        if session is not None:
            act(session)

    def _end_if_cut_off(self) -> None:
        """A refusal ends the call, but not the connections that run without the server."""
        running = any(session.is_running for session in self._sessions.values())
        if self._refusal is not None and not running:
            self._end(self._refusal)

    def _end(self, notice: Notice | None) -> None:
        """Takes everything down; ``notice`` is the reason if it was not the person's wish."""
        if self._phase is not Phase.OUTSIDE:
            self._phase = Phase.ENDED
        self._notice, self._refusal = notice, None
        sessions, self._sessions = self._sessions, {}
        line, self._line = self._line, None
        entering, self._entering = self._entering, None
        if entering is not None and entering is not asyncio.current_task():
            entering.cancel()
        for session in sessions.values():
            session.close()
        if line is not None:
            line.leave()

    def _present(self) -> list[PeerSession]:
        return [
            session
            for session in self._sessions.values()
            if session.link.state is not LinkState.IDLE
        ]

    def _changed(self, notice: Notice | None = None) -> None:
        if notice is not None:
            self._notice = notice
        status = self._snapshot()
        if status != self._status or notice is not None:
            self._status = status
            self._listener(status, notice)

    def _snapshot(self) -> CallStatus:
        return CallStatus(
            phase=self._phase,
            signaling=RoomState.IDLE if self._line is None else self._line.state,
            peers=tuple(
                PeerStatus(session.remote.peer_id, session.remote.quality)
                for session in self._present()
            ),
            notice=self._notice,
        )

    def _random_id(self, count: int) -> str:
        return base64.urlsafe_b64encode(self._ports.token_bytes(count)).rstrip(b"=").decode()
