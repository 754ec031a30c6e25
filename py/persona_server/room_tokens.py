"""Room tokens: an operator's signed permission to enter one room until an instant.

    1.<expiry>.<signature>

``expiry`` is in seconds of Unix time. The signature is HMAC-SHA-256 (RFC 2104) with the
operator's secret over :func:`signed_text`, as base64url without padding. The room is not in the
token: it stands beside it in the link and in ``join``.

Seat tokens have the same form. The server signs them itself, with the same secret, for one peer
who is in one room.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Sequence
from hashlib import sha256

from persona_core.errors import SignalingError
from persona_core.wire import base64url
from persona_core.wire.signaling import ErrorCode

_FORM = re.compile(r"1\.([0-9]{1,12})\.([A-Za-z0-9_-]{43})")


def make_room_token(secret: str, room: str, expiry: int) -> str:
    """A token for ``room`` that holds until ``expiry`` (Unix time in seconds)."""
    return _make(secret, expiry, signed_text(room, expiry))


def check_room_token(secrets: Sequence[str], room: str, token: str, now: float) -> None:
    """Whether ``token`` opens ``room`` at ``now`` (Unix time in seconds).

    Args:
        secrets: any of them may have signed; none: rooms need no token.

    Raises:
        SignalingError: ``room-token-missing``, ``-invalid`` or ``-expired``.
    """
    if secrets:
        _check(secrets, token, now, lambda expiry: signed_text(room, expiry))


def make_seat_token(secret: str, room: str, peer: str, expiry: int) -> str:
    """A token that lets ``peer`` into ``room`` again until ``expiry``."""
    return _make(secret, expiry, _seat_text(room, peer, expiry))


def is_seat_token(secrets: Sequence[str], room: str, peer: str, token: str, now: float) -> bool:
    """Whether ``token`` lets ``peer`` into ``room`` again at ``now``."""
    try:
        _check(secrets, token, now, lambda expiry: _seat_text(room, peer, expiry))
    except SignalingError:
        return False
    return True


def signed_text(room: str, expiry: int) -> bytes:
    """What is signed; no field can hold a line break, so it is unambiguous."""
    return f"VirtualPersona room token 1\n{room}\n{expiry}".encode()


def _seat_text(room: str, peer: str, expiry: int) -> bytes:
    return f"VirtualPersona seat token 1\n{room}\n{peer}\n{expiry}".encode()


def _make(secret: str, expiry: int, text: bytes) -> str:
    return f"1.{expiry}.{_signature(secret, text)}"


def _check(
    secrets: Sequence[str], token: str, now: float, text_until: Callable[[int], bytes]
) -> None:
    if not token:
        raise SignalingError(code=ErrorCode.ROOM_TOKEN_MISSING)
    form = _FORM.fullmatch(token)
    if form is None:
        raise SignalingError("not a token", code=ErrorCode.ROOM_TOKEN_INVALID)
    expiry = int(form[1])
    text = text_until(expiry)
    # All are compared, so that the time taken does not tell which one it was.
    matches = [hmac.compare_digest(form[2], _signature(one, text)) for one in secrets]
    if not any(matches):
        raise SignalingError("not signed for this room", code=ErrorCode.ROOM_TOKEN_INVALID)
    if now >= expiry:
        raise SignalingError(f"expired {now - expiry:.0f} s ago", code=ErrorCode.ROOM_TOKEN_EXPIRED)


def _signature(secret: str, text: bytes) -> str:
    return base64url.encode(hmac.digest(secret.encode(), text, sha256))
