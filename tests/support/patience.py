"""Waiting for what a page is to say, without breaking the site's policy.

Playwright's own ``wait_for_function`` evaluates its expression inside the page again and again,
which a policy without ``'unsafe-eval'`` refuses. Asking from here is not the page's doing.
"""

from __future__ import annotations

import functools
import time
from contextlib import suppress
from typing import Any

from playwright.sync_api import Error, Page, TimeoutError

DEFAULT_MS = 30_000
FIRST_PAUSE_MS = 20.0
LONGEST_PAUSE_MS = 160.0
"""What is soon true is soon seen, and what takes seconds is not asked for all the while: every
question costs the machine that the page needs."""
REPORT = "globalThis.virtualpersona?.report?.()"
ELSEWHERE = ("Execution context was destroyed", "because of a navigation")
"""What Playwright says where the page went away while it was asked: the next one is asked."""


def patient(page: Page) -> Page:
    """The page, with a ``wait_for_function`` that the site's policy lets through."""
    page.wait_for_function = functools.partial(wait_for, page)  # type: ignore[method-assign]
    return page


def wait_for(page: Page, expression: str, *, arg: Any = None, timeout: float = DEFAULT_MS) -> None:
    """Waits until a page finds an expression true, or a function of ``arg`` that it is.

    Args:
        timeout: ms.

    Raises:
        TimeoutError: Playwright's, when it did not; with what the page tells of itself.
    """
    deadline = time.monotonic() + timeout / 1000.0
    pause_ms = FIRST_PAUSE_MS
    while not _holds(page, expression, arg):
        if time.monotonic() > deadline:
            given = "" if arg is None else f" of {arg!r}"
            error = TimeoutError(f"not within {timeout:.0f} ms: {expression}{given}")
            with suppress(Error):
                error.add_note(f"The page reports: {page.evaluate(REPORT)}")
            raise error
        page.wait_for_timeout(pause_ms)
        pause_ms = min(2.0 * pause_ms, LONGEST_PAUSE_MS)


def _holds(page: Page, expression: str, arg: Any) -> bool:
    try:
        return bool(page.evaluate(expression, arg))
    except Error as error:
        if any(words in error.message for words in ELSEWHERE):
            return False
        raise
