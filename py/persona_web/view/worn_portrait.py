"""The portrait that a renderer shows: painters take their time to make, wishes do not wait."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from persona_core.portrait.portrait import Portrait
from persona_web.view.avatar import Avatar


class PortraitPainter(Avatar, Protocol):
    """A portrait on a surface; in the browser a ``PortraitAvatar``."""

    @property
    def memory_bytes(self) -> int:
        """What it holds of the GPU's memory, beside the surface's."""
        ...

    def close(self) -> None: ...


MakePortrait = Callable[[Portrait], Awaitable[PortraitPainter]]
"""Makes the painter of a portrait on one surface."""


class WornPortrait:
    """Holds the painter of the newest portrait that was asked for.

    Attributes:
        painter: None while no portrait is worn.
    """

    def __init__(self, make: MakePortrait) -> None:
        self.painter: PortraitPainter | None = None
        self._make = make
        self._wanted = 0
        self._closed = False

    async def put_on(self, portrait: Portrait | None) -> None:
        """Wears a portrait, or none. Raises what making it raised; then all stays as it was."""
        self._wanted += 1
        mine = self._wanted
        painter = None if portrait is None else await self._make(portrait)
        if mine != self._wanted or self._closed:  # another one was asked for meanwhile
            if painter is not None:
                painter.close()
            return
        before, self.painter = self.painter, painter
        if before is not None:
            before.close()

    def close(self) -> None:
        """Closes the painter, and any that comes later."""
        self._closed = True
        if self.painter is not None:
            self.painter.close()
