"""Python's log in the browser's console, each record at its own level.

Without this, Python writes warnings to stderr, which the console shows as errors: a peer that
sends nonsense would look like a fault of ours.
"""

from __future__ import annotations

import logging

import js


class ConsoleHandler(logging.Handler):
    """Writes records with ``console.error``, ``warn``, ``info`` or ``debug``."""

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        if record.levelno >= logging.ERROR:
            js.console.error(text)
        elif record.levelno >= logging.WARNING:
            js.console.warn(text)
        else:
            js.console.debug(text)


def log_to_console(level: int = logging.WARNING) -> None:
    """Sends the whole program's log to the console."""
    handler = ConsoleHandler()
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
