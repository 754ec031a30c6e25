"""Who we are in a room, kept over a reload of the page, so that we return as the same peer."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from persona_core.call.invitation import Invitation
from persona_core.call.ports import Storage
from persona_core.call.signaling import PEER_PATTERN, TOKEN_PATTERN

ID_BYTES: Final = 12
TOKEN_BYTES: Final = 16
KEY: Final = "seat"


def random_id(token_bytes: Callable[[int], bytes], count: int) -> str:
    """``count`` random bytes as base64url."""
    return base64.urlsafe_b64encode(token_bytes(count)).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Identity:
    """A peer id and what proves that it is ours.

    Attributes:
        peer: what the others call us.
        token: known to us and the server.
    """

    peer: str
    token: str = field(repr=False)

    @classmethod
    def create(cls, token_bytes: Callable[[int], bytes]) -> Identity:
        return cls(random_id(token_bytes, ID_BYTES), random_id(token_bytes, TOKEN_BYTES))


def keep_identity(store: Storage, invitation: Invitation, identity: Identity) -> None:
    """Remembers who we are in a room. ``store`` must last as long as the tab, no longer."""
    kept = {"room": _room(invitation), "peer": identity.peer, "token": identity.token}
    store.set(KEY, json.dumps(kept))


def kept_identity(store: Storage, invitation: Invitation) -> Identity | None:
    """Who we were in this room before the page was loaded anew, if we were."""
    try:
        kept = json.loads(store.get(KEY) or "")
        room_kept, peer, token = (str(kept[name]) for name in ("room", "peer", "token"))
    except (ValueError, TypeError, KeyError):
        return None
    if room_kept != _room(invitation) or not (
        PEER_PATTERN.fullmatch(peer) and TOKEN_PATTERN.fullmatch(token)
    ):
        return None
    return Identity(peer, token)


def _room(invitation: Invitation) -> str:
    """Names room and secret: under another secret we are somebody else."""
    return hashlib.sha256(invitation.secret + invitation.room.encode()).hexdigest()[:32]


def forget_identity(store: Storage) -> None:
    """We left: whoever comes next is somebody new."""
    store.remove(KEY)
