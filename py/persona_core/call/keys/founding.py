"""Who made a room: proven to the people in it by its secret, and to the server by its id.

Who makes a room mixes the public half of their signing key into its secret, and a token that only
they have into its id::

    room   = first 20 letters of SHA-256("VirtualPersona host" ‖ token), 5 bits each
    secret = first 16 bytes of SHA-256("VirtualPersona founder\n" ‖ room ‖ "\n" ‖ key ‖ nonce)

The secret is as hard to guess as the nonce, 128 bits. Shown key and nonce, whoever has the link
sees that the room was made for this key; making another pair for the same secret takes 2**128
tries. The server is shown the token, which says nothing of any key: making another one for the
same id takes 2**100. Rooms made otherwise have no founder, and nobody can become theirs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from persona_core.base.ports import Storage
from persona_core.call.invitation import ROOM_ALPHABET, SECRET_BYTES, Invitation
from persona_core.call.keys.identity import TOKEN_BYTES, random_id, room_name
from persona_core.wire import base64url
from persona_core.wire.host_messages import NONCE_BYTES
from persona_core.wire.signaling import TOKEN_PATTERN

FOUNDED_LETTERS: Final = 20
"""Of a room's id that proves who is host: 100 bits."""
KEY: Final = "rooms.founded"
MAX_KEPT: Final = 8
"""Rooms whose founding is remembered, the newest ones."""


@dataclass(frozen=True, slots=True)
class Founding:
    """What who made a room keeps.

    Attributes:
        token: shown to the server alone, 22 characters of base64url.
        nonce: shown to the people in the room, 16 bytes.
    """

    token: str = field(repr=False)
    nonce: bytes = field(repr=False)


def found_room(
    token_bytes: Callable[[int], bytes], signing_key: bytes
) -> tuple[Invitation, Founding]:
    """A new room with a new secret, whose host is the owner of ``signing_key`` (65 bytes)."""
    founding = Founding(random_id(token_bytes, TOKEN_BYTES), token_bytes(NONCE_BYTES))
    room = room_of(founding.token)
    return Invitation(room, _secret_of(room, signing_key, founding.nonce)), founding


def room_of(token: str) -> str:
    """The id of the room whose host has ``token``."""
    digest = hashlib.sha256(b"VirtualPersona host" + token.encode()).digest()
    return "".join(ROOM_ALPHABET[byte & 31] for byte in digest[:FOUNDED_LETTERS])


def is_founder(invitation: Invitation, signing_key: bytes, nonce: bytes) -> bool:
    """Whether the room was made for ``signing_key``."""
    return invitation.secret == _secret_of(invitation.room, signing_key, nonce)


def keep_founding(store: Storage, invitation: Invitation, founding: Founding) -> None:
    """Remembers that we made a room; the oldest is forgotten where there are many."""
    kept = {"room": room_name(invitation), "token": founding.token, "nonce": founding.nonce.hex()}
    others = [entry for entry in _kept(store) if entry.get("room") != kept["room"]]
    store.set(KEY, json.dumps([*others, kept][-MAX_KEPT:]))


def kept_founding(store: Storage, invitation: Invitation) -> Founding | None:
    """What was kept of a room that we made, if it is all there."""
    name = room_name(invitation)
    for entry in _kept(store):
        token, nonce = entry.get("token"), entry.get("nonce")
        if entry.get("room") != name or not isinstance(token, str) or not isinstance(nonce, str):
            continue
        try:
            known = Founding(token, bytes.fromhex(nonce))
        except ValueError:
            continue
        fits = TOKEN_PATTERN.fullmatch(token) and len(known.nonce) == NONCE_BYTES
        if fits and room_of(token) == invitation.room:
            return known
    return None


def person_id(signing_key: bytes) -> str:
    """Names a person, in 22 characters, to those who know the key."""
    digest = hashlib.sha256(b"VirtualPersona person" + signing_key).digest()
    return base64url.encode(digest[:16])


def _secret_of(room: str, signing_key: bytes, nonce: bytes) -> bytes:
    text = b"VirtualPersona founder\n" + room.encode() + b"\n" + signing_key + nonce
    return hashlib.sha256(text).digest()[:SECRET_BYTES]


def _kept(store: Storage) -> list[dict[str, object]]:
    try:
        kept = json.loads(store.get(KEY) or "[]")
    except (ValueError, RecursionError):
        return []
    entries = kept if isinstance(kept, list) else []
    return [entry for entry in entries if isinstance(entry, dict)][-MAX_KEPT:]
