"""``Envelope``: what seals and opens all that two pages send each other through the server.

The bytes: :mod:`persona_core.wire.sealing`.
"""

from __future__ import annotations

from typing import Final

from persona_core.call.keys.key_package import KeyPackage
from persona_core.call.keys.verification import Verification
from persona_core.call.ports import Sealer
from persona_core.errors import SignalingError
from persona_core.wire import base64url
from persona_core.wire.sealing import (
    COUNTER_BYTES,
    FRAME,
    KEY_ID_BYTES,
    MIN_SEALED_BYTES,
    SealedMessage,
    associated_data,
)
from persona_core.wire.signaling import Relay

OTHER_KEY: Final = "other-key"
"""Code of the error for what was sealed with another key than the pair's present one."""


class Envelope:
    """Seals messages and frames to one page of a peer and opens those from it.

    Calls must not overlap within messages sent, messages opened, frames sent and frames opened:
    the counters follow the order of the calls.

    Args:
        sealer: has the pair's key.
        key_id: names it.

    Attributes:
        me: our peer id.
        package: whose page it is.
        verification: the way of the two people to their short code.
    """

    def __init__(
        self,
        sealer: Sealer,
        key_id: bytes,
        me: str,
        package: KeyPackage,
        verification: Verification,
    ) -> None:
        self.package = package
        self.verification = verification
        self._sealer = sealer
        self._key_id = key_id
        self.me = me
        self._sent = {"": 0, FRAME: 0}
        self._seen = {"": 0, FRAME: 0}

    async def seal(self, message: SealedMessage) -> Relay:
        """What carries ``message`` through the server."""
        peer, counter = self.package.peer, self._count("")
        bound = associated_data(self.me, peer, message.kind, counter)
        sealed = await self._sealer.seal(message.to_bytes(), bound)
        return Relay(message.kind, peer, counter, base64url.encode(self._key_id + sealed))

    async def open(self, relay: Relay) -> SealedMessage:
        """The sealed message in one from the peer.

        Raises:
            WrongSecretError: altered on the way, or forged.
            SignalingError: ``other-key``, ``replayed``, ``bad-payload`` or ``bad-letter``.
        """
        key_id, sealed = _decode(relay.payload)
        if key_id != self._key_id:
            raise SignalingError(f"{relay.kind} for another page", code=OTHER_KEY)
        bound = associated_data(self.package.peer, self.me, relay.kind, relay.counter)
        plain = await self._sealer.unseal(sealed, bound)
        # Only now: a forged counter must not shut out the genuine ones.
        self._take("", relay.counter)
        return SealedMessage.from_bytes(relay.kind, plain)

    async def seal_frame(self, data: bytes) -> bytes:
        """The payload of a relay frame that carries ``data``."""
        counter = self._count(FRAME)
        bound = associated_data(self.me, self.package.peer, FRAME, counter)
        return counter.to_bytes(COUNTER_BYTES, "big") + await self._sealer.seal(data, bound)

    async def open_frame(self, payload: bytes) -> bytes:
        """What the peer sent through the server.

        Raises:
            WrongSecretError: sealed with another key, or altered on the way.
            SignalingError: ``replayed`` or ``bad-payload``.
        """
        if len(payload) < COUNTER_BYTES + MIN_SEALED_BYTES:
            raise SignalingError(f"a frame of {len(payload)} bytes", code="bad-payload")
        counter = int.from_bytes(payload[:COUNTER_BYTES], "big")
        if counter <= self._seen[FRAME]:
            raise SignalingError(f"frame {counter} came before", code="replayed")
        bound = associated_data(self.package.peer, self.me, FRAME, counter)
        plain = await self._sealer.unseal(payload[COUNTER_BYTES:], bound)
        self._take(FRAME, counter)
        return plain

    def _count(self, lane: str) -> int:
        self._sent[lane] += 1
        return self._sent[lane]

    def _take(self, lane: str, counter: int) -> None:
        if counter <= self._seen[lane]:
            raise SignalingError(f"counter {counter} came before", code="replayed")
        self._seen[lane] = counter


def _decode(payload: str) -> tuple[bytes, bytes]:
    """The key's id and the sealed bytes."""
    try:
        data = base64url.decode(payload)
    except ValueError:
        raise SignalingError("payload is not base64url", code="bad-payload") from None
    if len(data) < KEY_ID_BYTES + MIN_SEALED_BYTES:
        raise SignalingError(f"payload of {len(data)} bytes", code="bad-payload")
    return data[:KEY_ID_BYTES], data[KEY_ID_BYTES:]
