"""What the server writes down: one JSON object a line, and nothing personal.

No addresses, no peer ids, no message contents. A room appears as a short hash salted afresh
in every process (or by the operator, for several processes), so that lines about one room belong
together and lead nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import time
from collections import Counter
from typing import Final, TextIO

from persona_core.base.token_bucket import TokenBucket

LIBRARIES: Final = ("uvicorn", "asyncio")
LINES_AT_ONCE: Final = 60
LINES_PER_SECOND: Final = 1.0
"""Of one kind, in the long run: whoever knocks at the door all day shall not fill the disk."""

MOST_KINDS: Final = 100
"""So many kinds of lines are told apart; all others count as one more."""

LOGGER = logging.getLogger("persona_server")


class JsonFormatter(logging.Formatter):
    """``{"time", "level", "event", ...fields}`` with UTC time."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class Journal:
    """Writes events with their fields.

    Args:
        salt: the same salt gives the same aliases; empty for one of its own.
    """

    def __init__(self, salt: str = "") -> None:
        self._salt = hashlib.sha256(salt.encode()).digest() if salt else secrets.token_bytes(32)

    def alias(self, room: str) -> str:
        """A short name for a room that says nothing about it."""
        return hashlib.blake2b(room.encode(), key=self._salt, digest_size=4).hexdigest()

    def note(self, event: str, *, level: int = logging.INFO, **fields: object) -> None:
        LOGGER.log(level, event, extra={"fields": fields})


class Sampler(logging.Filter):
    """Lets through so many lines of each kind; the next one tells how many were ``skipped``."""

    def __init__(self) -> None:
        super().__init__()
        self._kinds: dict[tuple[str, str, str], TokenBucket] = {}
        self._skipped: Counter[tuple[str, str, str]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        fields = getattr(record, "fields", {})
        # What was filled into a message, or its error, is somebody else's choice.
        kind = (record.name, str(record.msg)[:80], str(fields.get("code", "")))
        if kind not in self._kinds and len(self._kinds) >= MOST_KINDS:
            kind = ("", "", "")
        bucket = self._kinds.get(kind)
        if bucket is None:
            bucket = TokenBucket(LINES_PER_SECOND, LINES_AT_ONCE, record.created)
            self._kinds[kind] = bucket
        if not bucket.take(record.created):
            self._skipped[kind] += 1
            return False
        if skipped := self._skipped.pop(kind, 0):
            record.fields = {**fields, "skipped": skipped}
        return True


def write_to(stream: TextIO, level: str) -> None:
    """Sends this server's and its libraries' lines to ``stream``.

    The libraries' own lines start at ``warning``: below that they carry addresses.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(Sampler())
    for name in ("persona_server", *LIBRARIES):
        threshold = "WARNING" if name in LIBRARIES else level.upper()
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(threshold)
        logger.propagate = False
