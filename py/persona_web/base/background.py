"""Work that goes on beside what a page is doing, and whether its outcome is still wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Background:
    """Runs coroutines to their end: the event loop itself keeps only weak references to them."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Begins at the next turn of the event loop; what it raises is logged."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class Latest:
    """One thing that is asked for again before it has come: only the latest wish counts."""

    def __init__(self) -> None:
        self._asked = 0

    def ask(self) -> Callable[[], bool]:
        """A new wish, which overtakes all before it.

        Returns:
            what tells whether no newer one was made since.
        """
        self._asked += 1
        mine = self._asked
        return lambda: mine == self._asked
