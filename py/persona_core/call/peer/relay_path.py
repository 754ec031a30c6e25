"""``RelayPath``: frames to and from one peer through the signaling server, sealed.

For peers whose browsers find no direct path. Frames are perishable: what waits for the cipher
when a newer one comes is given up, and what the server drops is not sent again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from persona_core.base.serial import SerialWorker
from persona_core.call.keys.envelope import Envelope
from persona_core.call.peer.ordered_delivery import GetEnvelope
from persona_core.errors import SignalingError, WrongSecretError
from persona_core.wire.signaling import RelayFrame

LOGGER = logging.getLogger(__name__)

WAITING_OUT: Final = 2
WAITING_IN: Final = 32


class RelayPath:
    """Both directions.

    Args:
        envelope: gives what we share with the peer's page once it is known; None: nothing.
        send: takes a sealed frame; False when the server cannot be reached.
        on_frame: gets what the peer sent.

    Attributes:
        refused: frames that did not open or came before.
    """

    def __init__(
        self,
        envelope: GetEnvelope,
        peer_id: str,
        send: Callable[[RelayFrame], bool],
        on_frame: Callable[[bytes, Envelope], None],
    ) -> None:
        self.refused = 0
        self._envelope = envelope
        self._peer_id = peer_id
        self._send = send
        self._on_frame = on_frame
        self._out: SerialWorker[bytes] = SerialWorker(self._seal, WAITING_OUT)
        self._in: SerialWorker[bytes] = SerialWorker(self._open, WAITING_IN)

    def send_frame(self, data: bytes) -> bool:
        """Seals and sends; False when the cipher is behind."""
        return self._out.put(data)

    def deliver(self, payload: bytes) -> None:
        """Opens what the server brought."""
        self._in.put(payload)

    def close(self) -> None:
        self._out.close()
        self._in.close()

    async def _seal(self, data: bytes) -> None:
        envelope = await self._envelope()
        if envelope is not None:
            self._send(RelayFrame(self._peer_id, await envelope.seal_frame(data)))

    async def _open(self, payload: bytes) -> None:
        envelope = await self._envelope()
        if envelope is None:
            self.refused += 1
            return
        try:
            data = await envelope.open_frame(payload)
        except (WrongSecretError, SignalingError) as error:
            self.refused += 1
            LOGGER.debug("relayed frame refused: %s", error)
        else:
            self._on_frame(data, envelope)
