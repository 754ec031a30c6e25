"""What is sealed in signaling, and how, so that the server can neither read nor forge it.

Everything is sealed with AES-256-GCM under a random 12-byte nonce that leads the sealed bytes.
There are two kinds of keys:

* The *room's*: HKDF-SHA-256 (RFC 5869) over the invitation's 16-byte secret, salt
  :data:`KEY_SALT`, info :func:`key_info`, 32 bytes out. It seals nothing but what pages tell of
  their keys (:mod:`persona_core.call.keys.key_package`).
* A *pair's*, of two pages that met (:mod:`persona_core.call.keys.pair_key`). It seals everything
  that the two send each other. Only they have it, so whatever it opens is from the other one.

The plain text of a letter: JSON ``{"kind", "generation"}`` and ``"sdp"``, ``"candidate"`` or
``"text"``, and ``"more": true`` where the rest of a long text follows. Its payload is the id of
the pair's key (6 bytes) and the sealed bytes, as base64url: what was sealed to an earlier page
of ours is told from what was forged.

The associated data binds sender, receiver, kind and the counter that travels beside the payload.
Each side counts up from 1 as long as the pair's key lives, and takes a counter only once and
only upwards: what was recorded cannot be played again, sent back, or passed off as something
else.

A relayed frame is its counter (8 bytes, big-endian) and the sealed bytes. Frames have counters
of their own, for they may be dropped on the way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from persona_core.call.keys.key_package import KeyPackage
from persona_core.call.keys.pair_key import KEY_ID_BYTES
from persona_core.call.peer.verification import Verification
from persona_core.call.ports import Sealer
from persona_core.errors import SignalingError
from persona_core.wire import base64url
from persona_core.wire.signaling import MAX_ORDER, PROTOCOL_VERSION, Relay, RelayKind

KEY_SALT: Final = b"VirtualPersona signaling"
MIN_SEALED_BYTES: Final = 12 + 16
"""Nonce and GCM tag around nothing."""
OTHER_KEY: Final = "other-key"
"""Code of the error for what was sealed with another key than the pair's present one."""
_COUNTER_BYTES: Final = 8
_FRAME: Final = "frame"


def key_info(room: str) -> bytes:
    """The HKDF ``info`` of a room's key: each room has its own key even under one secret."""
    return f"room key v{PROTOCOL_VERSION} {room}".encode()


def associated_data(sender: str, receiver: str, kind: str, counter: int) -> bytes:
    """What a seal is bound to. No field can hold a line break, so the join is unambiguous."""
    return "\n".join(
        (f"VirtualPersona/{PROTOCOL_VERSION}", sender, receiver, kind, str(counter))
    ).encode()


@dataclass(frozen=True, slots=True)
class Letter:
    """The content of an offer, answer, ICE or control message.

    Attributes:
        kind: what ``body`` is.
        generation: which transport of this pair of peers it belongs to, >= 1.
        body: SDP, or a candidate as the JSON text of ``RTCIceCandidate.toJSON()``, or a message
            of the reliable channel that goes through the server.
        more: the rest of a long message follows in the next letters of its kind.
    """

    kind: RelayKind
    generation: int
    body: str
    more: bool = False

    def to_bytes(self) -> bytes:
        """The plain text."""
        fields: dict[str, object] = {"kind": self.kind, "generation": self.generation}
        fields[_body_name(self.kind)] = self.body
        if self.more:
            fields["more"] = True
        return json.dumps(fields, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, kind: RelayKind, data: bytes) -> Letter:
        """Reads what was sealed.

        Raises:
            SignalingError: ``bad-letter``: the peer sealed something that is no letter of this
                kind.
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
        return cls(kind, generation, body, fields.get("more") is True)


class Envelope:
    """Seals letters and frames to one page of a peer and opens those from it.

    Calls must not overlap within letters sent, letters opened, frames sent and frames opened:
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
        self._sent = {"": 0, _FRAME: 0}
        self._seen = {"": 0, _FRAME: 0}

    async def seal(self, letter: Letter) -> Relay:
        """The message that carries ``letter``."""
        peer, counter = self.package.peer, self._count("")
        bound = associated_data(self.me, peer, letter.kind, counter)
        sealed = await self._sealer.seal(letter.to_bytes(), bound)
        return Relay(letter.kind, peer, counter, base64url.encode(self._key_id + sealed))

    async def open(self, relay: Relay) -> Letter:
        """The letter in a message from the peer.

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
        return Letter.from_bytes(relay.kind, plain)

    async def seal_frame(self, data: bytes) -> bytes:
        """The payload of a relay frame that carries ``data``."""
        counter = self._count(_FRAME)
        bound = associated_data(self.me, self.package.peer, _FRAME, counter)
        return counter.to_bytes(_COUNTER_BYTES, "big") + await self._sealer.seal(data, bound)

    async def open_frame(self, payload: bytes) -> bytes:
        """What the peer sent through the server.

        Raises:
            WrongSecretError: sealed with another key, or altered on the way.
            SignalingError: ``replayed`` or ``bad-payload``.
        """
        if len(payload) < _COUNTER_BYTES + MIN_SEALED_BYTES:
            raise SignalingError(f"a frame of {len(payload)} bytes", code="bad-payload")
        counter = int.from_bytes(payload[:_COUNTER_BYTES], "big")
        if counter <= self._seen[_FRAME]:
            raise SignalingError(f"frame {counter} came before", code="replayed")
        bound = associated_data(self.package.peer, self.me, _FRAME, counter)
        plain = await self._sealer.unseal(payload[_COUNTER_BYTES:], bound)
        self._take(_FRAME, counter)
        return plain

    def _count(self, lane: str) -> int:
        self._sent[lane] += 1
        return self._sent[lane]

    def _take(self, lane: str, counter: int) -> None:
        if counter <= self._seen[lane]:
            raise SignalingError(f"counter {counter} came before", code="replayed")
        self._seen[lane] = counter


def _body_name(kind: RelayKind) -> str:
    return {"ice": "candidate", "control": "text"}.get(kind, "sdp")


def _decode(payload: str) -> tuple[bytes, bytes]:
    """The key's id and the sealed bytes."""
    try:
        data = base64url.decode(payload)
    except ValueError:
        raise SignalingError("payload is not base64url", code="bad-payload") from None
    if len(data) < KEY_ID_BYTES + MIN_SEALED_BYTES:
        raise SignalingError(f"payload of {len(data)} bytes", code="bad-payload")
    return data[:KEY_ID_BYTES], data[KEY_ID_BYTES:]
