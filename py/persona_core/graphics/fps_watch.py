"""Whether an avatar has been drawn too slowly, or well, for some time on end."""

from __future__ import annotations

from typing import Final

SLOW_FPS: Final = 20.0
"""Under this, movement falls apart into pictures."""
SLOW_MS: Final = 4_000.0
FINE_FPS: Final = 45.0
FINE_MS: Final = 3_000.0


class FpsWatch:
    """Follows a frame rate that is told a few times a second."""

    def __init__(self) -> None:
        self._slow_since_ms: float | None = None
        self._fine_since_ms: float | None = None

    def reset(self) -> None:
        """Forgets everything: what follows is measured under other conditions."""
        self._slow_since_ms = self._fine_since_ms = None

    def forgive(self) -> None:
        """What was slow until now does not count."""
        self._slow_since_ms = None

    def observe(self, fps: float, now_ms: float) -> None:
        """Takes in the rate over the last moment."""
        if fps >= SLOW_FPS:
            self._slow_since_ms = None
        elif self._slow_since_ms is None:
            self._slow_since_ms = now_ms
        if fps < FINE_FPS:
            self._fine_since_ms = None
        elif self._fine_since_ms is None:
            self._fine_since_ms = now_ms

    def is_slow(self, now_ms: float) -> bool:
        """Whether every rate of the last :data:`SLOW_MS` was under :data:`SLOW_FPS`."""
        return self._slow_since_ms is not None and now_ms - self._slow_since_ms >= SLOW_MS

    def is_fine(self, now_ms: float) -> bool:
        """Whether every rate of the last :data:`FINE_MS` was at least :data:`FINE_FPS`."""
        return self._fine_since_ms is not None and now_ms - self._fine_since_ms >= FINE_MS
