"""What is sealed in signaling, and how, so that the server can neither read nor forge it.

The key: HKDF-SHA-256 (RFC 5869) over the invitation's 16-byte secret, salt :data:`KEY_SALT`,
info :func:`key_info`, 32 bytes out, used with AES-256-GCM and a random 12-byte nonce that
leads the sealed bytes.

The plain text of a letter: JSON ``{"kind", "generation", "from", "to"}`` and ``"sdp"``,
``"candidate"`` or ``"text"``. ``from`` and ``to`` are the *lives* of the two pages: a page has
another one each time it is loaded, though it may keep its peer id. What was sealed to an earlier
life of ours is stale; a new life of the sender begins its counters anew.

The associated data binds protocol version, room, sender, receiver, kind and the counter that
travels beside the payload. Each sender counts up from 1 for each receiver as long as its page
lives, and a receiver takes a counter only once and only upwards: what was recorded cannot be
played again, sent back, or passed off as something else.

A relayed frame is its counter (8 bytes, big-endian) and the sealed bytes; its associated data
binds both lives, too. Frames have counters of their own, for they may be dropped on the way.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from persona_core.call.ports import Sealer
from persona_core.call.signaling import (
    LIFE_PATTERN,
    MAX_ORDER,
    PROTOCOL_VERSION,
    Relay,
    RelayKind,
)
from persona_core.errors import SignalingError

KEY_SALT: Final = b"VirtualPersona signaling"
MAX_REMEMBERED_PEERS: Final = 256
MIN_SEALED_BYTES: Final = 12 + 16
"""Nonce and GCM tag around nothing."""
STALE_LIFE: Final = "stale-life"
"""Code of the error for a letter to an earlier life of ours."""
_COUNTER_BYTES: Final = 8
_FRAME: Final = "frame"

Key = TypeVar("Key")
Value = TypeVar("Value")


def key_info(room: str) -> bytes:
    """The HKDF ``info`` of a room's key: each room has its own key even under one secret."""
    return f"room key v{PROTOCOL_VERSION} {room}".encode()


def associated_data(
    room: str, sender: str, receiver: str, kind: str, counter: int, *lives: str
) -> bytes:
    """What a seal is bound to. No field can hold a line break, so the join is unambiguous."""
    return "\n".join(
        (f"VirtualPersona/{PROTOCOL_VERSION}", room, sender, receiver, kind, str(counter), *lives)
    ).encode()


@dataclass(frozen=True, slots=True)
class Letter:
    """The content of an offer, answer, ICE or control message.

    Attributes:
        kind: what ``body`` is.
        generation: which transport of this pair of peers it belongs to, >= 1.
        body: SDP, or a candidate as the JSON text of ``RTCIceCandidate.toJSON()``, or a message
            of the reliable channel that goes through the server.
        life: of the sender's page; empty where its page is too old to tell.
    """

    kind: RelayKind
    generation: int
    body: str
    life: str = ""

    def to_bytes(self, receiver_life: str = "") -> bytes:
        """The plain text, ``receiver_life`` empty while it is not known."""
        fields = {"kind": self.kind, "generation": self.generation}
        lives = {"from": self.life, "to": receiver_life}
        told = {name: life for name, life in lives.items() if life}
        text = json.dumps(fields | told | {_body_name(self.kind): self.body}, separators=(",", ":"))
        return text.encode()

    @classmethod
    def from_bytes(cls, kind: RelayKind, data: bytes, receiver_life: str = "") -> Letter:
        """Reads what was sealed.

        Raises:
            SignalingError: ``bad-letter``: the peer sealed something that is no letter of this
                kind; ``stale-life``: it was meant for an earlier life than ``receiver_life``.
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
        sender, receiver = (_life(fields.get(name, "")) for name in ("from", "to"))
        if receiver and receiver_life and receiver != receiver_life:
            raise SignalingError(f"{kind} to an earlier page", code=STALE_LIFE)
        return cls(kind, generation, body, sender)


class Envelope:
    """Seals letters and frames to peers and opens theirs, keeping counters and lives.

    Calls for one peer must not overlap within a kind of mail: the counters follow the order of
    the calls.

    Args:
        me: our peer id.
        life: of our page; letters to an earlier one are refused.
    """

    def __init__(self, sealer: Sealer, room: str, me: str, life: str = "") -> None:
        self._sealer = sealer
        self._room = room
        self._me = me
        self._life = life
        self._lives: dict[str, str] = {}
        self._sent: dict[tuple[str, ...], int] = {}
        self._seen: dict[tuple[str, ...], int] = {}

    async def seal(self, peer: str, letter: Letter) -> Relay:
        """The message that carries ``letter`` to ``peer``."""
        counter = self._count(peer)
        bound = associated_data(self._room, self._me, peer, letter.kind, counter)
        plain = replace(letter, life=self._life).to_bytes(self._lives.get(peer, ""))
        sealed = await self._sealer.seal(plain, bound)
        payload = base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()
        return Relay(letter.kind, peer, counter, payload)

    async def open(self, relay: Relay) -> Letter:
        """The letter in a message from ``relay.peer``.

        Raises:
            WrongSecretError: sealed with another key, or altered on the way.
            SignalingError: ``replayed``, ``bad-payload``, ``bad-letter`` or ``stale-life``.
        """
        bound = associated_data(self._room, relay.peer, self._me, relay.kind, relay.counter)
        plain = await self._sealer.unseal(_decode(relay.payload), bound)
        letter = Letter.from_bytes(relay.kind, plain, self._life)
        # Only now: a forged counter must not shut out the genuine ones.
        self._take((relay.peer, letter.life), relay.counter)
        _remember(self._lives, relay.peer, letter.life)
        return letter

    async def seal_frame(self, peer: str, data: bytes) -> bytes:
        """The payload of a relay frame that carries ``data`` to ``peer``."""
        counter = self._count(peer, _FRAME)
        bound = self._bound_frame(self._me, self._life, peer, self._lives.get(peer, ""), counter)
        return counter.to_bytes(_COUNTER_BYTES, "big") + await self._sealer.seal(data, bound)

    async def open_frame(self, peer: str, payload: bytes) -> bytes:
        """What ``peer`` sent through the server.

        Raises:
            WrongSecretError: sealed with another key, in another life, or altered on the way.
            SignalingError: ``replayed`` or ``bad-payload``.
        """
        if len(payload) < _COUNTER_BYTES + MIN_SEALED_BYTES:
            raise SignalingError(f"a frame of {len(payload)} bytes", code="bad-payload")
        counter = int.from_bytes(payload[:_COUNTER_BYTES], "big")
        life = self._lives.get(peer, "")
        if counter <= self._seen.get((peer, life, _FRAME), 0):
            raise SignalingError(f"frame {counter} came before", code="replayed")
        bound = self._bound_frame(peer, life, self._me, self._life, counter)
        plain = await self._sealer.unseal(payload[_COUNTER_BYTES:], bound)
        self._take((peer, life, _FRAME), counter)
        return plain

    def _bound_frame(
        self, sender: str, sender_life: str, receiver: str, receiver_life: str, counter: int
    ) -> bytes:
        lives = (sender_life, receiver_life)
        return associated_data(self._room, sender, receiver, _FRAME, counter, *lives)

    def _count(self, *lane: str) -> int:
        counter = self._sent.get(lane, 0) + 1
        _remember(self._sent, lane, counter)
        return counter

    def _take(self, lane: tuple[str, ...], counter: int) -> None:
        if counter <= self._seen.get(lane, 0):
            raise SignalingError(f"counter {counter} came before", code="replayed")
        _remember(self._seen, lane, counter)


def _body_name(kind: RelayKind) -> str:
    return {"ice": "candidate", "control": "text"}.get(kind, "sdp")


def _life(value: object) -> str:
    if not isinstance(value, str) or (value and not LIFE_PATTERN.fullmatch(value)):
        raise SignalingError("not a life", code="bad-letter")
    return value


def _remember(known: dict[Key, Value], key: Key, value: Value) -> None:
    """Keeps the newest entries, so that a server inventing peers cannot fill memory."""
    known.pop(key, None)
    known[key] = value
    if len(known) > MAX_REMEMBERED_PEERS:
        del known[next(iter(known))]


def _decode(payload: str) -> bytes:
    try:
        sealed = base64.b64decode(payload + "=" * (-len(payload) % 4), b"-_", validate=True)
    except ValueError:
        raise SignalingError("payload is not base64url", code="bad-payload") from None
    if len(sealed) < MIN_SEALED_BYTES:
        raise SignalingError(f"payload of {len(sealed)} bytes", code="bad-payload")
    return sealed
