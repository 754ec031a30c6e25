"""What is measured of a page that shows avatars, and what of it is worth a warning."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final


class PerformanceWarning(Enum):
    """Something that is not as it should be; the catalogue's ``gpu.warning.<value>`` says what
    it means and what to do."""

    LOW_FPS = "low-fps"
    DROPPED_FRAMES = "dropped-frames"
    SLOW_RENDER = "slow-render"
    SLOW_TRACKING = "slow-tracking"
    SLOW_INFERENCE = "slow-inference"
    HIGH_LATENCY = "high-latency"
    JITTER = "jitter"
    LOSS = "loss"
    LONG_TASKS = "long-tasks"
    GPU_MEMORY = "gpu-memory"


LOW_FPS: Final = 15.0
"""Where the processor draws, twenty are shown on purpose."""
DROPPED_SHARE: Final = 0.1
"""Of the frames that the display could have shown."""
SLOW_RENDER_MS: Final = 12.0
"""More than this leaves no room for the rest of a frame of 16.7 ms."""
SLOW_TRACKING_FPS: Final = 8.0
"""A face that rests is read ten times a second on purpose."""
SLOW_INFERENCE_MS: Final = 66.0
HIGH_LATENCY_MS: Final = 250.0
"""Round trip. ITU-T G.114 wants less than 150 ms one way for talk without effort."""
JITTER_MS: Final = 40.0
LOSS: Final = 0.05
LONG_TASK_MS: Final = 200.0
"""Time spent in long tasks within :data:`~persona_core.graphics.monitor.WINDOW_MS`."""
GPU_MEMORY_BYTES: Final = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PerformanceMetrics:
    """What was measured over the last few seconds. ``None``: not measured, or not known.

    Attributes:
        fps: displayed frames a second.
        render_ms: median time of the page's thread for drawing a frame.
        tracking_fps: own faces read a second; None where nothing reads faces.
        inference_ms: median time of a neural frame.
        network_ms: round trip to the peer.
        jitter_ms: how unevenly frames come from the peer.
        loss: share of the peer's frames that did not come, in [0, 1].
        bytes_per_s: sent and received with the peer.
        gpu_memory_bytes: what we allocated; browsers tell of no other.
        dropped: frames that the display could have shown and did not.
        long_tasks: how often the page's thread was blocked for more than 50 ms.
        long_task_ms: how long it was blocked by them in all.
        warnings: what is worth saying, the most telling first.
    """

    fps: float = 0.0
    render_ms: float = 0.0
    tracking_fps: float | None = None
    inference_ms: float | None = None
    network_ms: float | None = None
    jitter_ms: float | None = None
    loss: float | None = None
    bytes_per_s: float | None = None
    gpu_memory_bytes: int | None = None
    dropped: int = 0
    long_tasks: int = 0
    long_task_ms: float = 0.0
    warnings: tuple[PerformanceWarning, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for reports, numbers rounded to what they are worth."""
        data = asdict(self)
        data["warnings"] = [warning.value for warning in self.warnings]
        return {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in data.items()
        }


def warnings_of(metrics: PerformanceMetrics, shown: int) -> tuple[PerformanceWarning, ...]:
    """What is worth a warning.

    Args:
        shown: how many frames were displayed in the time measured; with none, the page is
            hidden or has just begun, and its frame rate means nothing.
    """
    due = shown + metrics.dropped
    found = (
        (PerformanceWarning.LOW_FPS, shown > 0 and metrics.fps < LOW_FPS),
        (PerformanceWarning.SLOW_RENDER, metrics.render_ms > SLOW_RENDER_MS),
        (PerformanceWarning.DROPPED_FRAMES, metrics.dropped > DROPPED_SHARE * due),
        (PerformanceWarning.LONG_TASKS, metrics.long_task_ms > LONG_TASK_MS),
        (PerformanceWarning.SLOW_TRACKING, _under(metrics.tracking_fps, SLOW_TRACKING_FPS)),
        (PerformanceWarning.SLOW_INFERENCE, _over(metrics.inference_ms, SLOW_INFERENCE_MS)),
        (PerformanceWarning.HIGH_LATENCY, _over(metrics.network_ms, HIGH_LATENCY_MS)),
        (PerformanceWarning.JITTER, _over(metrics.jitter_ms, JITTER_MS)),
        (PerformanceWarning.LOSS, _over(metrics.loss, LOSS)),
        (PerformanceWarning.GPU_MEMORY, _over(metrics.gpu_memory_bytes, GPU_MEMORY_BYTES)),
    )
    return tuple(warning for warning, holds in found if holds)


def _over(value: float | None, bound: float) -> bool:
    return value is not None and value > bound


def _under(value: float | None, bound: float) -> bool:
    return value is not None and value < bound
