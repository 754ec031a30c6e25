"""How much one socket may send, and from which pages."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

MESSAGE_RATE: Final = "message_rate"
"""Where in the ASGI scope's ``state`` the bucket is that messages and control frames share."""


class TokenBucket:
    """Allows ``burst`` events at once and ``rate`` a second in the long run.

    Args:
        rate: tokens a second.
        burst: tokens when full, as it is at first.
        now: the present, in seconds of any monotonic clock.
    """

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._then = now

    def is_full(self, now: float) -> bool:
        """Whether nothing that was taken still matters at ``now``."""
        self._fill(now)
        return self._tokens >= self._burst

    def take(self, now: float) -> bool:
        """Whether one more event is allowed at ``now``; if so it is counted."""
        self._fill(now)
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._then) * self._rate)
        self._then = now


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
