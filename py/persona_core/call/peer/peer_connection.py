"""Runs a :class:`PeerMachine` over a :class:`DirectPath`: everything between us and one peer.

Where no direct path comes up in time, frames and the reliable channel's messages go sealed
through the signaling server (:class:`~persona_core.call.peer.sealed_channel.SealedChannel`), until
one does; it goes on trying all the while.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from persona_core.base.backoff import Backoff
from persona_core.call.media.loss import LinkHealth, LossMeter
from persona_core.call.media.wire_rate import WireRate
from persona_core.call.notices import NoticeCode
from persona_core.call.peer.control_channel import ControlChannel
from persona_core.call.peer.direct_path import DirectPath
from persona_core.call.peer.introduction import Introduce
from persona_core.call.peer.peer_limits import PeerLimits
from persona_core.call.peer.peer_machine import PeerCommand, PeerEvent, PeerMachine, PeerState
from persona_core.call.peer.peer_owner import PeerOwner
from persona_core.call.peer.peer_timer import PeerTimer
from persona_core.call.peer.relay_fallback import UNRELAYED, RelayFallback
from persona_core.call.peer.sealed_channel import SealedChannel
from persona_core.call.peer_choices import PeerChoice
from persona_core.call.people.people_limits import PeopleLimits
from persona_core.call.ports import CallPorts
from persona_core.call.remote_peer import RemotePeer
from persona_core.errors import IllegalEventError, WrongSecretError
from persona_core.wire import codec
from persona_core.wire.control import Bye, CodeCommitment, CodeNumber, ControlMessage, Reception
from persona_core.wire.host_messages import HostMessage
from persona_core.wire.people_messages import PeopleMessage
from persona_core.wire.sealing import SealedMessage
from persona_core.wire.signaling import Reject, RelayKind

LOGGER = logging.getLogger(__name__)


class PeerConnection:
    """One remote peer: its state, its transport, its sealed messages and what it sends.

    Attributes:
        machine: the state machine; read only for others.
        remote: what the page sees.
        rate: how often the peer is sent a frame.
        limits: how much of what the peer sends is taken.
        people_limits: how much of what the person there says is taken.
        sealed: what goes through the server.
        control_channel: what is said on the reliable channel.
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
        self.machine = PeerMachine(Backoff(ports.random))
        self.remote = RemotePeer(peer_id, wants_portraits=wants_portraits)
        self.rate = WireRate()
        self.limits = PeerLimits(ports.clock)
        self.people_limits = PeopleLimits(ports.clock)
        self.control_channel = ControlChannel(ports, self.remote, self)
        self.direct = DirectPath(ports.peers, ports.clock, self)
        self._discarded = 0
        self._clock = ports.clock
        self._owner = owner
        self._peer_id = peer_id
        self._sequence = 0
        self._timer = PeerTimer(ports, self.machine, self._timer_due)
        self._there = False
        self._newer_told = False
        self._forgery_told = self._failure_told = False
        self._health = LinkHealth()
        self._received = LossMeter()
        self.sealed = SealedChannel(
            introduce, peer_id, self.limits, owner.send_signal, owner.send_relay, self
        )
        self._fallback = RelayFallback(
            ports.scheduler,
            self.machine,
            self.sealed,
            self.control_channel,
            owner,
            peer_id,
            lambda: self._step(PeerEvent.MET),
            self._show,
        )

    @property
    def is_running(self) -> bool:
        """Whether there is a connection, however shaky, that was up before."""
        return self.machine.was_connected and self.machine.has_transport

    @property
    def is_there(self) -> bool:
        """Whether the server names the peer, or there is a connection all the same."""
        return self._there or self.machine.state is not PeerState.IDLE

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
        self.machine.polite = polite
        self.sealed.meet(life, key_package)

    def meet(self, event: PeerEvent) -> None:
        """The signaling server told something of the peer's presence."""
        self.machine.offline = False
        self._there = event in (PeerEvent.MET, PeerEvent.APPEARED)
        if not self.remote.choice.blocked:
            self._step(event)

    def choose(self, choice: PeerChoice) -> None:
        """What the person wants of this peer from now on."""
        was, self.remote.choice = self.remote.choice, choice
        self.sealed.is_shut = choice.blocked
        if choice.blocked and not was.blocked:
            self.control_channel.say(Bye())
            self.sealed.relays = False
            self._step(PeerEvent.CLOSE)
        elif was.blocked and not choice.blocked and self._there:
            self._step(PeerEvent.MET)
        self._owner.on_peer_changed(self)

    def go_offline(self) -> None:
        """The signaling server cannot be reached: nobody is called until it can."""
        self.machine.offline = True
        self._show()

    def nudge(self) -> None:
        """Our network changed or our device woke: what runs may be dead already."""
        self._attempt(self.machine.nudged)

    def be_patient(self) -> None:
        """The negotiation took a step, or waits for its turn on a busy device."""
        self._carry_out(self.machine.progressed())

    def rebuild(self) -> None:
        """Makes a new transport, as the way connections are made has changed."""
        if self.machine.has_transport:
            self._attempt(self.machine.failed)

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

    def close(self, *, returning: bool = False) -> None:
        """Says goodbye and ends everything."""
        self.control_channel.say(Bye(returning))
        self._step(PeerEvent.CLOSE)
        self.sealed.close()

    # What the control channel needs

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
            self.control_channel.say(answer)

    def on_said(self, message: ControlMessage) -> None:
        if isinstance(message, Bye):
            self.sealed.relays = False
            self._step(PeerEvent.AWAY if message.returning else PeerEvent.CLOSE)
            return
        self._notice_newer()
        self._owner.on_peer_changed(self)

    def on_people_said(self, message: PeopleMessage | HostMessage) -> None:
        if self.people_limits.allows(message):
            self._owner.on_people_said(self, message)

    def on_reception(self, reception: Reception) -> None:
        theirs = self.rate.hear(reception)
        counts = self.remote.counts
        ours = self._received.share(counts.decoded, counts.lost)
        self._health.note(max(theirs or 0.0, ours or 0.0), self.remote.rtt_ms)
        self._show()

    # What the direct path tells us

    def post(self, kind: RelayKind, body: str) -> None:
        self.sealed.post(SealedMessage(kind, max(1, self.machine.generation), body))

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
        self._attempt(self.machine.failed)

    def on_frame(self, data: bytes) -> None:
        if self.limits.allows_frame():
            self._take_frame(data)

    def on_control(self, text: str) -> None:
        if self.limits.allows_control(text):
            self._fallback.hear()
            self.control_channel.hear(text)

    def on_control_drained(self) -> None:
        self.control_channel.portraits.pump()

    def on_audio(self, track: object) -> None:
        self.remote.audio = track
        self._owner.on_peer_changed(self)

    # What comes sealed

    def on_introduced(self, signing_key: bytes) -> None:
        self.machine.proven = True
        self.choose(self._owner.choice_of(signing_key))
        for message in self.sealed.begin_code():
            self.control_channel.say(message)

    def on_new_page(self) -> None:
        self.machine.renewed()
        self.remote.renew()

    def on_message(self, message: SealedMessage) -> None:
        self._fallback.hear()
        if message.kind == "offer":
            self._attempt(lambda: self.machine.offered(message.generation))
        if message.generation != self.machine.generation or not self.direct.exists:
            self._discarded += 1
        elif message.kind == "ice":
            self.direct.take_candidate(message.body)
        elif message.kind != "control":
            self.direct.take_description(message.kind, message.body, polite=self.machine.polite)

    def on_words(self, text: str) -> None:
        self.on_control(text)
        # The peer has no direct path, so neither have we.
        self._fallback.take()

    def on_relayed_frame(self, data: bytes) -> None:
        self._take_frame(data)

    def _take_frame(self, data: bytes) -> None:
        self._fallback.hear()
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
        was_barred = self.machine.state is PeerState.BARRED
        self._attempt(self.machine.mismatched)
        if self.machine.state is not PeerState.BARRED or was_barred:
            self._discarded += 1
            if answer and self.machine.proven:
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

    # The machine's commands

    def _step(self, event: PeerEvent) -> None:
        """Takes a step that network or platform asked for."""
        self._attempt(lambda: self.machine.handle(event))

    def _attempt(self, step: Callable[[], tuple[PeerCommand, ...]]) -> None:
        was = self.machine.state
        try:
            commands = step()
        except IllegalEventError as error:
            self._discarded += 1
            LOGGER.warning("%s", error)
            return
        self._carry_out(commands)
        self._fallback.follow(was)
        self._show()
        if self.machine.has_transport and not self.direct.exists:
            self._go_without_transport()

    def _carry_out(self, commands: tuple[PeerCommand, ...]) -> None:
        """All of them, whatever becomes of one: one whose timer never starts hangs for ever."""
        for command in commands:
            try:
                self._do(command)
            except Exception:  # a fault of ours, or one of the platform that nobody knew of
                self._discarded += 1
                LOGGER.exception("%s failed", command.name)

    def _go_without_transport(self) -> None:
        """None could be made: there is nothing to wait for."""
        self._attempt(self.machine.failed)
        self._fallback.take()
        if self.direct.is_impossible:
            self._owner.on_peer_notice(self, NoticeCode.NO_WEBRTC)

    def _show(self) -> None:
        """Brings up to date what the page sees of the connection."""
        was = self.remote.quality
        self.remote.quality = self.machine.quality
        self.remote.path = "direct" if self.machine.state is PeerState.CONNECTED else None
        if self.sealed.relays:
            self.remote.path = "server"
            self.remote.quality = "poor" if self._owner.relays else "reconnecting"
        elif self.remote.quality == "good" and self._health.is_poor:
            self.remote.quality = "poor"
        if self.machine.state in UNRELAYED:
            self._failure_told = False
        gave_up = self.remote.quality == "lost" != was and self.machine.state is PeerState.LOST
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
                self.machine.is_hopeless = self.direct.is_impossible
            case PeerCommand.OFFER:
                self.direct.offer()
            case PeerCommand.RESTART_ICE:
                self.direct.restart_ice()
            case PeerCommand.CLOSE_TRANSPORT:
                self._close_direct()
            case PeerCommand.RESET_BACKOFF:
                self.machine.reset_backoff()
            case _:
                self._timer.obey(command)

    def _close_direct(self) -> None:
        self.remote.audio = None
        if not self.sealed.relays:
            self.control_channel.end()
        self._health.reset()
        self.direct.close()

    def _timer_due(self) -> None:
        self._attempt(self.machine.timer_due)
