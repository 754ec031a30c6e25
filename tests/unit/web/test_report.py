"""What a page tells of itself."""

from __future__ import annotations

import json

import pytest

from persona_core import __version__
from persona_web.report.page_report import PageReport


class SteppingClock:
    """Stands at ``now`` until it is moved."""

    now = 0.0

    def now_ms(self) -> float:
        return self.now


def test_report_tells_how_long_python_took_when_frames_were_measured() -> None:
    clock = SteppingClock()
    report = PageReport(clock, dict)
    for frame in range(10):
        start = clock.now = frame * 20.0
        began_ms = report.meters.begin()
        clock.now += 2.5
        report.meters.end(began_ms, start)
    told = report.data()
    assert told["version"] == __version__
    assert told["frames"] == 10
    assert told["python_ms"] == {"median": 2.5, "p95": 2.5}
    assert told["fps"] == pytest.approx(50.0)


def test_report_tells_every_section_as_of_now_when_it_is_asked() -> None:
    clock, timings = SteppingClock(), {"html": 1.0}
    report = PageReport(clock, lambda: timings)
    report.add("age", lambda now_ms: now_ms / 2)
    clock.now, timings["ready"] = 8.0, 7.0
    told = json.loads(report.text())
    assert told["age"] == 4.0
    assert told["timings_ms"] == {"html": 1.0, "ready": 7.0}
