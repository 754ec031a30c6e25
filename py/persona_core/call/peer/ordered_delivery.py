"""``OrderedDelivery``: sealed messages to and from one peer, in order, though some get lost."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from persona_core.base.serial import SerialWorker
from persona_core.call.keys.envelope import OTHER_KEY, Envelope
from persona_core.errors import SignalingError, WrongSecretError
from persona_core.wire.sealing import SealedMessage
from persona_core.wire.signaling import Relay, RelayKind

GetEnvelope = Callable[[], Awaitable[Envelope | None]]

LOGGER = logging.getLogger(__name__)

WAITING_LIMIT: Final = 128
"""Messages that may wait for the cipher: several rounds of negotiation."""


class DeliveryListener(Protocol):
    """Hears what could not be read."""

    def on_forgery(self) -> None:
        """Somebody made something up: it names our key and does not open with it."""
        ...

    def on_nonsense(self) -> None:
        """Something was replayed, or made no sense."""
        ...

    def on_stale(self, kind: RelayKind) -> None:
        """Something came that was sealed for an earlier page of ours, or by one of the peer's."""
        ...


class OrderedDelivery:
    """Both directions of one peer's sealed messages.

    Args:
        envelope: gives what we share with the peer's page once it is known; None: nothing.
        send: takes a sealed message; what cannot be sent is lost, and a new negotiation follows.
        on_message: gets what the peer sent.
    """

    def __init__(
        self,
        envelope: GetEnvelope,
        send: Callable[[Relay], object],
        on_message: Callable[[SealedMessage, Envelope], None],
        listener: DeliveryListener,
    ) -> None:
        self._envelope = envelope
        self._send = send
        self._on_message = on_message
        self._listener = listener
        self._out: SerialWorker[SealedMessage] = SerialWorker(self._seal, WAITING_LIMIT)
        self._in: SerialWorker[Relay] = SerialWorker(self._open, WAITING_LIMIT)

    def post(self, message: SealedMessage) -> None:
        """Seals and sends."""
        self._out.put(message)

    def deliver(self, relay: Relay) -> None:
        """Opens what the server brought and hands it on."""
        self._in.put(relay)

    def close(self) -> None:
        """Drops what still waits. The listener hears nothing more."""
        self._out.close()
        self._in.close()

    async def _seal(self, message: SealedMessage) -> None:
        envelope = await self._envelope()
        if envelope is not None:
            self._send(await envelope.seal(message))

    async def _open(self, relay: Relay) -> None:
        envelope = await self._envelope()
        if envelope is None:
            self._listener.on_nonsense()
            return
        try:
            message = await envelope.open(relay)
        except WrongSecretError:
            self._listener.on_forgery()
        except SignalingError as error:
            if error.code == OTHER_KEY:
                self._listener.on_stale(relay.kind)
                return
            LOGGER.warning("sealed message refused: %s", error)
            self._listener.on_nonsense()
        else:
            self._on_message(message, envelope)
