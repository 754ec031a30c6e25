"""Runs a :class:`PeerMachine` over a :class:`DirectPath`: everything between us and one peer.

Where no direct path comes up in time, frames and the reliable channel's messages go sealed
through the signaling server (:class:`~persona_core.call.peer.sealed_channel.SealedChannel`), until
one does; the link goes on trying all the while.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Protocol

from persona_core.base.backoff import Backoff
from persona_core.base.countdown import Countdown
from persona_core.call.media.loss import LossMeter
from persona_core.call.media.wire_rate import WireRate
from persona_core.call.notices import NoticeCode
from persona_core.call.peer.control_channel import ControlChannel
from persona_core.call.peer.direct_path import DirectPath
from persona_core.call.peer.introduction import Introduce
from persona_core.call.peer.link_health import LinkHealth
from persona_core.call.peer.lost_watch import LostWatch
from persona_core.call.peer.peer_limits import PeerLimits
from persona_core.call.peer.peer_machine import (
    ABSENCE_MS,
    DEADLINE_MS,
    GRACE_MS,
    NEGOTIATION_MS,
    OFFER_MS,
    SETTLE_MS,
    PeerCommand,
    PeerEvent,
    PeerMachine,
    PeerState,
)
from persona_core.call.peer.sealed_channel import SealedChannel
from persona_core.call.peer_choices import PeerChoice
from persona_core.call.ports import CallPorts
from persona_core.call.remote_peer import RemotePeer
from persona_core.errors import IllegalEventError, WrongSecretError
from persona_core.wire import codec
from persona_core.wire.control import (
    Bye,
    CodeCommitment,
    CodeNumber,
    ControlMessage,
    Reception,
)
from persona_core.wire.sealing import SealedMessage
from persona_core.wire.signaling import (
    ClientMessage,
    PeerLost,
    Reject,
    Relay,
    RelayFrame,
    RelayKind,
)

LOGGER = logging.getLogger(__name__)

RELAY_AFTER_MS: Final = 5_000.0
"""How long a direct path may take before frames go through the server: ICE on a good network
needs well under two seconds, and an interruption is seen after five at most."""
PATIENT_RETRY_MS: Final = 45_000.0
"""Pause between two rounds of tries for a direct path while frames go through the server."""


class PeerOwner(Protocol):
    """What a session needs from the call it is part of."""

    @property
    def audio(self) -> object | None:
        """Our voice, an opaque handle of the platform."""
        ...

    @property
    def relays(self) -> bool:
        """Whether the signaling server can be reached and carries frames."""
        ...

    def send_signal(self, message: ClientMessage) -> bool: ...

    def send_relay(self, frame: RelayFrame) -> bool: ...

    def greeting(self) -> tuple[ControlMessage, ...]:
        """What a peer is told first: a Hello, and what else it has to know."""
        ...

    def is_watched(self) -> bool:
        """Whether our page can be seen."""
        ...

    def choice_of(self, signing_key: bytes) -> PeerChoice:
        """What the person wants of whoever has this key."""
        ...

    def on_device_busy(self) -> None:
        """Our device was at work on a connection: the others' turn comes."""
        ...

    def on_peer_changed(self, session: PeerConnection) -> None:
        """Quality, path, avatar, emotion, voice, portrait or presence may be others."""
        ...

    def on_peer_notice(self, session: PeerConnection, code: NoticeCode) -> None:
        """There is something to tell about the peer. Said once for each occasion."""
        ...


class PeerConnection:
    """One remote peer: its link, its transport, its sealed mail and what it sends.

    Attributes:
        link: the state machine; read only for others.
        remote: what the page sees.
        rate: how often the peer is sent a frame.
        limits: how much of what the peer sends is taken.
        sealed: what goes through the server.
        conversation: what is said on the reliable channel.
        direct: the transport.
    """

    def __init__(
        self,
        ports: CallPorts,
        owner: PeerOwner,
        introduce: Introduce,
        peer_id: str,
        *,
        wants_portraits: bool = False,
    ) -> None:
        self.link = PeerMachine(Backoff(ports.random))
        self.remote = RemotePeer(peer_id, wants_portraits=wants_portraits)
        self.rate = WireRate()
        self.limits = PeerLimits(ports.clock)
        self.control_channel = ControlChannel(ports, self.remote, self)
        self.direct = DirectPath(ports.peers, ports.clock, self)
        self._discarded = 0
        self._clock = ports.clock
        self._owner = owner
        self._peer_id = peer_id
        self._sequence = 0
        self._timer = Countdown(ports.scheduler, self._timer_due)
        self._due_ms = self._end_ms = 0.0
        self._relay_timer = Countdown(ports.scheduler, self._relay_due)
        self._there = False
        self._lost = LostWatch(ports.scheduler, self._ask_after)
        self._newer_told = False
        self._forgery_told = self._failure_told = False
        self._health = LinkHealth()
        self._received = LossMeter()
        self.sealed = SealedChannel(
            introduce, peer_id, self.limits, owner.send_signal, owner.send_relay, self
        )

    @property
    def is_running(self) -> bool:
        """Whether there is a connection, however shaky, that was up before."""
        return self.link.was_connected and self.link.has_transport

    @property
    def discarded(self) -> int:
        """Things from network or platform that came out of turn or made no sense."""
        return self._discarded + self.direct.discarded

    # What the call tells us

    def introduce(self, life: str, key_package: str, *, polite: bool) -> None:
        """The signaling server says that the peer's page is this one.

        Args:
            polite: whether we came later than the peer.
        """
        self.link.polite = polite
        self.sealed.meet(life, key_package)

    def meet(self, event: PeerEvent) -> None:
        """The signaling server told something of the peer's presence."""
        self.link.offline = False
        self._there = event in (PeerEvent.MET, PeerEvent.APPEARED)
        if not self.remote.choice.blocked:
            self._step(event)

    def choose(self, choice: PeerChoice) -> None:
        """What the person wants of this peer from now on."""
        was, self.remote.choice = self.remote.choice, choice
        self.sealed.is_shut = choice.blocked
        if choice.blocked and not was.blocked:
            self.say(Bye())
            self.sealed.relays = False
            self._step(PeerEvent.CLOSE)
        elif was.blocked and not choice.blocked and self._there:
            self._step(PeerEvent.MET)
        self._owner.on_peer_changed(self)

    def go_offline(self) -> None:
        """The signaling server cannot be reached: nobody is called until it can."""
        self.link.offline = True
        self._show()

    def nudge(self) -> None:
        """Our network changed or our device woke: what runs may be dead already."""
        self._attempt(self.link.nudged)

    def be_patient(self) -> None:
        """The negotiation took a step, or waits for its turn on a busy device."""
        self._carry_out(self.link.progressed())

    def rebuild(self) -> None:
        """Makes a new transport, as the way connections are made has changed."""
        if self.link.has_transport:
            self._attempt(self.link.failed)

    def deliver(self, relay: Relay) -> None:
        """A sealed message from the peer."""
        self.sealed.deliver(relay)

    def deliver_frame(self, payload: bytes) -> None:
        """A sealed frame from the peer."""
        self.sealed.deliver_frame(payload)

    def reject(self) -> None:
        """The peer says that our seal does not open with its key."""
        self._mismatch(answer=False)

    def send_frame(self, frame: bytes, now_ms: float) -> bool:
        """Sends an encoded frame under our own sequence number, if it is time for one."""
        if not (self.direct.exists or self.sealed.relays):
            return False
        self.rate.relayed = self.sealed.relays
        if not self.rate.due(now_ms):
            return False
        data = codec.with_sequence(frame, self._sequence)
        sent = (self.sealed if self.sealed.relays else self.direct).send_frame(data)
        # What was never sent is not lost on the way.
        self._sequence += sent
        return sent

    def say(self, message: ControlMessage) -> bool:
        """Says something on the reliable channel, if there is one."""
        return self.control_channel.say(message)

    def set_audio(self, track: object | None) -> None:
        """Sends this voice from now on."""
        self.direct.set_audio(track)

    def close(self, *, returning: bool = False) -> None:
        """Says goodbye and ends everything."""
        self.say(Bye(returning))
        self._step(PeerEvent.CLOSE)
        self.sealed.close()

    # What the conversation needs

    def send_text(self, text: str) -> bool:
        if not self.sealed.relays:
            return self.direct.send_text(text)
        if not self._owner.relays:
            return False
        self.sealed.say(text)
        return True

    def backlog(self) -> int | None:
        return None if self.sealed.relays else self.direct.backlog()

    def greeting(self) -> tuple[ControlMessage, ...]:
        return (*self._owner.greeting(), *self.sealed.begin_code())

    def is_watched(self) -> bool:
        return self._owner.is_watched() and not self.remote.choice.hidden

    def on_verification(self, message: CodeCommitment | CodeNumber) -> None:
        for answer in self.sealed.take_code(message):
            self.say(answer)

    def on_said(self, message: ControlMessage) -> None:
        if isinstance(message, Bye):
            self.sealed.relays = False
            self._step(PeerEvent.AWAY if message.returning else PeerEvent.CLOSE)
            return
        self._notice_newer()
        self._owner.on_peer_changed(self)

    def on_reception(self, reception: Reception) -> None:
        theirs = self.rate.hear(reception)
        counts = self.remote.counts
        ours = self._received.share(counts.decoded, counts.lost)
        self._health.note(max(theirs or 0.0, ours or 0.0), self.remote.rtt_ms)
        self._show()

    # What the direct path tells us

    def post(self, kind: RelayKind, body: str) -> None:
        self.sealed.post(SealedMessage(kind, max(1, self.link.generation), body))

    def on_path_open(self) -> None:
        self.sealed.relays = False
        self.control_channel.begin()

    def on_path_progress(self, *, by_us: bool = False) -> None:
        # What a peer sends is no reason to be patient with another.
        if by_us:
            self._owner.on_device_busy()
        else:
            self.be_patient()

    def on_path_up(self) -> None:
        self._step(PeerEvent.UP)

    def on_path_down(self) -> None:
        self._step(PeerEvent.DOWN)

    def on_path_failed(self) -> None:
        self._attempt(self.link.failed)

    def on_frame(self, data: bytes) -> None:
        if self.limits.allows_frame():
            self._take_frame(data)

    def on_control(self, text: str) -> None:
        if self.limits.allows_control(text):
            self._lost.hear()
            self.control_channel.hear(text)

    def on_control_drained(self) -> None:
        self.control_channel.pump()

    def on_audio(self, track: object) -> None:
        self.remote.audio = track
        self._owner.on_peer_changed(self)

    # What comes sealed

    def on_introduced(self, signing_key: bytes) -> None:
        self.link.proven = True
        self.choose(self._owner.choice_of(signing_key))
        for message in self.sealed.begin_code():
            self.say(message)

    def on_new_page(self) -> None:
        self.link.renewed()
        self.remote.renew()

    def on_letter(self, letter: SealedMessage) -> None:
        self._lost.hear()
        if letter.kind == "offer":
            self._attempt(lambda: self.link.offered(letter.generation))
        if letter.generation != self.link.generation or not self.direct.exists:
            self._discarded += 1
        elif letter.kind == "ice":
            self.direct.take_candidate(letter.body)
        elif letter.kind != "control":
            self.direct.take_description(letter.kind, letter.body, polite=self.link.polite)

    def on_words(self, text: str) -> None:
        self.on_control(text)
        # The peer has no direct path, so neither have we.
        self._take_relay()

    def on_relayed_frame(self, data: bytes) -> None:
        self._take_frame(data)

    def _take_frame(self, data: bytes) -> None:
        self._lost.hear()
        self.remote.take_frame(data, self._clock.now_ms())
        self._notice_newer()

    def on_code(self, code: str) -> None:
        self.remote.code = code
        self._owner.on_peer_changed(self)

    def on_stale(self, kind: RelayKind) -> None:
        self._discarded += 1
        if kind == "offer":
            # The peer calls the page that was here before: it must hear of this one.
            self._step(PeerEvent.STALE)

    def on_wrong_secret(self) -> None:
        self._mismatch(answer=True)

    def on_forgery(self) -> None:
        self._discarded += 1
        self._notice_forgery()

    def on_nonsense(self) -> None:
        self._discarded += 1

    def _mismatch(self, *, answer: bool) -> None:
        was_barred = self.link.state is PeerState.BARRED
        self._attempt(self.link.mismatched)
        if self.link.state is not PeerState.BARRED or was_barred:
            self._discarded += 1
            if answer and self.link.proven:
                self._notice_forgery()
            return
        if answer:
            self._owner.send_signal(Reject(self._peer_id, WrongSecretError.default_code))
        self._owner.on_peer_notice(self, NoticeCode.WRONG_SECRET)

    def _notice_forgery(self) -> None:
        """Nobody but the two of us has the pair's key: somebody in between made this up."""
        if not self._forgery_told:
            self._forgery_told = True
            self._owner.on_peer_notice(self, NoticeCode.SIGNALING_TAMPERED)

    # The way through the server

    def _follow_relay(self, was: PeerState) -> None:
        """Counts down to the relay while there is no direct path, and leaves it when there is."""
        state = self.link.state
        if state in _UNRELAYED:
            self._lost.stop()
            self._relay_timer.stop()
            relayed, self.sealed.relays = self.sealed.relays, False
            if state is not PeerState.CONNECTED:
                self.control_channel.end()
            elif relayed:
                # Portraits and what was lost between the paths is asked for anew.
                self.control_channel.begin()
        elif was in _UNRELAYED:
            self._lost.start(known=self.link.was_connected)
            self._relay_timer.start(RELAY_AFTER_MS)

    def _ask_after(self) -> None:
        if not self.link.absent:
            self._owner.send_signal(PeerLost(self._peer_id))

    def _relay_due(self) -> None:
        if self.sealed.relays and self.link.state is PeerState.LOST:
            self._step(PeerEvent.MET)
        else:
            self._take_relay()
        if self.sealed.relays:
            self._relay_timer.start(PATIENT_RETRY_MS)
        elif self.link.state is not PeerState.LOST:
            self._relay_timer.start(RELAY_AFTER_MS)

    def _take_relay(self) -> None:
        """Sends through the server from now on, if there is a way and no better one."""
        if self.sealed.relays or self.link.state in _UNRELAYED or not self._may_relay():
            return
        self.sealed.relays = True
        self._relay_timer.start(PATIENT_RETRY_MS)
        self.control_channel.begin()
        self._show()

    def _may_relay(self) -> bool:
        return self._owner.relays and not self.link.absent

    # The link's commands

    def _step(self, event: PeerEvent) -> None:
        """Takes a step that network or platform asked for."""
        self._attempt(lambda: self.link.handle(event))

    def _attempt(self, step: Callable[[], tuple[PeerCommand, ...]]) -> None:
        was = self.link.state
        try:
            commands = step()
        except IllegalEventError as error:
            self._discarded += 1
            LOGGER.warning("%s", error)
            return
        self._carry_out(commands)
        self._follow_relay(was)
        self._show()
        if self.link.has_transport and not self.direct.exists:
            self._go_without_transport()

    def _carry_out(self, commands: tuple[PeerCommand, ...]) -> None:
        """All of them, whatever becomes of one: a link whose timer never starts hangs for ever."""
        for command in commands:
            try:
                self._do(command)
            except Exception:  # a fault of ours, or one of the platform that nobody knew of
                self._discarded += 1
                LOGGER.exception("%s failed", command.name)

    def _go_without_transport(self) -> None:
        """None could be made: there is nothing to wait for."""
        self._attempt(self.link.failed)
        self._take_relay()
        if self.direct.is_impossible:
            self._owner.on_peer_notice(self, NoticeCode.NO_WEBRTC)

    def _show(self) -> None:
        """Brings up to date what the page sees of the connection."""
        was = self.remote.quality
        self.remote.quality = self.link.quality
        self.remote.path = "direct" if self.link.state is PeerState.CONNECTED else None
        if self.sealed.relays:
            self.remote.path = "server"
            self.remote.quality = "poor" if self._owner.relays else "reconnecting"
        elif self.remote.quality == "good" and self._health.is_poor:
            self.remote.quality = "poor"
        if self.link.state in _UNRELAYED:
            self._failure_told = False
        gave_up = self.remote.quality == "lost" != was and self.link.state is PeerState.LOST
        if gave_up and not (self._failure_told or self.direct.is_impossible):
            self._failure_told = True
            self._owner.on_peer_notice(self, NoticeCode.CONNECTION_FAILED)
        else:
            self._owner.on_peer_changed(self)

    def _notice_newer(self) -> None:
        if self.remote.is_newer and not self._newer_told:
            self._newer_told = True
            self._owner.on_peer_notice(self, NoticeCode.PEER_NEWER)

    def _do(self, command: PeerCommand) -> None:
        match command:
            case PeerCommand.BUILD | PeerCommand.ADOPT:
                self._close_direct()
                self.direct.build(self._owner.audio)
                self.link.is_hopeless = self.direct.is_impossible
            case PeerCommand.OFFER:
                self.direct.offer()
            case PeerCommand.RESTART_ICE:
                self.direct.restart_ice()
            case PeerCommand.CLOSE_TRANSPORT:
                self._close_direct()
            case PeerCommand.STOP_TIMER:
                self._timer.stop()
            case PeerCommand.RESET_BACKOFF:
                self.link.reset_backoff()
            case PeerCommand.START_DEADLINE | PeerCommand.START_WAITING:
                now_ms = self._clock.now_ms()
                self._due_ms, self._end_ms = now_ms, now_ms + NEGOTIATION_MS
                self._move_deadline(now_ms, _TIMERS[command])
            case PeerCommand.MOVE_DEADLINE:
                self._move_deadline(self._clock.now_ms(), DEADLINE_MS)
            case PeerCommand.START_RETRY:
                self._timer.start(self.link.next_retry_ms())
            case _:
                self._timer.start(_TIMERS[command])

    def _move_deadline(self, now_ms: float, more_ms: float) -> None:
        """Never to an earlier time, and not beyond what the whole negotiation may take."""
        due_ms = min(now_ms + more_ms, self._end_ms)
        if due_ms > self._due_ms:
            self._due_ms = due_ms
            self._timer.start(due_ms - now_ms)

    def _close_direct(self) -> None:
        self.remote.audio = None
        if not self.sealed.relays:
            self.control_channel.end()
        self._health.reset()
        self.direct.close()

    def _timer_due(self) -> None:
        self._attempt(self.link.timer_due)


_UNRELAYED: Final = (PeerState.CONNECTED, PeerState.IDLE, PeerState.BARRED)
"""Where no direct path is looked for, so nothing is to go through the server."""

_TIMERS: Final = {
    PeerCommand.START_DEADLINE: DEADLINE_MS,
    PeerCommand.START_WAITING: OFFER_MS,
    PeerCommand.START_GRACE: GRACE_MS,
    PeerCommand.START_ABSENCE: ABSENCE_MS,
    PeerCommand.START_SETTLING: SETTLE_MS,
}
