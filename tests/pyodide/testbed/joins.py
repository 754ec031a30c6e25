"""Joins as a page would say them to the server."""

from __future__ import annotations

from persona_core.call.keys.identity import Identity
from persona_core.wire.signaling import PROTOCOL_VERSION, Join
from persona_core.wire.signaling_json import encode_client_message


def identity_of(name: str) -> Identity:
    """The name stands in for a signing key."""
    return Identity.of(name.encode(), "t" * 16)


def join_as(name: str, room: str) -> str:
    """The text of a join that the server lets in."""
    own = identity_of(name)
    join = Join(PROTOCOL_VERSION, room, own.peer, own.token, own.claim, "keys", "life-of-a-page")
    return encode_client_message(join)
