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
from typing import TextIO

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


def write_to(stream: TextIO, level: str) -> None:
    """Sends this server's and uvicorn's lines to ``stream``.

    Uvicorn's own lines start at ``warning``: below that they carry addresses.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    for name, threshold in (("persona_server", level.upper()), ("uvicorn", "WARNING")):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(threshold)
        logger.propagate = False
