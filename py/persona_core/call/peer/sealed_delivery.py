"""``SealedDelivery``: what passes sealed between us and one peer through the signaling server.

Messages keep their order, though some get lost. Frames are for peers whose browsers find no direct
path, and perishable: what waits for the cipher when a newer one comes is given up, and what the
server drops is not sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from persona_core.base.serial import SerialWorker
from persona_core.call.keys.envelope import OTHER_KEY, Envelope
from persona_core.errors import SignalingError, WrongSecretError
from persona_core.wire.sealing import SealedMessage
from persona_core.wire.signaling import Relay, RelayFrame, RelayKind

LOGGER = logging.getLogger(__name__)

WAITING_MESSAGES: Final = 128
"""Messages that may wait for the cipher: several rounds of negotiation."""
FRAMES_OUT: Final = 2
FRAMES_IN: Final = 32


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


class SealedDelivery:
    """Both directions.

    Args:
        envelope: gives what we share with the peer's page once it is known; None: nothing.
        send: takes a sealed message; what cannot be sent is lost, and a new negotiation follows.
        send_frame: takes a sealed frame; False when the server cannot be reached.
        on_message: gets what the peer sent.
        on_frame: likewise.

    Attributes:
        refused_frames: that did not open or came before.
    """

    def __init__(
        self,
        envelope: Callable[[], Awaitable[Envelope | None]],
        peer_id: str,
        send: Callable[[Relay], object],
        send_frame: Callable[[RelayFrame], bool],
        on_message: Callable[[SealedMessage, Envelope], None],
        on_frame: Callable[[bytes, Envelope], None],
        listener: DeliveryListener,
    ) -> None:
        self.refused_frames = 0
        self._envelope = envelope
        self._peer_id = peer_id
        self._send = send
        self._send_frame = send_frame
        self._on_message = on_message
        self._on_frame = on_frame
        self._listener = listener
        self._out: SerialWorker[SealedMessage] = SerialWorker(self._seal, WAITING_MESSAGES)
        self._in: SerialWorker[Relay] = SerialWorker(self._open, WAITING_MESSAGES)
        self._frames_out: SerialWorker[bytes] = SerialWorker(self._seal_frame, FRAMES_OUT)
        self._frames_in: SerialWorker[bytes] = SerialWorker(self._open_frame, FRAMES_IN)

    def post(self, message: SealedMessage) -> None:
        """Seals and sends."""
        self._out.put(message)

    def deliver(self, relay: Relay) -> None:
        """Opens what the server brought and hands it on."""
        self._in.put(relay)

    def post_frame(self, data: bytes) -> bool:
        """Seals and sends; False when the cipher is behind."""
        return self._frames_out.put(data)

    def deliver_frame(self, payload: bytes) -> None:
        """Opens what the server brought and hands it on."""
        self._frames_in.put(payload)

    def close(self) -> None:
        """Drops what still waits. The listener hears nothing more."""
        for worker in (self._out, self._in, self._frames_out, self._frames_in):
            worker.close()

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

    async def _seal_frame(self, data: bytes) -> None:
        envelope = await self._envelope()
        if envelope is not None:
            self._send_frame(RelayFrame(self._peer_id, await envelope.seal_frame(data)))

    async def _open_frame(self, payload: bytes) -> None:
        envelope = await self._envelope()
        if envelope is None:
            self.refused_frames += 1
            return
        try:
            data = await envelope.open_frame(payload)
        except (WrongSecretError, SignalingError) as error:
            self.refused_frames += 1
            LOGGER.debug("relayed frame refused: %s", error)
        else:
            self._on_frame(data, envelope)
