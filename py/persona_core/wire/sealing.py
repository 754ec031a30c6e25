"""What is sealed in signaling, and how, so that the server can neither read nor forge it.

Everything is sealed with AES-256-GCM under a random 12-byte nonce that leads the sealed bytes.
There are two kinds of keys:

* The *room's*: HKDF-SHA-256 (RFC 5869) over the invitation's 16-byte secret, salt
  :data:`KEY_SALT`, info :func:`key_info`, 32 bytes out. It seals nothing but what pages tell of
  their keys (:mod:`persona_core.call.keys.key_package`).
* A *pair's*, of two pages that met (:mod:`persona_core.call.keys.key_ring`). It seals everything
  that the two send each other. Only they have it, so whatever it opens is from the other one.

The plain text of a message: JSON ``{"kind", "generation"}`` and ``"sdp"``, ``"candidate"`` or
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

from persona_core.errors import SignalingError
from persona_core.wire.signaling import MAX_ORDER, PROTOCOL_VERSION, RelayKind

KEY_SALT: Final = b"VirtualPersona signaling"
MIN_SEALED_BYTES: Final = 12 + 16
"""Nonce and GCM tag around nothing."""
KEY_ID_BYTES: Final = 6
COUNTER_BYTES: Final = 8
FRAME: Final = "frame"
"""What a relayed frame is bound to in place of a message's kind."""


def key_info(room: str) -> bytes:
    """The HKDF ``info`` of a room's key: each room has its own key even under one secret."""
    return f"room key v{PROTOCOL_VERSION} {room}".encode()


def associated_data(sender: str, receiver: str, kind: str, counter: int) -> bytes:
    """What a seal is bound to. No field can hold a line break, so the join is unambiguous."""
    return "\n".join(
        (f"VirtualPersona/{PROTOCOL_VERSION}", sender, receiver, kind, str(counter))
    ).encode()


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """The content of an offer, answer, ICE or control message.

    Attributes:
        kind: what ``body`` is.
        generation: which transport of this pair of peers it belongs to, >= 1.
        body: SDP, or a candidate as the JSON text of ``RTCIceCandidate.toJSON()``, or a message
            of the reliable channel that goes through the server.
        more: the rest of a long message follows in the next ones of its kind.
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
    def from_bytes(cls, kind: RelayKind, data: bytes) -> SealedMessage:
        """Reads what was sealed.

        Raises:
            SignalingError: ``bad-letter``: the peer sealed something that is no message of this
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


def _body_name(kind: RelayKind) -> str:
    return {"ice": "candidate", "control": "text"}.get(kind, "sdp")
