"""Asynchronous work in order: one thing after the other, and failures do not stop it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

LOGGER = logging.getLogger(__name__)


class SerialWorker(Generic[Item]):
    """Hands items to ``work``, each after the one before is done.

    Args:
        work: called for each item; what it raises is logged and forgotten.
        limit: items that may wait.
    """

    def __init__(self, work: Callable[[Item], Awaitable[None]], limit: int) -> None:
        self._work = work
        self._queue: asyncio.Queue[Item] = asyncio.Queue(limit)
        self._task: asyncio.Task[None] | None = asyncio.get_running_loop().create_task(self._run())
        self.refused = 0

    def put(self, item: Item) -> bool:
        """Queues an item; False (and counted) when too many wait or the worker was closed."""
        if self._task is None or self._queue.full():
            self.refused += 1
            return False
        self._queue.put_nowait(item)
        return True

    def close(self) -> None:
        """Stops, in the middle of an item if need be. Safe to call from ``work`` itself."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    async def _run(self) -> None:
        while True:
            item = await self._queue.get()
            try:
                await self._work(item)
            except Exception:
                LOGGER.exception("work on %s failed", type(item).__name__)
