"""``ControlChannel``: what two pages tell each other once they can, over whichever path it goes.

It begins with a greeting whenever a path opens, keeps the clocks' offset known, tells the peer
how its frames arrive, and carries portraits. What the peer says lands in its
:class:`~persona_core.call.remote_peer.RemotePeer`.
"""

from __future__ import annotations

import logging
from typing import Final, Protocol

from persona_core.base.countdown import Countdown
from persona_core.call.peer.portrait_exchange import PortraitExchange
from persona_core.call.ports import CallPorts
from persona_core.call.remote_peer import RemotePeer
from persona_core.errors import ControlError
from persona_core.wire.control import (
    AvatarChange,
    Bye,
    ClockPing,
    ClockPong,
    CodeCommitment,
    CodeNumber,
    ControlMessage,
    EmotionChange,
    Hello,
    PortraitChunk,
    PortraitWanted,
    Reception,
    RecordingState,
    VoiceState,
    encode_control,
    parse_control,
)
from persona_core.wire.host_messages import HostMessage
from persona_core.wire.people_messages import PeopleMessage

LOGGER = logging.getLogger(__name__)

PING_MS: Final = 2_000.0
FIRST_PING_MS: Final = 250.0
FIRST_PINGS: Final = 4
"""The clocks' offset is wanted at once, then only followed."""


class ControlChannelOwner(Protocol):
    """What carries the messages."""

    def send_text(self, text: str) -> bool:
        """Sends on the reliable path there is; False when there is none."""
        ...

    def backlog(self) -> int | None:
        """Bytes that wait on the direct path; None where all goes through the server."""
        ...

    def greeting(self) -> tuple[ControlMessage, ...]:
        """What a peer is told first: a Hello, and what else it has to know."""
        ...

    def is_watched(self) -> bool:
        """Whether our page can be seen."""
        ...

    def on_said(self, message: ControlMessage) -> None:
        """The peer said something that changed what is known of it, or said goodbye."""
        ...

    def on_people_said(self, message: PeopleMessage | HostMessage) -> None:
        """The person there said something of themselves, or to us."""
        ...

    def on_reception(self, reception: Reception) -> None:
        """The peer told how our frames arrive."""
        ...

    def on_verification(self, message: CodeCommitment | CodeNumber) -> None:
        """The peer is on its way to the short code."""
        ...


class ControlChannel:
    """Both directions of one peer's reliable channel.

    Attributes:
        portraits: moves them in both directions.
    """

    def __init__(self, ports: CallPorts, remote: RemotePeer, owner: ControlChannelOwner) -> None:
        self.portraits = PortraitExchange(ports, remote.download, self.say, owner.backlog)
        self._clock = ports.clock
        self._remote = remote
        self._owner = owner
        self._pings = 0
        self._ping_timer = Countdown(ports.scheduler, self._ping)

    def begin(self) -> None:
        """A path has opened: greets, and keeps the clocks in step from now on."""
        self.portraits.begin()
        for message in self._owner.greeting():
            self.say(message)
        self._pings = 0
        self._ping()

    def end(self) -> None:
        """The path is gone."""
        self._ping_timer.stop()
        self.portraits.end()

    def say(self, message: ControlMessage) -> bool:
        """Tells the peer; False when there is no path."""
        return self._owner.send_text(encode_control(message))

    def hear(self, text: str) -> None:
        """Takes what came on the reliable path. Never raises on any text."""
        now_ms = self._clock.now_ms()
        try:
            message = parse_control(text)
        except ControlError as error:
            LOGGER.warning("control message refused: %s", error)
            self._remote.controls_refused += 1
            return
        match message:
            case None:
                self._remote.controls_refused += 1
            case ClockPing(t0_ms):
                self.say(ClockPong(t0_ms, now_ms, self._clock.now_ms()))
            case ClockPong():
                self._remote.take_pong(message, now_ms)
            case Reception():
                self._owner.on_reception(message)
            case CodeCommitment() | CodeNumber():
                self._owner.on_verification(message)
            case PortraitWanted():
                self.portraits.serve(message)
            case PortraitChunk():
                if self.portraits.take(message):
                    self._owner.on_said(message)
            case (
                Hello() | AvatarChange() | EmotionChange() | VoiceState() | RecordingState() | Bye()
            ):
                self._learn(message)
                self._owner.on_said(message)
            case _:
                self._owner.on_people_said(message)

    def _learn(
        self, message: Hello | AvatarChange | EmotionChange | VoiceState | RecordingState | Bye
    ) -> None:
        match message:
            case Hello():
                self._remote.take_hello(message)
                self._remote.recording = False  # a page that records says so next
                self.portraits.announce(message)
            case AvatarChange(avatar):
                self._remote.avatar = avatar
                self.portraits.announce(message)
            case EmotionChange():
                self._remote.emotion = message
            case VoiceState(speaking_allowed):
                self._remote.muted = not speaking_allowed
            case RecordingState(running):
                self._remote.recording = running
            case Bye():
                pass

    def _ping(self) -> None:
        self.say(self._remote.make_ping(self._clock.now_ms()))
        if self._pings >= FIRST_PINGS:
            stats = self._remote.counts
            self.say(Reception(stats.decoded, stats.lost, self._owner.is_watched()))
        self._pings += 1
        self._ping_timer.start(FIRST_PING_MS if self._pings < FIRST_PINGS else PING_MS)
