"""Doing something not at every step."""

from __future__ import annotations

from persona_core.base.interval import Interval


def test_it_is_time_once_in_an_interval_when_steps_come_more_often() -> None:
    chores = Interval(90.0)
    due = [now_ms for now_ms in range(0, 500, 50) if chores.is_due(float(now_ms))]
    assert due == [0, 100, 200, 300, 400]


def test_it_is_time_at_each_step_when_steps_come_less_often() -> None:
    chores = Interval(90.0)
    assert all(chores.is_due(1_000.0 + 250.0 * step) for step in range(4))
