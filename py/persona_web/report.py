"""What a page tells of itself: for bug reports, benchmarks and tests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

from persona_core import __version__
from persona_core.call.engine import CallEngine
from persona_core.call.ports import Clock
from persona_core.call.remote import RemoteStats
from persona_web.meter import Meter, RateMeter
from persona_web.studio import Studio


class PageMeters:
    """How often a page draws, and how long Python takes for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.frames = RateMeter()
        self.python_ms = Meter(capacity=600)

    @contextmanager
    def frame(self, now_ms: float) -> Iterator[None]:
        """Measures the body as one displayed frame."""
        start = self._clock.now_ms()
        yield
        self.frames.tick(now_ms)
        self.python_ms.add(self._clock.now_ms() - start)


def base_report(
    timings: dict[str, float], meters: PageMeters, studio: Studio, now_ms: float
) -> dict[str, Any]:
    """What every page has to tell, as plain data."""
    motion = studio.motion
    status = motion.status
    return {
        "version": __version__,
        "timings_ms": timings,
        "fps": round(meters.frames.rate(now_ms), 1),
        "frames": meters.python_ms.count,
        "python_ms": {
            "median": round(meters.python_ms.median, 3),
            "p95": round(meters.python_ms.percentile(95), 3),
        },
        "source": {
            "camera": status.camera.value,
            "demo": status.demo,
            "problem": status.problem,
            "face_found": motion.face_found,
            "tracking_fps": round(motion.tracking.rate(now_ms), 1),
            "tracking_ms": round(motion.tracking_ms.median, 1),
        },
        "character": studio.character.key,
    }


def call_report(engine: CallEngine) -> dict[str, Any]:
    """What a room has to tell of its call; ids are left out, reports are shown to strangers."""
    status = engine.status
    return {
        "phase": status.phase.value,
        "signaling": status.signaling.name.lower(),
        "notice": None if status.notice is None else status.notice.code.value,
        "peers": [
            {"quality": remote.quality, "app": remote.app, "present": bool(remote.avatar)}
            | _figures(remote.stats)
            for remote in engine.remotes
        ],
    }


def _figures(stats: RemoteStats) -> dict[str, Any]:
    return {field.name: _plain(getattr(stats, field.name)) for field in fields(stats)}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 2)
    return dict(value) if isinstance(value, Mapping) else value


def to_json(report: Any) -> str:
    """The report as text that JavaScript and people can read."""
    return json.dumps(report, ensure_ascii=False)
