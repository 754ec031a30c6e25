"""What is sealed in signaling, and how, so that the server can neither read nor forge it.

The key: HKDF-SHA-256 (RFC 5869) over the invitation's 16-byte secret, salt :data:`KEY_SALT`,
info :func:`key_info`, 32 bytes out, used with AES-256-GCM and a random 12-byte nonce that
leads the sealed bytes.

The plain text: JSON ``{"kind", "generation", "sdp" or "candidate"}``.

The associated data binds protocol version, room, sender, receiver, kind and the counter that
travels beside the payload. Each sender counts up from 1 for each receiver as long as its page
lives, and a receiver takes a counter only once and only upwards: what was recorded cannot be
played again, sent back, or passed off as something else.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Final

from persona_core.call.ports import Sealer
from persona_core.call.signaling import MAX_ORDER, PROTOCOL_VERSION, Relay, RelayKind
from persona_core.errors import SignalingError

KEY_SALT: Final = b"VirtualPersona signaling"
MAX_REMEMBERED_PEERS: Final = 256
MIN_SEALED_BYTES: Final = 12 + 16
"""Nonce and GCM tag around nothing."""


def key_info(room: str) -> bytes:
    """The HKDF ``info`` of a room's key: each room has its own key even under one secret."""
    return f"room key v{PROTOCOL_VERSION} {room}".encode()


def associated_data(room: str, sender: str, receiver: str, kind: str, counter: int) -> bytes:
    """What a seal is bound to. No field can hold a line break, so the join is unambiguous."""
    return "\n".join(
        (f"VirtualPersona/{PROTOCOL_VERSION}", room, sender, receiver, kind, str(counter))
    ).encode()


@dataclass(frozen=True, slots=True)
class Letter:
    """The content of an offer, answer or ICE message.

    Attributes:
        kind: what ``body`` is.
        generation: which transport of this pair of peers it belongs to, >= 1.
        body: SDP, or a candidate as the JSON text of ``RTCIceCandidate.toJSON()``.
    """

    kind: RelayKind
    generation: int
    body: str

    def to_bytes(self) -> bytes:
        name = _body_name(self.kind)
        return json.dumps(
            {"kind": self.kind, "generation": self.generation, name: self.body},
            separators=(",", ":"),
        ).encode()

    @classmethod
    def from_bytes(cls, kind: RelayKind, data: bytes) -> Letter:
        """Reads what was sealed.

        Raises:
            SignalingError: the peer sealed something that is no letter of this kind.
        """
        try:
            fields = json.loads(data)
        except (ValueError, RecursionError):
            raise SignalingError("sealed text is not JSON", code="bad-letter") from None
        if not isinstance(fields, dict) or fields.get("kind") != kind:
            raise SignalingError(f"sealed text is no {kind}", code="bad-letter")
        generation, body = fields.get("generation"), fields.get(_body_name(kind))
        if type(generation) is not int or not 1 <= generation <= MAX_ORDER:
            raise SignalingError("generation must be 1 or more", code="bad-letter")
        if not isinstance(body, str):
            raise SignalingError(f"{kind} without its text", code="bad-letter")
        return cls(kind, generation, body)


class Envelope:
    """Seals letters to peers and opens theirs, keeping the counters.

    Calls for one peer must not overlap: the counters follow the order of the calls.
    """

    def __init__(self, sealer: Sealer, room: str, me: str) -> None:
        self._sealer = sealer
        self._room = room
        self._me = me
        self._sent: dict[str, int] = {}
        self._seen: dict[str, int] = {}

    async def seal(self, peer: str, letter: Letter) -> Relay:
        """The message that carries ``letter`` to ``peer``."""
        counter = self._sent.get(peer, 0) + 1
        _remember(self._sent, peer, counter)
        bound = associated_data(self._room, self._me, peer, letter.kind, counter)
        sealed = await self._sealer.seal(letter.to_bytes(), bound)
        payload = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
        return Relay(letter.kind, peer, counter, payload)

    async def open(self, relay: Relay) -> Letter:
        """The letter in a message from ``relay.peer``.

        Raises:
            WrongSecretError: sealed with another key, or altered on the way.
            SignalingError: ``replayed``, ``bad-payload`` or ``bad-letter``.
        """
        if relay.counter <= self._seen.get(relay.peer, 0):
            raise SignalingError(f"counter {relay.counter} came before", code="replayed")
        bound = associated_data(self._room, relay.peer, self._me, relay.kind, relay.counter)
        plain = await self._sealer.unseal(_decode(relay.payload), bound)
        # Only now: a forged counter must not shut out the genuine ones.
        _remember(self._seen, relay.peer, relay.counter)
        return Letter.from_bytes(relay.kind, plain)


def _body_name(kind: RelayKind) -> str:
    return "candidate" if kind == "ice" else "sdp"


def _remember(counters: dict[str, int], peer: str, counter: int) -> None:
    """Keeps the newest peers' counters, so that a server inventing peers cannot fill memory."""
    counters.pop(peer, None)
    counters[peer] = counter
    if len(counters) > MAX_REMEMBERED_PEERS:
        del counters[next(iter(counters))]


def _decode(payload: str) -> bytes:
    try:
        sealed = base64.b64decode(payload + "=" * (-len(payload) % 4), b"-_", validate=True)
    except ValueError:
        raise SignalingError("payload is not base64url", code="bad-payload") from None
    if len(sealed) < MIN_SEALED_BYTES:
        raise SignalingError(f"payload of {len(sealed)} bytes", code="bad-payload")
    return sealed
