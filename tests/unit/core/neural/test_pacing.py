"""How often a neural frame is computed."""

from __future__ import annotations

import pytest

from persona_core.neural.pacing import PATIENCE, RATES_HZ, InferencePacing

FRAME_MS = 1000.0 / 60.0


def simulate(pacing: InferencePacing, took_ms: float, seconds: float, start_ms: float) -> int:
    """Displays at 60 Hz with a machine that takes so long; says how many inferences began."""
    began = 0
    ends_ms: float | None = None
    for frame in range(round(seconds * 60)):
        now_ms = start_ms + frame * FRAME_MS
        if ends_ms is not None and now_ms >= ends_ms:
            pacing.ended(ends_ms)
            ends_ms = None
        if pacing.is_due(now_ms):
            assert ends_ms is None, "there is never a second one under way"
            pacing.began(now_ms)
            ends_ms = now_ms + took_ms
            began += 1
    if ends_ms is not None:
        pacing.ended(ends_ms)
    return began


@pytest.mark.parametrize(
    ("took_ms", "rate_hz"), [(5.0, 30.0), (24.0, 30.0), (40.0, 15.0), (70.0, 10.0), (400.0, 10.0)]
)
def test_pacing_takes_the_rate_that_the_machine_holds(took_ms: float, rate_hz: float) -> None:
    pacing = InferencePacing()
    simulate(pacing, took_ms, 10.0, 0.0)
    assert pacing.rate_hz == rate_hz
    began = simulate(pacing, took_ms, 10.0, 20_000.0)
    assert began == pytest.approx(10.0 * min(rate_hz, 1000.0 / took_ms), rel=0.15)


def test_pacing_goes_up_again_when_the_machine_has_been_fast_for_a_while() -> None:
    pacing = InferencePacing()
    simulate(pacing, 90.0, 5.0, 0.0)
    assert pacing.rate_hz == RATES_HZ[-1]
    simulate(pacing, 5.0, 0.9 * PATIENCE / RATES_HZ[-1], 10_000.0)
    assert pacing.rate_hz == RATES_HZ[-1]
    simulate(pacing, 5.0, 10.0, 20_000.0)
    assert pacing.rate_hz == RATES_HZ[0]


def test_pacing_does_not_swing_when_an_inference_lies_between_two_rates() -> None:
    pacing = InferencePacing()
    simulate(pacing, 25.0, 10.0, 0.0)
    rates = set()
    for second in range(30):
        simulate(pacing, 25.0, 1.0, 20_000.0 + second * 1000.0)
        rates.add(pacing.rate_hz)
    assert len(rates) == 1


def test_pacing_keeps_below_its_limit_when_the_quality_asks_for_less() -> None:
    pacing = InferencePacing(limit_hz=15.0)
    assert simulate(pacing, 2.0, 10.0, 0.0) == pytest.approx(150, rel=0.1)
    pacing.limit_hz = 60.0
    assert pacing.rate_hz == RATES_HZ[0]


def test_pacing_learns_nothing_when_an_inference_is_given_up() -> None:
    pacing = InferencePacing()
    pacing.began(0.0)
    assert not pacing.is_due(1e6)
    pacing.given_up()
    assert pacing.is_due(1e6)
    assert pacing.mean_ms is None
    pacing.ended(2e6)
    assert pacing.mean_ms is None
