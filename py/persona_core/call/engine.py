"""``CallEngine``: a call as the page sees it. Runs the machines of this package over the ports.

One engine serves one page. :meth:`CallEngine.join` enters a room, :meth:`CallEngine.leave`
leaves it; in between the engine keeps up the connections to the server and to the peers by
itself. Nothing that comes from the network raises into the page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from persona_core.call.invitation import Invitation
from persona_core.call.keys.founding import Founding
from persona_core.call.keys.identity import Identity
from persona_core.call.keys.key_ring import KeyRing
from persona_core.call.local_state import LocalState
from persona_core.call.notices import HAPPENED, TRIED_AGAIN, Notice, NoticeCode
from persona_core.call.peer.introduction import Introduce
from persona_core.call.peer.peer_connection import PeerConnection
from persona_core.call.peer.peer_machine import PeerEvent, PeerState
from persona_core.call.peer_choices import PeerChoice
from persona_core.call.people.people import People
from persona_core.call.ports import CallPorts
from persona_core.call.remote_peer import RemotePeer
from persona_core.call.roster import Roster
from persona_core.call.signaling.ice_setup import IceSetup
from persona_core.call.signaling.signaling_client import RoomMessage, SignalingClient
from persona_core.call.signaling.signaling_machine import SignalingState
from persona_core.call.status import CallStatus, PeerStatus, Phase
from persona_core.face.emotions import Emotion
from persona_core.face.params import FaceParams
from persona_core.wire import codec
from persona_core.wire.control import AvatarDict, ControlMessage
from persona_core.wire.host_messages import HostMessage
from persona_core.wire.people_messages import PeopleMessage
from persona_core.wire.signaling import (
    MAX_ROOM_SIZE,
    PROTOCOL_VERSION,
    AskIceServers,
    ClientMessage,
    HostOrder,
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

LOGGER = logging.getLogger(__name__)

CallListener = Callable[[CallStatus, Notice | None], None]
"""Called with each new snapshot, and with the notice where there is one to show."""


class CallEngine:
    """A call over the given ports. Needs a running asyncio event loop.

    Attributes:
        audio: our voice, an opaque handle of the platform; set by :meth:`set_audio`.
        people: names, chat and the host; None for pages that have none of these.
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
        with_people: bool = False,
    ) -> None:
        """
        Args:
            ports: the world.
            signaling_url: ``ws:`` or ``wss:`` address of the signaling server.
            listener: hears changes and notices; it may call any method of the engine.
            app: this page's version, told to peers for their reports.
            wants_portraits: whether the page shows portraits; else they are not fetched.
            room_size: how many people the page can show, the own person included.
            with_people: whether the page has names, chat and a host; else what peers say of
                these is passed over.
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
        self._server_room_size = room_size
        self._signaling: SignalingClient | None = None
        self._keys: KeyRing | None = None
        self._entering: asyncio.Task[None] | None = None
        self._roster = Roster()
        self._nudged = False
        self._no_webrtc_told = False
        self.audio: object | None = None
        self.people = People(ports, self) if with_people else None
        self._status = self._snapshot()

    @property
    def status(self) -> CallStatus:
        """The present snapshot."""
        return self._status

    @property
    def remotes(self) -> tuple[RemotePeer, ...]:
        """The peers who are there, in the order in which they were first seen."""
        return tuple(connection.remote for connection in self._roster.present)

    def join(
        self,
        invitation: Invitation,
        identity: Identity | None = None,
        founding: Founding | None = None,
    ) -> None:
        """Enters a room; leaves the one before. What comes of it is told to the listener.

        Args:
            identity: who we are, to return as the same peer after a reload; None: somebody new.
            founding: what was kept of the room's making, where it was ours.
        """
        self._end(None)
        key = self._ports.crypto.signer.public
        identity = identity or Identity.create(key, self._ports.token_bytes)
        self._identity = identity
        self._phase, self._notice = Phase.ENTERING, None
        if self.people is not None:
            self.people.enter(invitation, founding)
        host_token = "" if founding is None else founding.token
        enter = self._enter(invitation, identity, host_token)
        self._entering = asyncio.get_running_loop().create_task(enter)
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

    @property
    def room_size(self) -> int:
        """How many people the room holds, as far as this page and the server have it."""
        return min(self._room_size, self._server_room_size)

    def network_changed(self) -> None:
        """The device is online again, has another network, or woke up: nothing is waited for."""
        self._nudged = True
        if self._signaling is not None:
            self._signaling.probe()
        self._nudge()

    def send_params(self, params: FaceParams) -> int:
        """Encodes once and sends to every peer for whom it is time.

        The caller sends each face once, about 30 times a second; the rate towards each peer is
        adapted here (:class:`~persona_core.call.media.wire_rate.WireRate`).

        Returns:
            how many peers it was sent to.
        """
        frame, now_ms = codec.encode_frame(params, 0), self._ports.clock.now_ms()
        return sum(connection.send_frame(frame, now_ms) for connection in self._roster)

    def set_avatar(self, avatar: AvatarDict) -> None:
        """Says how we look, to those who are there and to those who come.

        Raises:
            ControlError: the description is no JSON or too long to be sent; the old one stays.
        """
        self._roster.say(self._own.wear(avatar))

    def set_portrait(self, portrait: bytes | None, expressions: Sequence[bytes] = ()) -> None:
        """Wears a portrait over the drawn avatar, for peers whose pages show portraits.

        Args:
            portrait: handed over as it is, before its expressions; None takes both off.
            expressions: further pictures of the same person, at most eight, handed over in this
                order. Together with the portrait they have 1..400,000 bytes.

        Raises:
            ControlError: ``portrait-too-large`` or, with a long description of the drawn avatar,
                ``control-too-large``; the old portrait stays.
        """
        told = self._own.wear_portrait(portrait, expressions)
        for connection in self._roster:
            connection.control_channel.portraits.upload.offer(self._own.portrait)
        self._roster.say(told)

    def set_emotion(self, emotion: Emotion | None, intensity: float = 1.0) -> None:
        """Names the emotion we have put on, to those who are there and to those who come.

        The frames must show it by themselves; ``intensity`` lies in [0, 1].
        """
        self._roster.say(self._own.feel(emotion, intensity))

    def set_audio(self, track: object | None) -> None:
        """Sends this voice, an opaque handle of the platform, to everybody from now on."""
        self.audio = track
        for connection in self._roster:
            connection.direct.set_audio(track)

    def set_muted(self, muted: bool) -> None:
        """Says whether we can be heard, to those who are there and to those who come."""
        self._roster.say(self._own.mute(muted))

    def set_recording(self, running: bool) -> None:
        """Says whether we record the call, to those who are there and to those who come."""
        self._roster.say(self._own.record(running))

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
        is_known = self._roster.choose_for(peer, **changes)
        self.choose_anew()
        return is_known

    @property
    def blocked(self) -> tuple[str, ...]:
        """The ids of the peers who are blocked."""
        return self._roster.blocked

    def set_relay_only(self, relay_only: bool) -> None:
        """Connects through TURN servers only, which hides our addresses from the peers."""
        if self._ice.hide_address(relay_only):
            for connection in self._roster:
                connection.rebuild()

    # For the signaling client and the connections

    @property
    def relays(self) -> bool:
        return self._relay_bytes > 0 and self._signaling is not None and self._signaling.is_open

    def on_room_message(self, message: RoomMessage) -> None:
        match message:
            case Welcome():
                self._welcomed(message)
            case PeerJoined():
                self._saw(message, PeerEvent.APPEARED)
            case PeerLeft(peer):
                self._with(peer, lambda connection: connection.meet(PeerEvent.DEPARTED))
            case Relay(peer=peer):
                self._with(peer, lambda connection: connection.sealed.deliver(message))
            case Reject(peer=peer):
                self._with(peer, PeerConnection.reject)
            case IceServers():
                self._ice.take(message)

    def on_relay_frame(self, frame: RelayFrame) -> None:
        self._with(frame.peer, lambda connection: connection.sealed.deliver_frame(frame.payload))

    def on_signaling_changed(self) -> None:
        if self._signaling is None:
            return
        if not self._signaling.is_open:
            for connection in self._roster:
                connection.go_offline()
        self._changed()

    def on_signaling_notice(self, notice: Notice) -> None:
        if self._signaling is not None and self._signaling.state is SignalingState.REFUSED:
            self._refusal = notice
        self._end_if_cut_off()
        self._changed(notice)

    def send_signal(self, message: ClientMessage) -> bool:
        return self._signaling is not None and self._signaling.send(message)

    def send_relay(self, frame: RelayFrame) -> bool:
        if self._signaling is None or len(frame.payload) > self._relay_bytes:
            return False
        return self._signaling.send_frame(frame)

    def greeting(self) -> tuple[ControlMessage, ...]:
        own = self._own.greeting()
        return own if self.people is None else (*own, *self.people.greeting())

    def is_watched(self) -> bool:
        return self._watched

    def choice_of(self, signing_key: bytes) -> PeerChoice:
        choice = self._roster.choices.of(signing_key)
        is_barred = self.people is not None and self.people.bars(signing_key)
        return replace(choice, blocked=True) if is_barred else choice

    def on_people_said(
        self, connection: PeerConnection, message: PeopleMessage | HostMessage
    ) -> None:
        if self.people is not None:
            self.people.hear(connection, message)
            self._changed()

    # For the people

    @property
    def connections(self) -> tuple[PeerConnection, ...]:
        return tuple(self._roster)

    def send_order(self, order: HostOrder) -> None:
        self.send_signal(order)

    def choose_anew(self) -> None:
        for connection in self._roster:
            key = connection.sealed.signing_key
            if key is not None and connection.remote.choice != self.choice_of(key):
                connection.choose(self.choice_of(key))

    def end(self, notice: Notice) -> None:
        self._end(notice)
        self._changed(notice)

    def on_people_changed(self) -> None:
        self._changed()

    def on_device_busy(self) -> None:
        for connection in self._roster:
            connection.be_patient()

    def on_peer_changed(self, connection: PeerConnection) -> None:
        if self._roster.find(connection.remote.peer_id) is connection:
            self._end_if_cut_off()
            self._changed()

    def on_peer_notice(self, connection: PeerConnection, code: NoticeCode) -> None:
        if code is NoticeCode.NO_WEBRTC:
            self._notice_no_webrtc()
            return
        notice = Notice(code, connection.remote.peer_id)
        if code is NoticeCode.WRONG_SECRET and connection.machine.polite:
            # The later joiner leaves when nobody it met shares its secret; the others stay.
            if all(other.machine.state is PeerState.BARRED for other in self._roster.present):
                self._end(notice)
        self._changed(notice)

    def _notice_no_webrtc(self) -> None:
        """Of our own browser, so once is enough."""
        if not self._no_webrtc_told:
            self._no_webrtc_told = True
            self._changed(Notice(NoticeCode.NO_WEBRTC))

    # Inside

    async def _enter(self, invitation: Invitation, identity: Identity, host_token: str) -> None:
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
            host_token=host_token,
        )
        self._signaling = SignalingClient(self._ports, self._url, join, self)
        self._signaling.join()

    def _welcomed(self, welcome: Welcome) -> None:
        self._order = welcome.order
        self._relay_bytes = welcome.limits.relay_bytes
        self._server_room_size = welcome.limits.room_size
        self._phase = Phase.INSIDE
        self._ice.take(welcome.ice)
        if self._notice is not None and self._notice.code in TRIED_AGAIN:
            self._notice = None
        there = {member.peer for member in welcome.peers}
        for connection in self._roster:
            if connection.remote.peer_id not in there:
                connection.meet(PeerEvent.MISSING)
        for member in welcome.peers:
            self._saw(member, PeerEvent.MET)
        if self._nudged:
            self._nudge()
        if self.people is not None:
            self.people.welcomed()
        self._changed()

    def _nudge(self) -> None:
        """Renews what runs, once the server can be reached for it."""
        if self._signaling is None or not self._signaling.is_open:
            return
        self._nudged = False
        for connection in self._roster:
            connection.nudge()

    def _ask_ice_servers(self) -> None:
        self.send_signal(AskIceServers())

    def _saw(self, member: Member, event: PeerEvent) -> None:
        if self._keys is None or self._signaling is None or self._identity is None:
            return  # the listener has left meanwhile
        if member.peer == self._identity.peer:
            return
        connection = self._roster.take_in(member.peer, partial(self._connect, self._keys.introduce))
        if connection is not None:
            polite = self._order > member.order
            connection.introduce(member.life, member.key_package, polite=polite)
            connection.meet(event)

    def _connect(self, introduce: Introduce, peer: str) -> PeerConnection:
        connection = PeerConnection(
            self._ports, self, introduce, peer, wants_portraits=self._wants_portraits
        )
        connection.control_channel.portraits.upload.offer(self._own.portrait)
        return connection

    def _with(self, peer: str, act: Callable[[PeerConnection], None]) -> None:
        connection = self._roster.find(peer)
        if connection is not None:
            act(connection)

    def _end_if_cut_off(self) -> None:
        """A refusal ends the call, but not the connections that run without the server."""
        if self._refusal is not None and not self._roster.is_running:
            self._end(self._refusal)

    def _end(self, notice: Notice | None, *, returning: bool = False) -> None:
        """Takes everything down; ``notice`` is the reason if it was not the person's wish."""
        if self._phase is not Phase.OUTSIDE:
            self._phase = Phase.ENDED
        self._notice, self._refusal = notice, None
        self._nudged = False
        self._ice.stop()
        roster, self._roster = self._roster, Roster()
        signaling, self._signaling = self._signaling, None
        entering, self._entering = self._entering, None
        if entering is not None and entering is not asyncio.current_task():
            entering.cancel()
        if self.people is not None:
            self.people.leave()
        for connection in roster:
            connection.close(returning=returning)
        if signaling is not None:
            (signaling.abandon if returning else signaling.leave)()

    def _changed(self, notice: Notice | None = None) -> None:
        if notice is not None:
            self._notice = notice
        elif self._phase is Phase.INSIDE and self._is_over(self._notice):
            self._notice = None
        present = self._roster.present
        for connection in present:
            connection.rate.peers = len(present)
        if self.people is not None:
            self.people.follow()
        status = self._snapshot()
        if status != self._status or notice is not None:
            self._status = status
            self._listener(status, notice)

    def _is_over(self, notice: Notice | None) -> bool:
        """Whether what was told of a peer is true no more."""
        if notice is None or notice.peer is None or notice.code in HAPPENED:
            return False
        connection = self._roster.find(notice.peer)
        if connection is None or connection.machine.state is PeerState.IDLE:
            return True
        failed = notice.code is NoticeCode.CONNECTION_FAILED
        return failed and connection.remote.path is not None

    def _snapshot(self) -> CallStatus:
        people, present = self.people, self._roster.present
        ids = [connection.remote.peer_id for connection in present]
        return CallStatus(
            phase=self._phase,
            signaling=SignalingState.IDLE if self._signaling is None else self._signaling.state,
            peers=tuple(
                PeerStatus(
                    remote.peer_id,
                    remote.quality,
                    remote.path,
                    remote.audio,
                    remote.code,
                    remote.choice,
                    remote.name,
                    remote.presence,
                )
                for remote in (connection.remote for connection in present)
            ),
            notice=self._notice,
            is_host=people is not None and people.is_host,
            is_locked=people is not None and people.is_locked,
            host=next((peer for peer in ids if people and people.is_hosted_by(peer)), None),
        )
