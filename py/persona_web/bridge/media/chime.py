"""A soft sound, for who has their eyes closed."""

from __future__ import annotations

from typing import Any, Self

from persona_web.bridge.site import Site


class Chime:
    """Attributes:
    is_on: whether it sounds at all.
    """

    def __init__(self, module: Any) -> None:
        self._chime = module.createChime()
        self.is_on = True

    @classmethod
    async def load(cls, site: Site) -> Self:
        return cls(await site.load("bridge/media/chime.js"))

    def prepare(self) -> None:
        """Lets it sound later; browsers want this from a press of the person."""
        if self.is_on:
            self._chime.prepare()

    def play(self) -> None:
        if self.is_on:
            self._chime.play()

    def close(self) -> None:
        self._chime.close()
