"""What the pages of all browsers of this process said last."""

from __future__ import annotations

from collections import deque
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, WebError

KEPT = 40

_lines: deque[str] = deque(maxlen=KEPT)


def listen(browser: Browser) -> None:
    """Hears every page that a browser will open."""
    browser.on("context", _listen)


def last_lines() -> list[str]:
    """The last that were said, the oldest first; may be asked from any thread."""
    return list(_lines)


def _listen(context: BrowserContext) -> None:
    context.on("console", _heard)
    context.on("weberror", _raised)


def _heard(message: ConsoleMessage) -> None:
    page = urlsplit(message.location["url"]).path
    _lines.append(f"{page}: {message.type}: {message.text}")


def _raised(error: WebError) -> None:
    _lines.append(f"uncaught: {error.error}")
