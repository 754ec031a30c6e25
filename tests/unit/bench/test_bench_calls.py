"""What the bench makes of calls with troubles."""

from __future__ import annotations

from tests.support.call_script import Verdict
from tools.bench.calls import summarise
from tools.bench.figures import Failure, Summary


def test_share_and_times_are_told_when_some_calls_had_a_fault() -> None:
    good = [Verdict([], [100.0 * seed, 50.0], 300.0) for seed in range(3)]
    bad = Verdict(["no face"], [9_000.0], 4_000.0)
    share, recovered, longest, standing = summarise([*good, bad], "calls")
    assert share.value == 75.0
    assert share.target is not None
    assert recovered.value == Summary(50.0, recovered.value.p95, 7)  # type: ignore[union-attr]
    assert (longest.value, standing.value) == (9_000.0, 4_000.0)


def test_failure_is_told_when_no_call_could_be_played() -> None:
    [figure] = summarise(Failure("no browser"), "calls")
    assert figure.value == Failure("no browser")
