"""Runs a :class:`PeerLink` over a real transport: everything between us and one peer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Protocol

from persona_core.call.backoff import Backoff
from persona_core.call.control import (
    Avatar,
    Bye,
    ControlMessage,
    EmotionChange,
    Hello,
    Ping,
    Pong,
    encode_control,
    parse_control,
)
from persona_core.call.countdown import Countdown
from persona_core.call.link import (
    ABSENCE_MS,
    DEADLINE_MS,
    GRACE_MS,
    SETTLE_MS,
    LinkCommand,
    LinkEvent,
    LinkState,
    PeerLink,
)
from persona_core.call.mail import Mail
from persona_core.call.negotiation import Negotiation, NegotiationCommand, NegotiationEvent
from persona_core.call.notices import NoticeCode
from persona_core.call.ports import (
    CallPorts,
    ConnectionState,
    DescriptionKind,
    PeerTransport,
)
from persona_core.call.remote import RemotePeer
from persona_core.call.sealing import Envelope, Letter
from persona_core.call.signaling import ClientMessage, Reject, Relay, RelayKind
from persona_core.errors import (
    ControlError,
    IllegalEventError,
    PersonaError,
    WrongSecretError,
)

LOGGER = logging.getLogger(__name__)

PING_MS: Final = 2_000.0
FIRST_PING_MS: Final = 250.0
FIRST_PINGS: Final = 4
"""The clocks' offset is wanted at once, then only followed."""


class PeerOwner(Protocol):
    """What a session needs from the call it is part of."""

    def send_signal(self, message: ClientMessage) -> bool: ...

    def greeting(self) -> tuple[ControlMessage, ...]:
        """What a peer is told first: a Hello, and what else it has to know."""
        ...

    def on_peer_changed(self, session: PeerSession) -> None:
        """Quality, avatar, emotion or presence may be others."""
        ...

    def on_peer_notice(self, session: PeerSession, code: NoticeCode) -> None:
        """There is something to tell about the peer. Said once for each occasion."""
        ...


class PeerSession:
    """One remote peer: its link, its transport, its sealed mail and what it sends.

    Attributes:
        link: the state machine; read only for others.
        remote: what the page sees.
        discarded: things from network or platform that came out of turn or made no sense.
    """

    def __init__(
        self, ports: CallPorts, owner: PeerOwner, envelope: Envelope, peer_id: str
    ) -> None:
        self.link = PeerLink(Backoff(ports.random))
        self.remote = RemotePeer(peer_id)
        self.discarded = 0
        self._ports = ports
        self._owner = owner
        self._peer_id = peer_id
        self._negotiation = Negotiation()
        self._transport: PeerTransport | None = None
        self._connected = False
        self._channels_open = False
        self._timer = Countdown(ports.scheduler, self._timer_due)
        self._ping_timer = Countdown(ports.scheduler, self._ping)
        self._pings = 0
        self._newer_told = False
        self._mail = Mail(envelope, peer_id, owner.send_signal, self)

    @property
    def is_running(self) -> bool:
        """Whether there is a connection, however shaky, that was up before."""
        return self.link.was_connected and self.link.has_transport

    # What the call tells us

    def meet(self, event: LinkEvent, *, polite: bool | None = None) -> None:
        """The signaling server told something of the peer's presence."""
        if polite is not None:
            self.link.polite = polite
        self.link.offline = False
        self._step(event)

    def go_offline(self) -> None:
        """The signaling server cannot be reached: nobody is called until it can."""
        self.link.offline = True

    def deliver(self, relay: Relay) -> None:
        """A sealed message from the peer."""
        self._mail.deliver(relay)

    def reject(self) -> None:
        """The peer says that our seal does not open with its key."""
        self._mismatch(answer=False)

    def send_frame(self, data: bytes) -> bool:
        return self._transport is not None and self._transport.send_frame(data)

    def send_control(self, message: ControlMessage) -> bool:
        if self._transport is None or not self._channels_open:
            return False
        return self._transport.send_control(encode_control(message))

    def close(self) -> None:
        """Says goodbye and ends everything."""
        self.send_control(Bye())
        self._run(self.link.handle(LinkEvent.CLOSE))
        self._mail.close()

    # What the transport tells us

    def on_negotiation_needed(self) -> None:
        # Who makes the first offer is the link's decision, not the platform's.
        if self._negotiation.begun:
            self._negotiate(NegotiationEvent.NEEDED)

    def on_local_description(self, kind: DescriptionKind, sdp: str) -> None:
        if NegotiationCommand.SEND in self._negotiation.local_description(kind):
            self._post(kind, sdp)

    def on_candidate(self, candidate: str) -> None:
        self._post("ice", candidate)

    def on_connection_state(self, state: ConnectionState) -> None:
        self._connected = state == "connected"
        if state == "disconnected":
            self._step(LinkEvent.DOWN)
        elif state in ("failed", "closed"):
            self._attempt(self.link.failed)
        else:
            self._rise()

    def on_channels_open(self) -> None:
        self._channels_open = True
        for message in self._owner.greeting():
            self.send_control(message)
        self._pings = 0
        self._ping()
        self._rise()

    def on_frame(self, data: bytes) -> None:
        self.remote.take_frame(data, self._ports.clock.now_ms())
        self._notice_newer()

    def on_control(self, text: str) -> None:
        now_ms = self._ports.clock.now_ms()
        try:
            message = parse_control(text)
        except ControlError as error:
            LOGGER.warning("control message refused: %s", error)
            self.remote.controls_refused += 1
            return
        match message:
            case None:
                self.remote.controls_refused += 1
            case Hello():
                self.remote.take_hello(message)
                self._notice_newer()
            case Avatar(avatar):
                self.remote.avatar = avatar
            case EmotionChange():
                self.remote.emotion = message
            case Ping(t0_ms):
                self.send_control(Pong(t0_ms, now_ms, self._ports.clock.now_ms()))
            case Pong():
                self.remote.take_pong(message, now_ms)
            case Bye():
                self._step(LinkEvent.CLOSE)
        if not isinstance(message, Ping | Pong):
            self._owner.on_peer_changed(self)

    def on_transport_error(self, detail: str) -> None:
        # A candidate may be refused without harm; a description that was leads to the deadline.
        self.discarded += 1
        LOGGER.warning("transport: %s", detail)

    # What the peer's sealed mail says

    def on_letter(self, letter: Letter) -> None:
        self.link.proven = True
        if letter.kind == "offer":
            self._run(self.link.offered(letter.generation))
        if letter.generation != self.link.generation or self._transport is None:
            self.discarded += 1
        elif letter.kind == "ice":
            for candidate in self._negotiation.remote_candidate(letter.body):
                self._transport.add_candidate(candidate)
        else:
            self._describe(self._transport, letter.kind, letter.body)

    def on_wrong_secret(self) -> None:
        self._mismatch(answer=True)

    def on_bad_mail(self) -> None:
        self.discarded += 1

    def _mismatch(self, *, answer: bool) -> None:
        was_barred = self.link.state is LinkState.BARRED
        self._run(self.link.mismatched())
        if self.link.state is not LinkState.BARRED or was_barred:
            self.discarded += 1
            return
        if answer:
            self._owner.send_signal(Reject(self._peer_id, WrongSecretError.default_code))
        self._owner.on_peer_notice(self, NoticeCode.WRONG_SECRET)

    def _describe(self, transport: PeerTransport, kind: DescriptionKind, sdp: str) -> None:
        commands = self._negotiation.remote_description(kind, polite=self.link.polite)
        if NegotiationCommand.ACCEPT in commands:
            transport.accept_description(kind, sdp)
            for candidate in self._negotiation.take_waiting():
                transport.add_candidate(candidate)

    def _post(self, kind: RelayKind, body: str) -> None:
        self._mail.post(Letter(kind, self.link.generation, body))

    # The link's commands

    def _step(self, event: LinkEvent) -> None:
        """Takes a step that network or platform asked for."""
        self._attempt(lambda: self.link.handle(event))

    def _attempt(self, step: Callable[[], tuple[LinkCommand, ...]]) -> None:
        try:
            commands = step()
        except IllegalEventError as error:
            self.discarded += 1
            LOGGER.warning("%s", error)
        else:
            self._run(commands)

    def _run(self, commands: tuple[LinkCommand, ...]) -> None:
        for command in commands:
            self._do(command)
        was, self.remote.quality = self.remote.quality, self.link.quality
        if self.link.state is LinkState.LOST and was != "lost":
            self._owner.on_peer_notice(self, NoticeCode.CONNECTION_FAILED)
        else:
            self._owner.on_peer_changed(self)

    def _notice_newer(self) -> None:
        if self.remote.is_newer and not self._newer_told:
            self._newer_told = True
            self._owner.on_peer_notice(self, NoticeCode.PEER_NEWER)

    def _do(self, command: LinkCommand) -> None:
        match command:
            case LinkCommand.BUILD | LinkCommand.ADOPT:
                self._build()
            case LinkCommand.OFFER:
                self._negotiate(NegotiationEvent.NEEDED)
            case LinkCommand.RESTART_ICE:
                if self._transport is not None:
                    self._transport.restart_ice()
            case LinkCommand.CLOSE_TRANSPORT:
                self._close_transport()
            case LinkCommand.STOP_TIMER:
                self._timer.stop()
            case LinkCommand.RESET_BACKOFF:
                self.link.reset_backoff()
            case LinkCommand.START_RETRY:
                self._timer.start(self.link.next_retry_ms())
            case _:
                self._timer.start(_TIMERS[command])

    def _negotiate(self, event: NegotiationEvent) -> None:
        commands = self._negotiation.handle(event)
        if NegotiationCommand.MAKE_OFFER in commands and self._transport is not None:
            self._transport.make_offer()

    def _build(self) -> None:
        self._close_transport()
        self._negotiation = Negotiation()
        try:
            self._transport = self._ports.peers.create(self)
        except PersonaError as error:
            # The deadline that follows leads on, as with a connection that does not come.
            self.on_transport_error(str(error))

    def _rise(self) -> None:
        if self._connected and self._channels_open:
            self._step(LinkEvent.UP)

    def _close_transport(self) -> None:
        self._connected = self._channels_open = False
        self._ping_timer.stop()
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def _ping(self) -> None:
        self.send_control(self.remote.make_ping(self._ports.clock.now_ms()))
        self._pings += 1
        self._ping_timer.start(FIRST_PING_MS if self._pings < FIRST_PINGS else PING_MS)

    def _timer_due(self) -> None:
        self._run(self.link.timer_due())


_TIMERS: Final = {
    LinkCommand.START_GRACE: GRACE_MS,
    LinkCommand.START_DEADLINE: DEADLINE_MS,
    LinkCommand.START_ABSENCE: ABSENCE_MS,
    LinkCommand.START_SETTLING: SETTLE_MS,
}
