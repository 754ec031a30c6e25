"""Everything a call may have to tell the person, in one place.

A code is the key of a sentence (``error.<code>`` in the catalogues).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from persona_core.wire.signaling import CloseCode, ErrorCode


class NoticeCode(StrEnum):
    """What there is to tell."""

    ROOM_FULL = "room-full"
    """The room has no place for us. Not tried again."""
    SERVER_FULL = "server-full"
    """The server has no place for us now; tried again for ever."""
    REPLACED = "replaced"
    """A newer page of ours took our place. Not tried again."""
    REJECTED = "rejected"
    """The server says we broke its rules. Not tried again."""
    UNSUPPORTED_PROTOCOL = "unsupported-protocol"
    """Page and server are of different ages: reload. Not tried again."""
    ORIGIN_REFUSED = "origin-refused"
    """The server does not serve pages of this site: the operator must allow it."""
    SERVER_UNREACHABLE = "server-unreachable"
    """The signaling socket broke or does not open; tried again for ever."""
    SERVER_CLOSING = "server-closing"
    """The server said it stops; tried again when it asked to."""
    ROOM_TOKEN_MISSING = "room-token-missing"
    """The server lets in who has the operator's permission only. Not tried again."""
    ROOM_TOKEN_EXPIRED = "room-token-expired"
    """The operator's permission was for a time that is over. Not tried again."""
    ROOM_TOKEN_INVALID = "room-token-invalid"
    """The operator's permission is damaged, or for another room. Not tried again."""
    ROOM_LOCKED = "room-locked"
    """The host lets nobody in now. Not tried again."""
    REMOVED = "removed"
    """The host removed us. Not tried again."""
    WRONG_SECRET = "wrong-secret"
    """Somebody's link carries another secret. We leave if nobody there shares ours."""
    SIGNALING_TAMPERED = "signaling-tampered"
    """Somebody between us and a peer, most likely the server, forges connection data. What is
    forged is not believed: the call goes on."""
    PEER_NEWER = "peer-newer"
    """The peer's page is newer; the call goes on as well as it can."""
    CONNECTION_FAILED = "connection-failed"
    """The connection to a peer could not be made, however often we tried."""
    NO_WEBRTC = "no-webrtc"
    """Our browser makes no connections between pages: only the server is left, without voice."""
    SEALING_FAILED = "sealing-failed"
    """The platform's cryptography does not work here."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the person.

    Attributes:
        code: which sentence.
        peer: whom it is about, where it is about one peer.
        detail: for reports; never shown raw.
    """

    code: NoticeCode
    peer: str | None = None
    detail: str = ""


SERVER_AWAY: Final = frozenset({NoticeCode.SERVER_UNREACHABLE, NoticeCode.SERVER_CLOSING})
"""Notices that are over as soon as the server is back."""

TRIED_AGAIN: Final = SERVER_AWAY | {NoticeCode.SERVER_FULL}
"""Notices that are over as soon as the server lets us in."""

HAPPENED: Final = frozenset({NoticeCode.WRONG_SECRET, NoticeCode.SIGNALING_TAMPERED})
"""Notices of what a peer, or somebody in between, did: it stays true when the peer has gone."""


def refusal_notice(code: int, reason: str) -> Notice:
    """What a close that forbids to reconnect means for the person.

    Args:
        code: 4008 or 4009.
        reason: the close frame's reason: an :class:`ErrorCode`, or whatever a stranger sent.
    """
    try:
        found = NoticeCode(ErrorCode(reason))  # a word of both says the same here and there
    except ValueError:
        found = NoticeCode.ROOM_FULL if code == CloseCode.NO_PLACE else NoticeCode.REJECTED
    return Notice(found, detail=f"{code} {reason[:80]}")
