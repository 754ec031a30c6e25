"""``CallEngine``: a call as the page sees it. Runs the machines of this package over the ports.

One engine serves one page. :meth:`CallEngine.join` enters a room, :meth:`CallEngine.leave`
leaves it; in between the engine keeps the line to the server and the links to the peers up by
itself. Nothing that comes from the network raises into the page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from persona_core.call.invitation import Invitation
from persona_core.call.keys.identity import Identity
from persona_core.call.keys.key_ring import KeyRing
from persona_core.call.local_state import LocalState
from persona_core.call.notices import HAPPENED, TRIED_AGAIN, Notice, NoticeCode
from persona_core.call.peer.peer_connection import PeerConnection
from persona_core.call.peer.peer_machine import PeerEvent, PeerState
from persona_core.call.peer_choices import PeerChoice, PeerChoices
from persona_core.call.ports import CallPorts
from persona_core.call.remote_peer import RemotePeer
from persona_core.call.signaling.ice_setup import IceSetup
from persona_core.call.signaling.signaling_client import RoomMessage, SignalingClient
from persona_core.call.signaling.signaling_machine import SignalingState
from persona_core.call.status import CallStatus, PeerStatus, Phase
from persona_core.face.emotions import Emotion
from persona_core.face.params import FaceParams
from persona_core.wire import codec
from persona_core.wire.control import AvatarDict, ControlMessage
from persona_core.wire.signaling import (
    MAX_ROOM_SIZE,
    PROTOCOL_VERSION,
    AskIceServers,
    ClientMessage,
    IceServers,
    Join,
    Member,
    PeerJoined,
    PeerLeft,
    Reject,
    Relay,
    RelayFrame,
    Welcome,
)

__all__ = ["CallEngine", "CallListener", "CallStatus", "PeerStatus", "Phase"]

LOGGER = logging.getLogger(__name__)

MAX_SESSIONS: Final = 64
"""Peers remembered at once, gone ones included; a server that invents more is not believed."""

CallListener = Callable[[CallStatus, Notice | None], None]
"""Called with each new snapshot, and with the notice where there is one to show."""


class CallEngine:
    """A call over the given ports. Needs a running asyncio event loop.

    Attributes:
        audio: our voice, an opaque handle of the platform; set by :meth:`set_audio`.
    """

    def __init__(
        self,
        ports: CallPorts,
        signaling_url: str,
        listener: CallListener,
        *,
        app: str = "",
        wants_portraits: bool = False,
        room_size: int = MAX_ROOM_SIZE,
    ) -> None:
        """
        Args:
            ports: the world.
            signaling_url: ``ws:`` or ``wss:`` address of the signaling server.
            listener: hears changes and notices; it may call any method of the engine.
            app: this page's version, told to peers for their reports.
            wants_portraits: whether the page shows portraits; else they are not fetched.
            room_size: how many people the page can show, the own person included.
        """
        self._ports = ports
        self._url = signaling_url
        self._listener = listener
        self._wants_portraits = wants_portraits
        self._room_size = room_size
        self._own = LocalState(app)
        self._watched = True
        self._ice = IceSetup(ports, self._ask_ice_servers)
        self._phase = Phase.OUTSIDE
        self._notice: Notice | None = None
        self._refusal: Notice | None = None
        self._identity: Identity | None = None
        self._order = 0
        self._relay_bytes = 0
        self._line: SignalingClient | None = None
        self._keys: KeyRing | None = None
        self._entering: asyncio.Task[None] | None = None
        self._sessions: dict[str, PeerConnection] = {}
        self._choices = PeerChoices()
        self._nudged = False
        self._no_webrtc_told = False
        self.audio: object | None = None
        self._status = self._snapshot()

    @property
    def status(self) -> CallStatus:
        """The present snapshot."""
        return self._status

    @property
    def remotes(self) -> tuple[RemotePeer, ...]:
        """The peers who are there, in the order in which they were first seen."""
        return tuple(session.remote for session in self._present())

    def join(self, invitation: Invitation, identity: Identity | None = None) -> None:
        """Enters a room; leaves the one before. What comes of it is told to the listener.

        Args:
            identity: who we are, to return as the same peer after a reload; None: somebody new.
        """
        self._end(None)
        key = self._ports.crypto.signer.public
        identity = identity or Identity.create(key, self._ports.token_bytes)
        self._identity = identity
        self._phase, self._notice = Phase.ENTERING, None
        self._entering = asyncio.get_running_loop().create_task(self._enter(invitation, identity))
        self._changed()

    def leave(self, *, returning: bool = False) -> None:
        """Leaves the room and says so to everybody. Harmless outside.

        Args:
            returning: the page is being loaded anew or closed: the peers wait for us for a
                while, and the server keeps our seat.
        """
        if self._phase in (Phase.ENTERING, Phase.INSIDE):
            self._end(None, returning=returning)
            self._changed()

    @property
    def identity(self) -> Identity | None:
        """Who we are in the room; None before the first one."""
        return self._identity

    def network_changed(self) -> None:
        """The device is online again, has another network, or woke up: nothing is waited for."""
        self._nudged = True
        if self._line is not None:
            self._line.probe()
        self._nudge()

    def send_params(self, params: FaceParams) -> int:
        """Encodes once and sends to every peer for whom it is time.

        The caller sends each face once, about 30 times a second; the rate towards each peer is
        adapted here (:class:`~persona_core.call.media.wire_rate.WireRate`).

        Returns:
            how many peers it was sent to.
        """
        frame, now_ms = codec.encode_frame(params, 0), self._ports.clock.now_ms()
        return sum(session.send_frame(frame, now_ms) for session in self._sessions.values())

    def set_avatar(self, avatar: AvatarDict) -> None:
        """Says how we look, to those who are there and to those who come.

        Raises:
            ControlError: the description is no JSON or too long to be sent; the old one stays.
        """
        self._tell(self._own.wear(avatar))

    def set_portrait(self, portrait: bytes | None) -> None:
        """Wears a portrait over the drawn avatar, for peers whose pages show portraits.

        Args:
            portrait: 1..400,000 bytes, handed over as they are; None takes it off.

        Raises:
            ControlError: ``portrait-too-large``; the old one stays.
        """
        told = self._own.wear_portrait(portrait)
        for session in self._sessions.values():
            session.control_channel.wear(self._own.portrait)
        self._tell(told)

    def set_emotion(self, emotion: Emotion | None, intensity: float = 1.0) -> None:
        """Names the emotion we have put on, to those who are there and to those who come.

        The frames must show it by themselves; ``intensity`` lies in [0, 1].
        """
        self._tell(self._own.feel(emotion, intensity))

    def set_audio(self, track: object | None) -> None:
        """Sends this voice, an opaque handle of the platform, to everybody from now on."""
        self.audio = track
        for session in self._sessions.values():
            session.set_audio(track)

    def set_muted(self, muted: bool) -> None:
        """Says whether we can be heard, to those who are there and to those who come."""
        self._tell(self._own.mute(muted))

    def set_watched(self, watched: bool) -> None:
        """Says whether our page can be seen: the peers send fewer frames to a hidden one."""
        self._watched = watched

    def choose_for(self, peer: str, **changes: bool) -> bool:
        """Mutes, hides or blocks a person on this page, or takes it back.

        It holds for the person, whatever page or seat of theirs comes next, until we leave.

        Args:
            peer: one who is there, or is blocked.
            changes: fields of :class:`~persona_core.call.peer_choices.PeerChoice`.

        Returns:
            Whether it is known who that is; False for a moment after somebody came.
        """
        chosen = self._sessions.get(peer)
        if chosen is None or chosen.sealed.signing_key is None:
            return False
        choice = self._choices.change(chosen.sealed.signing_key, **changes)
        for session in list(self._sessions.values()):
            if session.sealed.signing_key == chosen.sealed.signing_key:
                session.choose(choice)
        return True

    @property
    def blocked(self) -> tuple[str, ...]:
        """The ids of the peers who are blocked."""
        sessions = self._sessions.items()
        return tuple(peer for peer, session in sessions if session.remote.choice.blocked)

    def set_relay_only(self, relay_only: bool) -> None:
        """Connects through TURN servers only, which hides our addresses from the peers."""
        if self._ice.hide_address(relay_only):
            for session in self._sessions.values():
                session.rebuild()

    # For the line and the sessions

    @property
    def relays(self) -> bool:
        return self._relay_bytes > 0 and self._line is not None and self._line.is_open

    def on_room_message(self, message: RoomMessage) -> None:
        match message:
            case Welcome():
                self._welcomed(message)
            case PeerJoined():
                self._saw(message, PeerEvent.APPEARED)
            case PeerLeft(peer):
                self._with(peer, lambda session: session.meet(PeerEvent.DEPARTED))
            case Relay(peer=peer):
                self._with(peer, lambda session: session.deliver(message))
            case Reject(peer=peer):
                self._with(peer, PeerConnection.reject)
            case IceServers():
                self._ice.take(message)

    def on_relay_frame(self, frame: RelayFrame) -> None:
        self._with(frame.peer, lambda session: session.deliver_frame(frame.payload))

    def on_line_changed(self) -> None:
        if self._line is None:
            return
        if not self._line.is_open:
            for session in self._sessions.values():
                session.go_offline()
        self._changed()

    def on_line_notice(self, notice: Notice) -> None:
        if self._line is not None and self._line.state is SignalingState.REFUSED:
            self._refusal = notice
        self._end_if_cut_off()
        self._changed(notice)

    def send_signal(self, message: ClientMessage) -> bool:
        return self._line is not None and self._line.send(message)

    def send_relay(self, frame: RelayFrame) -> bool:
        if self._line is None or len(frame.payload) > self._relay_bytes:
            return False
        return self._line.send_frame(frame)

    def greeting(self) -> tuple[ControlMessage, ...]:
        return self._own.greeting()

    def is_watched(self) -> bool:
        return self._watched

    def choice_of(self, signing_key: bytes) -> PeerChoice:
        return self._choices.of(signing_key)

    def on_device_busy(self) -> None:
        for session in self._sessions.values():
            session.be_patient()

    def on_peer_changed(self, session: PeerConnection) -> None:
        if self._sessions.get(session.remote.peer_id) is session:
            self._end_if_cut_off()
            self._changed()

    def on_peer_notice(self, session: PeerConnection, code: NoticeCode) -> None:
        if code is NoticeCode.NO_WEBRTC:
            self._notice_no_webrtc()
            return
        notice = Notice(code, session.remote.peer_id)
        if code is NoticeCode.WRONG_SECRET and session.link.polite:
            # The later joiner leaves when nobody it met shares its secret; the others stay.
            if all(other.link.state is PeerState.BARRED for other in self._present()):
                self._end(notice)
        self._changed(notice)

    def _notice_no_webrtc(self) -> None:
        """Of our own browser, so once is enough."""
        if not self._no_webrtc_told:
            self._no_webrtc_told = True
            self._changed(Notice(NoticeCode.NO_WEBRTC))

    # Inside

    async def _enter(self, invitation: Invitation, identity: Identity) -> None:
        try:
            self._keys = await KeyRing.create(self._ports, invitation, identity)
        except Exception as error:  # whatever the platform's cryptography raises
            LOGGER.exception("no key")
            notice = Notice(NoticeCode.SEALING_FAILED, detail=str(error)[:200])
            self._end(notice)
            self._changed(notice)
            return
        join = Join(
            PROTOCOL_VERSION,
            invitation.room,
            identity.peer,
            identity.token,
            identity.claim,
            self._keys.key_package,
            self._keys.life,
            self._room_size,
            invitation.token,
        )
        self._line = SignalingClient(self._ports, self._url, join, self)
        self._line.join()

    def _welcomed(self, welcome: Welcome) -> None:
        self._order = welcome.order
        self._relay_bytes = welcome.limits.relay_bytes
        self._phase = Phase.INSIDE
        self._ice.take(welcome.ice)
        if self._notice is not None and self._notice.code in TRIED_AGAIN:
            self._notice = None
        there = {member.peer for member in welcome.peers}
        for peer, session in list(self._sessions.items()):
            if peer not in there:
                session.meet(PeerEvent.MISSING)
        for member in welcome.peers:
            self._saw(member, PeerEvent.MET)
        if self._nudged:
            self._nudge()
        self._changed()

    def _nudge(self) -> None:
        """Renews what runs, once the server can be reached for it."""
        if self._line is None or not self._line.is_open:
            return
        self._nudged = False
        for session in list(self._sessions.values()):
            session.nudge()

    def _ask_ice_servers(self) -> None:
        self.send_signal(AskIceServers())

    def _saw(self, member: Member | PeerJoined, event: PeerEvent) -> None:
        session = self._sessions.get(member.peer) or self._open_session(member.peer)
        if session is not None:
            polite = self._order > member.order
            session.introduce(member.life, member.key_package, polite=polite)
            session.meet(event)

    def _open_session(self, peer: str) -> PeerConnection | None:
        if self._keys is None or self._line is None or self._identity is None:
            return None  # the listener has left meanwhile
        if len(self._sessions) >= MAX_SESSIONS:
            self._forget_one()
        if peer == self._identity.peer or len(self._sessions) >= MAX_SESSIONS:
            return None
        session = PeerConnection(
            self._ports, self, self._keys.introduce, peer, wants_portraits=self._wants_portraits
        )
        session.control_channel.wear(self._own.portrait)
        self._sessions[peer] = session
        return session

    def _forget_one(self) -> None:
        for peer, session in self._sessions.items():
            if session.link.state is PeerState.IDLE:
                session.close()
                del self._sessions[peer]
                return

    def _tell(self, message: ControlMessage) -> None:
        for session in self._sessions.values():
            session.say(message)

    def _with(self, peer: str, act: Callable[[PeerConnection], None]) -> None:
        session = self._sessions.get(peer)
        if session is not None:
            act(session)

    def _end_if_cut_off(self) -> None:
        """A refusal ends the call, but not the connections that run without the server."""
        running = any(session.is_running for session in self._sessions.values())
        if self._refusal is not None and not running:
            self._end(self._refusal)

    def _end(self, notice: Notice | None, *, returning: bool = False) -> None:
        """Takes everything down; ``notice`` is the reason if it was not the person's wish."""
        if self._phase is not Phase.OUTSIDE:
            self._phase = Phase.ENDED
        self._notice, self._refusal = notice, None
        self._choices = PeerChoices()
        self._nudged = False
        self._ice.stop()
        sessions, self._sessions = self._sessions, {}
        line, self._line = self._line, None
        entering, self._entering = self._entering, None
        if entering is not None and entering is not asyncio.current_task():
            entering.cancel()
        for session in sessions.values():
            session.close(returning=returning)
        if line is not None:
            (line.abandon if returning else line.leave)()

    def _present(self) -> list[PeerConnection]:
        return [
            session
            for session in self._sessions.values()
            if session.link.state is not PeerState.IDLE
        ]

    def _changed(self, notice: Notice | None = None) -> None:
        if notice is not None:
            self._notice = notice
        elif self._phase is Phase.INSIDE and self._is_over(self._notice):
            self._notice = None
        present = self._present()
        for session in present:
            session.rate.peers = len(present)
        status = self._snapshot()
        if status != self._status or notice is not None:
            self._status = status
            self._listener(status, notice)

    def _is_over(self, notice: Notice | None) -> bool:
        """Whether what was told of a peer is true no more."""
        if notice is None or notice.peer is None or notice.code in HAPPENED:
            return False
        session = self._sessions.get(notice.peer)
        if session is None or session.link.state is PeerState.IDLE:
            return True
        failed = notice.code is NoticeCode.CONNECTION_FAILED
        return failed and session.remote.path is not None

    def _snapshot(self) -> CallStatus:
        return CallStatus(
            phase=self._phase,
            signaling=SignalingState.IDLE if self._line is None else self._line.state,
            peers=tuple(
                PeerStatus(
                    remote.peer_id,
                    remote.quality,
                    remote.path,
                    remote.audio,
                    remote.code,
                    remote.choice,
                )
                for remote in (session.remote for session in self._present())
            ),
            notice=self._notice,
        )
