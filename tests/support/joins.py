"""Joins that a server lets in."""

from __future__ import annotations

from typing import Any

from persona_core.call.keys.identity import Identity
from persona_core.wire.signaling import PROTOCOL_VERSION, Join

LIFE = "life-of-a-page"
KEY_PACKAGE = "keys"
TOKEN = "t" * 16


def identity_of(person: str, token: str = TOKEN) -> Identity:
    """A person's in the seat of a token; the name stands in for a signing key."""
    return Identity.of(person.encode(), token)


def make_join(person: str, room: str, token: str = TOKEN, **wishes: Any) -> Join:
    """``wishes`` are further fields of :class:`Join`, and what is to be other than right."""
    identity = identity_of(person, token)
    fields: dict[str, Any] = {
        "protocol": PROTOCOL_VERSION,
        "room": room,
        "peer": identity.peer,
        "token": identity.token,
        "claim": identity.claim,
        "key_package": KEY_PACKAGE,
        "life": LIFE,
    }
    return Join(**fields | wishes)
