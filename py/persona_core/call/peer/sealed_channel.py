"""``SealedChannel``: everything between us and one peer that goes through the signaling server.

First the two pages are introduced (:class:`~persona_core.call.peer.introduction.Introduction`);
what is sent or comes before that waits. A page is believed in not when the server tells of it, but
when something came that has the pair's key. Long texts go in several parts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final, Protocol

from persona_core.call.keys.envelope import Envelope
from persona_core.call.peer.introduction import Introduce, Introduction, IntroductionListener
from persona_core.call.peer.peer_limits import PeerLimits
from persona_core.call.peer.sealed_delivery import DeliveryListener, SealedDelivery
from persona_core.wire.control import MAX_CONTROL_BYTES, CodeCommitment, CodeNumber
from persona_core.wire.sealing import SealedMessage
from persona_core.wire.signaling import Relay, RelayFrame

PART_BYTES: Final = 11_800
"""Of a control message in one sealed one, as JSON. Sealed and written as base64url it takes up to
15,900 of the 16,000 characters that the server hands on."""


class SealedListener(IntroductionListener, DeliveryListener, Protocol):
    """Hears what came sealed. What stands here is surely the peer's."""

    def on_introduced(self, signing_key: bytes) -> None:
        """Who the peer is; nothing that they sent has been opened yet."""
        ...

    def on_new_page(self) -> None:
        """What comes from now on is of another page of the peer's than what came before."""
        ...

    def on_message(self, message: SealedMessage) -> None:
        """An offer, an answer or a candidate."""
        ...

    def on_words(self, text: str) -> None:
        """A message of the reliable channel."""
        ...

    def on_relayed_frame(self, data: bytes) -> None: ...

    def on_code(self, code: str) -> None:
        """The short code that both people see."""
        ...


class SealedChannel:
    """One peer's.

    Args:
        send: takes a sealed message; what cannot be sent is lost.
        send_frame: takes a sealed frame; False when the server cannot be reached.

    Attributes:
        relays: whether our frames and words go this way now. What comes is taken all the same.
        is_shut: whether nothing is taken.
        signing_key: of the peer's person; None before the introduction.
    """

    def __init__(
        self,
        introduce: Introduce,
        peer_id: str,
        limits: PeerLimits,
        send: Callable[[Relay], object],
        send_frame: Callable[[RelayFrame], bool],
        listener: SealedListener,
    ) -> None:
        self.relays = False
        self.is_shut = False
        self.signing_key: bytes | None = None
        self._limits = limits
        self._listener = listener
        self._introduction = Introduction(introduce, peer_id, self._on_introduced, listener)
        self._delivery = SealedDelivery(
            self._introduction.envelope,
            peer_id,
            send,
            send_frame,
            self._on_message,
            self._on_relayed_frame,
            listener,
        )
        self._envelope: Envelope | None = None
        self._proven: Envelope | None = None
        self._parts: list[str] = []

    def meet(self, life: str, key_package: str) -> None:
        """The server says that the peer's page is this one."""
        self._introduction.meet(life, key_package)

    def deliver(self, relay: Relay) -> None:
        """A sealed message, from the peer as the server says."""
        if not self.is_shut and self._limits.allows_message(relay.kind):
            self._delivery.deliver(relay)

    def deliver_frame(self, payload: bytes) -> None:
        """A sealed frame, likewise."""
        if not self.is_shut and self._limits.allows_frame():
            self._delivery.deliver_frame(payload)

    def post(self, message: SealedMessage) -> None:
        """Seals and sends."""
        self._delivery.post(message)

    def say(self, text: str) -> None:
        """Seals and sends a message of the reliable channel, in as many parts as it takes."""
        start = 0
        while start < len(text):
            end = start + PART_BYTES
            # Quotes and backslashes take two bytes each.
            while len(json.dumps(text[start:end])) > PART_BYTES:
                end = (start + min(end, len(text))) // 2
            self.post(SealedMessage("control", 1, text[start:end], more=end < len(text)))
            start = end

    def send_frame(self, data: bytes) -> bool:
        """Seals and sends; False when the cipher is behind."""
        return self._delivery.post_frame(data)

    def close(self) -> None:
        """Drops what still waits. The listener hears nothing more."""
        self.relays = False
        self._introduction.close()
        self._delivery.close()

    # The way to the short code

    def begin_code(self) -> tuple[CodeCommitment | CodeNumber, ...]:
        """What to say for it when a path opens."""
        return () if self._envelope is None else self._envelope.verification.begin()

    def take_code(self, message: CodeCommitment | CodeNumber) -> tuple[CodeNumber, ...]:
        """The peer said something for it; what to answer."""
        if self._envelope is None:
            return ()
        verification = self._envelope.verification
        if isinstance(message, CodeCommitment):
            return verification.take_commitment(message)
        if verification.take_number(message) and verification.code is not None:
            self._listener.on_code(verification.code)
        else:
            self._listener.on_nonsense()
        return ()

    # What comes of them

    def _on_introduced(self, envelope: Envelope) -> None:
        self._envelope = envelope
        self.signing_key = envelope.package.signing_key
        self._listener.on_introduced(self.signing_key)

    def _on_message(self, message: SealedMessage, envelope: Envelope) -> None:
        if self.is_shut:
            return
        self._believe(envelope)
        if message.kind == "control":
            self._hear_part(message)
        else:
            self._listener.on_message(message)

    def _on_relayed_frame(self, data: bytes, envelope: Envelope) -> None:
        if not self.is_shut:
            self._believe(envelope)
            self._listener.on_relayed_frame(data)

    def _believe(self, envelope: Envelope) -> None:
        """Something came from a page that has the pair's key."""
        if envelope is self._proven:
            return
        was, self._proven = self._proven, envelope
        self._parts.clear()
        if was is not None:
            self._listener.on_new_page()

    def _hear_part(self, message: SealedMessage) -> None:
        self._parts.append(message.body)
        if message.more and sum(map(len, self._parts)) <= MAX_CONTROL_BYTES:
            return
        text = "".join(self._parts)
        self._parts.clear()
        self._listener.on_words(text)
