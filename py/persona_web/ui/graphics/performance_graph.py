"""The monitor's graph: frame rate and drawing time over the last half minute."""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

INTERVAL_MS: Final = 200.0
"""A point for every fifth of a second, which is as often as the graph is drawn."""
SPAN_MS: Final = 30_000.0
POINTS: Final = int(SPAN_MS / INTERVAL_MS)
FPS_TOP: Final = 75.0
RENDER_TOP_MS: Final = 33.0
FPS_MARK: Final = 60.0
"""What an ordinary display shows; the line across the graph."""


class LineGraph(Protocol):
    """Where lines are drawn; in the browser a ``GraphCanvas``."""

    def draw(
        self, lines: npt.NDArray[np.float32], tops: tuple[float, float], mark: float
    ) -> None: ...


class PerformanceGraph:
    """Turns frames into points and draws them. A frame costs two additions."""

    def __init__(self, graph: LineGraph) -> None:
        self._graph = graph
        self._lines = np.zeros((2, POINTS), np.float32)
        self._since_ms: float | None = None
        self._frames = 0
        self._render_ms = 0.0

    def frame(self, now_ms: float, render_ms: float) -> bool:
        """A frame was displayed; True where its time made the graph due, and it was drawn."""
        if self._since_ms is None or now_ms - self._since_ms > SPAN_MS:
            self._begin(now_ms)
            return False
        self._frames += 1
        self._render_ms += render_ms
        past_ms = now_ms - self._since_ms
        if past_ms < INTERVAL_MS:
            return False
        # A pause of the page is as many points as it was long.
        count = min(int(past_ms / INTERVAL_MS), POINTS)
        self._lines[:, :-count] = self._lines[:, count:]
        self._lines[0, -count:] = self._frames * 1000.0 / past_ms
        self._lines[1, -count:] = self._render_ms / self._frames
        self._begin(now_ms)
        self._graph.draw(self._lines, (FPS_TOP, RENDER_TOP_MS), FPS_MARK)
        return True

    def _begin(self, now_ms: float) -> None:
        self._since_ms = now_ms
        self._frames = 0
        self._render_ms = 0.0
