"""Who we are in a room: a peer id that proves itself, and what is kept of it over a reload.

A person has a signing key on the device; a seat in a room has a private token. Both go into the
peer id, which nobody else can make::

    digest = SHA-256(token)
    claim  = SHA-256("VirtualPersona claim" ‖ signing key ‖ digest)
    peer   = first 18 bytes of SHA-256("VirtualPersona peer" ‖ claim ‖ digest)

all as base64url. The server is told claim and token: it sees that the id belongs to who joins,
remembers nothing for it, and learns no key, so it cannot tell that two seats are one person's.
The members are told key and digest (:mod:`persona_core.call.keys.key_package`): they see whose
signature the id stands for, and learn nothing that opens the seat.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from persona_core.base.ports import Storage
from persona_core.call.invitation import Invitation
from persona_core.wire import base64url
from persona_core.wire.signaling import TOKEN_PATTERN, Join

ID_BYTES: Final = 18
"""144 bits: finding a second key for somebody's id takes 2**144 tries."""
TOKEN_BYTES: Final = 16
KEY: Final = "seat"


def random_id(token_bytes: Callable[[int], bytes], count: int) -> str:
    """``count`` random bytes as base64url."""
    return base64url.encode(token_bytes(count))


def token_digest(token: str) -> bytes:
    """What the members are told of a token."""
    return hashlib.sha256(token.encode()).digest()


def make_claim(signing_key: bytes, digest: bytes) -> str:
    """What the server is told of a signing key."""
    hashed = hashlib.sha256(b"VirtualPersona claim" + signing_key + digest).digest()
    return base64url.encode(hashed)


def make_peer_id(claim: str, digest: bytes) -> str:
    """The peer id of who made ``claim`` and has the token of ``digest``."""
    hashed = hashlib.sha256(b"VirtualPersona peer" + claim.encode() + digest).digest()
    return base64url.encode(hashed[:ID_BYTES])


def is_proven(join: Join) -> bool:
    """Whether who joins shows that the peer id is theirs, and tells the others what they need."""
    is_complete = bool(join.life and join.key_package)
    return is_complete and join.peer == make_peer_id(join.claim, token_digest(join.token))


@dataclass(frozen=True, slots=True)
class Identity:
    """A peer id and what proves that it is ours.

    Attributes:
        peer: what the others call us.
        token: known to us and the server.
        claim: see the module.
    """

    peer: str
    token: str = field(repr=False)
    claim: str = ""

    @classmethod
    def of(cls, signing_key: bytes, token: str) -> Identity:
        """The identity of this person in this seat.

        Args:
            signing_key: the public half.
        """
        digest = token_digest(token)
        claim = make_claim(signing_key, digest)
        return cls(make_peer_id(claim, digest), token, claim)

    @classmethod
    def create(cls, signing_key: bytes, token_bytes: Callable[[int], bytes]) -> Identity:
        """A new seat."""
        return cls.of(signing_key, random_id(token_bytes, TOKEN_BYTES))


def keep_identity(store: Storage, invitation: Invitation, identity: Identity) -> None:
    """Remembers who we are in a room. ``store`` must last as long as the tab, no longer."""
    store.set(KEY, json.dumps({"room": room_name(invitation), "token": identity.token}))


def kept_identity(store: Storage, invitation: Invitation, signing_key: bytes) -> Identity | None:
    """Who we were in this room before the page was loaded anew, if we were.

    With another signing key (the device forgot the old one) it is another peer id.
    """
    token = _kept_token(store, invitation)
    return None if token is None else Identity.of(signing_key, token)


def keeps_identity(store: Storage, invitation: Invitation) -> bool:
    """Whether we were in this room before the page was loaded anew."""
    return _kept_token(store, invitation) is not None


def _kept_token(store: Storage, invitation: Invitation) -> str | None:
    try:
        kept = json.loads(store.get(KEY) or "")
        room_kept, token = (str(kept[name]) for name in ("room", "token"))
    except (ValueError, TypeError, KeyError):
        return None
    return token if room_kept == room_name(invitation) and TOKEN_PATTERN.fullmatch(token) else None


def room_name(invitation: Invitation) -> str:
    """Names room and secret, and keeps neither: under another secret we are somebody else."""
    return hashlib.sha256(invitation.secret + invitation.room.encode()).hexdigest()[:32]


def forget_identity(store: Storage) -> None:
    """We left: whoever comes next is somebody new."""
    store.remove(KEY)
