"""How much one socket may send, and from which pages."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

MESSAGE_RATE: Final = "message_rate"
"""Where in the ASGI scope's ``state`` the bucket is that messages and control frames share."""


def origin_allowed(origin: str | None, host: str, allowed: tuple[str, ...]) -> bool:
    """Whether a page of ``origin`` may connect to the server at ``host``.

    The check keeps other people's pages from using a visitor's browser; a client that is no
    browser sends no ``Origin`` and could send any, so its absence is allowed.

    Args:
        origin: the ``Origin`` header.
        host: the ``Host`` header, port included.
        allowed: further origins, or ``*`` for all.
    """
    if origin is None or "*" in allowed:
        return True
    origin = origin.lower()
    try:
        place = urlsplit(origin).netloc
    except ValueError:  # such as http://[
        return False
    return origin in allowed or (bool(host) and place == host.lower())
