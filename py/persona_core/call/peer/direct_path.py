"""``DirectPath``: the transport between us and one peer, and the negotiation on it.

A path is built and closed again and again as the peer machine commands; each transport gets a
negotiation of its own. What the transport tells is brought into order here: the owner hears of
descriptions to post, and of a path that opens, rises, falls and fails.
"""

from __future__ import annotations

import logging
import math
from typing import Final, Protocol

from persona_core.base.ports import Clock
from persona_core.call.peer.negotiation import Negotiation, NegotiationCommand, NegotiationEvent
from persona_core.call.ports import (
    ConnectionState,
    DescriptionKind,
    PeerTransport,
    PeerTransportFactory,
)
from persona_core.errors import PersonaError
from persona_core.wire.signaling import RelayKind

LOGGER = logging.getLogger(__name__)

UNANSWERED_MS: Final = 2_000.0
"""An offer without an answer for so long has got lost, as with a signaling socket that was dead
already. The rule of collisions takes for granted that both offers arrive: without the answer
that the impolite side waits for, neither would ever take the other's."""


NO_WEBRTC: Final = "no-webrtc"
"""Code of the :class:`~persona_core.errors.TransportError` of a platform without connections."""


class PathOwner(Protocol):
    """What hears a direct path."""

    def post(self, kind: RelayKind, body: str) -> None:
        """A description or candidate for the peer."""
        ...

    def on_path_progress(self, *, by_us: bool = False) -> None:
        """The negotiation took a step; ``by_us``: our device was at work for it."""
        ...

    def on_path_open(self) -> None:
        """The reliable channel can be written, and the other one, too."""
        ...

    def on_path_up(self) -> None:
        """Open and connected: at first, or after an interruption."""
        ...

    def on_path_down(self) -> None:
        """Interrupted; it may recover by itself."""
        ...

    def on_path_failed(self) -> None: ...

    def on_frame(self, data: bytes) -> None: ...

    def on_control(self, text: str) -> None: ...

    def on_control_drained(self) -> None: ...

    def on_audio(self, track: object) -> None: ...


class DirectPath:
    """At most one transport at a time; see :class:`persona_core.call.ports.PeerListener`.

    Attributes:
        is_open: whether its channels can be written.
        is_impossible: whether the platform has no connections between pages at all.
        discarded: what the transport refused, or could not be made.
    """

    def __init__(self, factory: PeerTransportFactory, clock: Clock, owner: PathOwner) -> None:
        self.is_open = False
        self.is_impossible = False
        self.discarded = 0
        self._factory = factory
        self._clock = clock
        self._owner = owner
        self._offered_ms = math.inf
        self._negotiation = Negotiation()
        self._transport: PeerTransport | None = None
        self._connected = False

    @property
    def exists(self) -> bool:
        """Whether there is a transport, whatever its state."""
        return self._transport is not None

    def build(self, audio: object | None) -> None:
        """A fresh transport that sends ``audio``, instead of the one there was.

        Where none can be made, :attr:`exists` says so afterwards.
        """
        self.close()
        self._negotiation = Negotiation()
        self._offered_ms = math.inf
        self.is_impossible = False
        try:
            self._transport = self._factory.create(self)
        except PersonaError as error:
            self.is_impossible = error.code == NO_WEBRTC
            self.on_transport_error(str(error))
            return
        if audio is not None:
            self._transport.set_audio(audio)

    def close(self) -> None:
        self._connected = self.is_open = False
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def offer(self) -> None:
        """Makes the first offer, or another one when the exchange under way is over."""
        self._negotiate(NegotiationEvent.NEEDED)

    def restart_ice(self) -> None:
        if self._transport is not None:
            self._transport.restart_ice()

    def take_description(self, kind: DescriptionKind, sdp: str, *, polite: bool) -> None:
        """The peer's; ``polite``: whether we give way when two offers collide."""
        unanswered = self._clock.now_ms() - self._offered_ms > UNANSWERED_MS
        commands = self._negotiation.remote_description(kind, polite=polite or unanswered)
        if NegotiationCommand.ACCEPT in commands and self._transport is not None:
            self._offered_ms = math.inf
            self._transport.accept_description(kind, sdp)
            for candidate in self._negotiation.take_waiting():
                self._transport.add_candidate(candidate)
            self._owner.on_path_progress()

    def take_candidate(self, candidate: str) -> None:
        """The peer's."""
        if self._transport is not None:
            for ready in self._negotiation.remote_candidate(candidate):
                self._transport.add_candidate(ready)
                self._owner.on_path_progress()

    def set_audio(self, track: object | None) -> None:
        if self._transport is not None:
            self._transport.set_audio(track)

    def send_frame(self, data: bytes) -> bool:
        return self._transport is not None and self._transport.send_frame(data)

    def send_text(self, text: str) -> bool:
        if self._transport is None or not self.is_open:
            return False
        return self._transport.send_control(text)

    def backlog(self) -> int | None:
        """Bytes that wait on the reliable channel; None when it is not open."""
        if self._transport is None or not self.is_open:
            return None
        return self._transport.control_backlog()

    # What the transport tells

    def on_negotiation_needed(self) -> None:
        # Who makes the first offer is the peer machine's decision, not the platform's.
        if self._negotiation.begun:
            self._negotiate(NegotiationEvent.NEEDED)

    def on_local_description(self, kind: DescriptionKind, sdp: str) -> None:
        if NegotiationCommand.SEND in self._negotiation.local_description(kind):
            if kind == "offer":
                self._offered_ms = self._clock.now_ms()
            self._owner.post(kind, sdp)
            self._owner.on_path_progress(by_us=True)

    def on_candidate(self, candidate: str) -> None:
        self._owner.post("ice", candidate)
        self._owner.on_path_progress(by_us=True)

    def on_connection_state(self, state: ConnectionState) -> None:
        self._connected = state == "connected"
        if state == "disconnected":
            self._owner.on_path_down()
        elif state in ("failed", "closed"):
            self._owner.on_path_failed()
        elif not self._rise():
            self._owner.on_path_progress(by_us=True)

    def on_channels_open(self) -> None:
        self.is_open = True
        self._owner.on_path_open()
        self._rise()

    def on_frame(self, data: bytes) -> None:
        self._owner.on_frame(data)

    def on_control(self, text: str) -> None:
        self._owner.on_control(text)

    def on_control_drained(self) -> None:
        self._owner.on_control_drained()

    def on_audio(self, track: object) -> None:
        self._owner.on_audio(track)

    def on_transport_error(self, detail: str) -> None:
        self.discarded += 1
        LOGGER.warning("transport: %s", detail)

    def on_negotiation_stuck(self, detail: str) -> None:
        # What runs goes on as it was agreed, so nobody else would ever notice.
        self.on_transport_error(detail)
        self._owner.on_path_failed()

    def _negotiate(self, event: NegotiationEvent) -> None:
        commands = self._negotiation.handle(event)
        if NegotiationCommand.MAKE_OFFER in commands and self._transport is not None:
            self._transport.make_offer()

    def _rise(self) -> bool:
        if self._connected and self.is_open:
            self._owner.on_path_up()
        return self._connected and self.is_open
