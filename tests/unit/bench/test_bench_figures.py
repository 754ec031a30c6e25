from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools.bench.figures import Failure, Figure, Summary, Target, has_failed, known, measured
from tools.bench.windows import cpu_seconds

TIMES = st.lists(st.floats(0.0, 1e6), min_size=1)


@given(TIMES)
def test_summary_lies_within_the_samples_when_it_is_made(samples: list[float]) -> None:
    summary = Summary.of(samples)
    assert min(samples) <= summary.median <= summary.p95 <= max(samples)
    assert summary.count == len(samples)


def test_summary_is_the_median_and_the_95th_percentile_when_samples_are_many() -> None:
    assert Summary.of(float(value) for value in range(101)) == Summary(50.0, 95.0, 101)


def test_summary_refuses_when_there_are_no_samples() -> None:
    with pytest.raises(ValueError, match="nothing came"):
        Summary.of([])


def test_failed_measurement_becomes_a_figure_when_others_must_go_on() -> None:
    def fail() -> float:
        raise RuntimeError("the peer was gone\nand much more")

    figure = measured("latency", "ms", fail)
    assert figure.value == Failure("the peer was gone")
    assert figure.to_json() == {"name": "latency", "unit": "ms", "failed": "the peer was gone"}
    assert has_failed([[Figure("fps", "fps", 60.0)], [figure]])
    assert not has_failed([[Figure("fps", "fps", 60.0)], []])


def test_failure_names_the_error_when_it_says_nothing() -> None:
    assert Failure.of(KeyError()) == Failure("KeyError")


def test_failure_speaks_again_when_a_figure_needs_what_failed() -> None:
    assert known(3) == 3
    with pytest.raises(RuntimeError, match="no memory"):
        known(Failure("no memory"))


@pytest.mark.parametrize(
    ("figure", "data"),
    [
        (
            Figure("tick", "ms", Summary(1.0, 2.0, 3), Target("<=", 1.5)),
            {"median": 1.0, "p95": 2.0, "samples": 3, "target": "<= 1.5"},
        ),
        (Figure("tick", "ms", 4.0, column="cold"), {"value": 4.0, "column": "cold"}),
    ],
)
def test_figure_keeps_everything_when_written_down(figure: Figure, data: dict[str, object]) -> None:
    assert json.loads(json.dumps(figure.to_json())) == {"name": "tick", "unit": "ms"} | data


def test_cpu_time_counts_what_was_used_when_processes_come_and_go() -> None:
    before = {1: 10.0, 2: 5.0}
    after = {1: 11.5, 3: 0.5}
    assert cpu_seconds(before, after) == pytest.approx(2.0)
