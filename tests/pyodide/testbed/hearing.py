"""Listeners that keep what they are told and can be waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE_S = 20.0


class Hearing:
    """Keeps events, as tuples of a kind and what came with it."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []
        self._news = asyncio.Event()

    def note(self, *event: Any) -> None:
        self.events.append(event)
        self._news.set()

    def all(self, kind: str) -> list[Any]:
        """What came with each event of a kind; a tuple where it was not one thing."""
        found = [rest for name, *rest in self.events if name == kind]
        return [rest[0] if len(rest) == 1 else tuple(rest) for rest in found]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for what is true after some event.

        Raises:
            TimeoutError: it never came true.
        """
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def hear(self, kind: str, times: int = 1) -> Any:
        """Waits until a kind was heard that often; what came with the last of them."""
        await self.until(lambda: len(self.all(kind)) >= times)
        return self.all(kind)[times - 1]

    @contextmanager
    def unheard(self) -> Iterator[None]:
        """The calls in its block tell nothing from inside themselves."""
        before = list(self.events)
        yield
        assert self.events == before, "told from inside the call that caused it"


class SocketHearing(Hearing):
    """A :class:`persona_core.call.ports.SocketListener`."""

    def on_socket_open(self) -> None:
        self.note("open")

    def on_socket_text(self, text: str) -> None:
        self.note("text", text)

    def on_socket_bytes(self, data: bytes) -> None:
        self.note("bytes", data)

    def on_socket_closed(self, code: int, reason: str) -> None:
        self.note("closed", code, reason)
