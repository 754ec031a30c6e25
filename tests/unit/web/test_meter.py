"""Rolling measurements."""

from __future__ import annotations

import pytest

from persona_web.base.meter import Meter, RateMeter


def test_meter_gives_zero_when_empty() -> None:
    assert Meter().median == 0.0


def test_meter_forgets_the_oldest_when_full() -> None:
    meter = Meter(capacity=4)
    for value in (100.0, 100.0, 1.0, 2.0, 3.0, 4.0):
        meter.add(value)
    assert meter.median == 2.5
    assert meter.percentile(100) == 4.0
    assert meter.count == 6


def test_rate_follows_the_newest_events_when_the_pace_changes() -> None:
    meter = RateMeter(capacity=10)
    time = 0.0
    for step in [100.0] * 20 + [20.0] * 10:
        time += step
        meter.tick(time)
    assert meter.rate(time) == pytest.approx(50.0)


def test_rate_is_zero_when_events_have_ceased() -> None:
    meter = RateMeter(stale_ms=500.0)
    for time in range(0, 1000, 100):
        meter.tick(float(time))
    assert meter.rate(1000.0) == pytest.approx(10.0)
    assert meter.rate(1500.0) == 0.0
