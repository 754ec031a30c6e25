"""The monitor's panel: figures, a graph of the last half minute, warnings that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import numpy.typing as npt

from persona_core.graphics.metrics import PerformanceMetrics, PerformanceWarning
from persona_core.graphics.monitor import PerformanceMonitor

if TYPE_CHECKING:
    from persona_web.bridge.page import Page, Strings

FIGURES_MS: Final = 500.0
LOOK_MS: Final = 200.0
"""How often to look whether the panel can be seen at all."""
MEGABYTE: Final = 1024 * 1024

NAMES: Final = (
    "fps",
    "tracking",
    "render",
    "inference",
    "round-trip",
    "jitter",
    "loss",
    "bytes",
    "memory",
    "dropped",
    "long-tasks",
)


class MonitorPanel:
    """``#monitor``, a ``<details>``: ``#monitor-<name>`` for each figure, the graph's canvas,
    ``#monitor-warnings``. What nobody can see costs nothing but a look now and then.

    Args:
        monitor: is read, and written by others.
        graph: is fed here.
    """

    def __init__(
        self, page: Page, strings: Strings, monitor: PerformanceMonitor, graph: PerformanceGraph
    ) -> None:
        self._page = page
        self._strings = strings
        self._monitor = monitor
        self._graph = graph
        self._body = page.element("monitor").find(".monitor-body")
        self._warnings = page.element("monitor-warnings")
        self._figures = {name: page.element(f"monitor-{name}") for name in NAMES}
        self._shown: tuple[PerformanceWarning, ...] = ()
        self._visible = False
        self._look_ms = self._figures_ms = 0.0
        page.on_language(self._translate)

    def step(self, now_ms: float) -> None:
        """Once a displayed frame."""
        if now_ms >= self._look_ms:
            self._look_ms = now_ms + LOOK_MS
            self._visible = bool(self._body.node.checkVisibility())
        if not self._visible:
            return
        self._graph.frame(now_ms, self._monitor.render_ms)
        if now_ms >= self._figures_ms:
            self._figures_ms = now_ms + FIGURES_MS
            self._write(self._monitor.snapshot(now_ms))

    def _write(self, metrics: PerformanceMetrics) -> None:
        for name, text in self._texts(metrics).items():
            self._figures[name].text = (
                self._strings.text("figure.unknown") if text is None else text
            )
        if metrics.warnings != self._shown:
            self._shown = metrics.warnings
            self._translate()

    def _texts(self, metrics: PerformanceMetrics) -> dict[str, str | None]:
        loss = None if metrics.loss is None else metrics.loss * 100.0
        memory = metrics.gpu_memory_bytes
        megabytes = None if memory is None else memory / MEGABYTE
        return {
            "fps": f"{metrics.fps:.0f}",
            "tracking": _plain(metrics.tracking_fps),
            "render": self._with("figure.milliseconds", metrics.render_ms, 1),
            "inference": self._with("figure.milliseconds", metrics.inference_ms, 0),
            "round-trip": self._with("figure.milliseconds", metrics.network_ms, 0),
            "jitter": self._with("figure.milliseconds", metrics.jitter_ms, 0),
            "loss": self._with("figure.percent", loss, 1),
            "bytes": self._with("monitor.bytes-per-second", metrics.bytes_per_s, 0),
            "memory": self._with("monitor.megabytes", megabytes, 1),
            "dropped": f"{metrics.dropped}",
            "long-tasks": f"{metrics.long_tasks}",
        }

    def _with(self, key: str, value: float | None, digits: int) -> str | None:
        return None if value is None else self._strings.text(key, value=f"{value:.{digits}f}")

    def _translate(self) -> None:
        self._warnings.clear()
        for warning in self._shown:
            item = self._page.create("li")
            item.text = self._strings.text(f"gpu.warning.{warning.value}")
            self._warnings.append(item)


def _plain(value: float | None) -> str | None:
    return None if value is None else f"{value:.0f}"


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
