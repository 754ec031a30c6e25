"""Waiting for what tells nobody when it happens, such as another process' figures."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_S = 30.0
PAUSE_S = 0.02


async def until(holds: Callable[[], Awaitable[bool]], patience_s: float = PATIENCE_S) -> None:
    """Asks again and again until the answer is yes.

    Raises:
        TimeoutError: it never was.
    """
    async with asyncio.timeout(patience_s):
        while True:
            if await holds():
                return
            await asyncio.sleep(PAUSE_S)
