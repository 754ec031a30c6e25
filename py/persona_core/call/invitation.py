"""Invitations: which room, and the secret that only its guests know.

An invitation is the fragment ``#room=<id>&key=<secret>`` of a link. Browsers never send a
fragment to a server, so the secret stays between those who share the link.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from persona_core.errors import InvitationError
from persona_core.wire import base64url
from persona_core.wire.signaling import ROOM_PATTERN, ROOM_TOKEN_PATTERN

SECRET_BYTES: Final = 16
ROOM_LENGTH: Final = 12
ROOM_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"
"""32 characters, 5 bits each, without the look-alikes l, o, 0 and 1: easy to read out."""

MAX_LINK_LENGTH: Final = 4096

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_ROOM_FIELD: Final = re.compile(r"(?:^|[#&?\s])room=([^&#\s]*)")
_KEY_FIELD: Final = re.compile(r"[#&]key=([^&#\s]*)")
_TOKEN_FIELD: Final = re.compile(r"[#&]token=([^&#\s]*)")
_WRAPPING: Final = "<>()[]{}\"'`.,;:!?\u2018\u2019\u201c\u201d\u300c\u300d\u3008\u3009\u2026"
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


@dataclass(frozen=True, slots=True)
class Invitation:
    """A room and its secret.

    Attributes:
        room: 1 to 64 characters of ``A-Z a-z 0-9 _ -``.
        secret: 16 random bytes; kept out of ``repr`` so that no log shows it.
        token: the operator's permission to enter, where the server asks for one.
    """

    room: str
    secret: bytes = field(repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def create(cls, token_bytes: Callable[[int], bytes]) -> Invitation:
        """A new room with a new secret.

        Args:
            token_bytes: gives that many bytes fit for cryptography.
        """
        letters = (ROOM_ALPHABET[byte & 31] for byte in token_bytes(ROOM_LENGTH))
        return cls("".join(letters), token_bytes(SECRET_BYTES))

    @property
    def fragment(self) -> str:
        """``#room=<id>&key=<secret>``, the secret as base64url without padding, and the token."""
        token = f"&token={self.token}" if self.token else ""
        return f"#room={self.room}&key={base64url.encode(self.secret)}{token}"

    def link(self, page: str) -> str:
        """The whole link to ``page``, whose own fragment is replaced."""
        return page.partition("#")[0] + self.fragment


def parse_invitation(text: str) -> Invitation:
    """The invitation in whatever a person pasted.

    Takes a whole link to any page of the site, a bare fragment, and the traces that mail and
    chat leave: brackets, quotes, trailing punctuation, line breaks, escapes, words around it.

    Raises:
        InvitationError: ``no-room-in-link``, ``bad-room`` or ``bad-key``.
    """
    problem: InvitationError | None = None
    for reading in _readings(text[:MAX_LINK_LENGTH]):
        try:
            return _parse(reading)
        except InvitationError as error:
            problem = problem or error
    raise problem or InvitationError(code="no-room-in-link")


def _readings(text: str) -> Iterator[str]:
    """The text as it stands, then with the changes undone that others make to links."""
    text = _INVISIBLE.sub("", text).strip()
    yield text
    yield html.unescape(text)
    yield unquote(text)
    yield re.sub(r"\s+", "", text)


def _parse(text: str) -> Invitation:
    room = _ROOM_FIELD.search(text)
    if room is None:
        raise InvitationError("no room= in it", code="no-room-in-link")
    name = room[1].strip(_WRAPPING)
    if not ROOM_PATTERN.fullmatch(name):
        raise InvitationError(f"{len(name)} characters", code="bad-room")
    key = _KEY_FIELD.search(text)
    secret = key[1].strip(_WRAPPING) if key else ""
    if not _KEY.fullmatch(secret):
        raise InvitationError(f"{len(secret)} characters", code="bad-key")
    token = _TOKEN_FIELD.search(text)
    permission = token[1].strip(_WRAPPING) if token else ""
    # A damaged one is not worth less than none: the server says which it is.
    permission = permission if ROOM_TOKEN_PATTERN.fullmatch(permission) else ""
    return Invitation(name, base64url.decode(secret), permission)
