"""Whether anything has happened on a page for some time."""

from __future__ import annotations

from typing import Final

IDLE_AFTER_MS: Final = 60_000.0
"""A page that nobody has touched and on which nothing has moved for so long is idle."""


class IdleWatch:
    """Follows one page. Times are ms of its clock.

    Attributes:
        is_idle: whether nothing has happened for :data:`IDLE_AFTER_MS`.
    """

    def __init__(self) -> None:
        self.is_idle = False
        self._stirred_ms: float | None = None

    def observe(self, now_ms: float, touched_ms: float, *, moving: bool) -> bool:
        """Takes in a moment; whether :attr:`is_idle` is another than before.

        Args:
            touched_ms: when the person last touched the page.
            moving: whether something moves, or is about to.
        """
        before = self._stirred_ms
        self._stirred_ms = now_ms if moving or before is None else max(before, touched_ms)
        idle = now_ms - self._stirred_ms >= IDLE_AFTER_MS
        changed, self.is_idle = idle is not self.is_idle, idle
        return changed
