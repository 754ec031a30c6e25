"""What a page tells of itself: for bug reports, benchmarks and tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from persona_core import __version__
from persona_core.base.ports import Clock
from persona_web.base.meter import Meter, RateMeter
from persona_web.capture.device import DeviceState
from persona_web.capture.face_source import FaceSource

DETAIL_LENGTH = 200
"""Characters of what a platform says that are told."""

Section = Callable[[float], Any]
"""Gives its part of a report at an instant (ms of the page's clock), as plain data."""


class PageMeters:
    """How often a page draws, and how long Python takes for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.frames = RateMeter()
        self.python_ms = Meter(capacity=600)

    def begin(self) -> float:
        """A displayed frame begins; gives what :meth:`end` wants to know."""
        return self._clock.now_ms()

    def end(self, began_ms: float, now_ms: float) -> None:
        """The frame of ``now_ms`` has been drawn."""
        self.frames.tick(now_ms)
        self.python_ms.add(self._clock.now_ms() - began_ms)


class PageReport:
    """The report of one page: what every page has to tell, and the sections added to it."""

    def __init__(self, clock: Clock, timings: Callable[[], Mapping[str, float]]) -> None:
        """
        Args:
            timings: ms from the navigation to each step of the start.
        """
        self.meters = PageMeters(clock)
        self._clock = clock
        self._timings = timings
        self._sections: dict[str, Section] = {}

    def add(self, name: str, section: Section) -> None:
        """Tells this too from now on."""
        self._sections[name] = section

    def data(self) -> dict[str, Any]:
        """The report now, as plain data."""
        now_ms = self._clock.now_ms()
        python_ms = self.meters.python_ms
        own = {
            "version": __version__,
            "timings_ms": {name: round(ms, 1) for name, ms in self._timings().items()},
            "fps": round(self.meters.frames.rate(now_ms), 1),
            "frames": python_ms.count,
            "python_ms": {
                "median": round(python_ms.median, 3),
                "p95": round(python_ms.percentile(95), 3),
            },
        }
        return own | {name: section(now_ms) for name, section in self._sections.items()}

    def text(self) -> str:
        """The report now, as JSON in one line."""
        return to_json(self.data())


def source_report(motion: FaceSource[Any], now_ms: float) -> dict[str, Any]:
    """The section of a page that reads a face."""
    status = motion.status
    return {
        "camera": "camera" if status.camera is DeviceState.OPEN else status.camera.value,
        "demo": status.demo,
        "problem": status.problem,
        "detail": motion.detail[:DETAIL_LENGTH],
        "face_found": motion.face_found,
        "neutral": motion.pipeline.neutral is not None,
        "tracking_fps": round(motion.tracking.rate(now_ms), 1),
        "tracking_ms": round(motion.tracking_ms.median, 1),
    }


def to_json(report: Any, indent: int | None = None) -> str:
    """The report as text that JavaScript and people can read."""
    return json.dumps(report, ensure_ascii=False, indent=indent)
