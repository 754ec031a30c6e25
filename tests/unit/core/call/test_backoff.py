"""Waits before another attempt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.base.backoff import DELAYS_MS, JITTER, Backoff


@given(st.floats(0.0, 1.0, exclude_max=True), st.integers(1, 20))
def test_wait_stays_within_its_jitter_whatever_the_dice(dice: float, attempts: int) -> None:
    backoff = Backoff(lambda: dice)
    for attempt in range(attempts):
        base = DELAYS_MS[min(attempt, len(DELAYS_MS) - 1)]
        assert base * (1 - JITTER) <= backoff.next_ms() <= base * (1 + JITTER)
    assert backoff.attempts == attempts


def test_waits_start_over_when_reset() -> None:
    backoff = Backoff(lambda: 0.5)
    waits = [backoff.next_ms() for _ in range(3)]
    backoff.reset()
    assert [backoff.next_ms() for _ in range(3)] == waits == [0.0, 300.0, 1200.0]


def test_wait_is_spread_above_the_floor_when_a_server_asked_for_one() -> None:
    assert Backoff(lambda: 0.0).next_ms(at_least_ms=2_000.0) == 2_000.0
    assert Backoff(lambda: 0.8).next_ms(at_least_ms=2_000.0) == pytest.approx(2_400.0)
