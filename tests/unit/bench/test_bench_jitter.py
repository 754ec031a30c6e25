"""The jitter buffer's bench: what it plays, and that the adaptive buffer earns its keep."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.traces import INTERVAL_MS, NETWORKS, Network, make_trace
from tools.bench.jitter import FixedBuffer, compare, play

BY_NAME = {network.name: network for network in NETWORKS}


def test_trace_is_the_same_when_it_is_made_again_and_another_with_another_seed() -> None:
    network = BY_NAME["bad Wi-Fi"]
    assert np.array_equal(make_trace(network, 10.0), make_trace(network, 10.0))
    assert not np.array_equal(make_trace(network, 10.0), make_trace(network, 10.0, seed=2))


def test_trace_loses_and_overtakes_as_its_network_says() -> None:
    trace = make_trace(BY_NAME["5 % loss"], 100.0)
    assert len(trace) == pytest.approx(0.95 * 100.0 * 30.0, rel=0.01)
    jittery = make_trace(BY_NAME["100 ms +- 40 ms"], 100.0)
    assert (np.diff(jittery[:, 1]) < 0).sum() > 100
    assert np.diff(jittery[:, 0]).min() >= 0


def test_fixed_buffer_adds_its_delay_and_freezes_just_where_frames_are_missing() -> None:
    still = Network("still", way_ms=30.0, jitter_ms=0.0)
    trace = make_trace(still, 20.0)
    played = play(FixedBuffer(), trace, still.way_ms)
    assert np.allclose(played.added_ms, 100.0)
    assert len(played.freezes_ms) == 0
    hole = trace[(trace[:, 1] < 10_000.0) | (trace[:, 1] > 10_500.0)]
    # The face runs on for the delay less one interval, and waits for what comes next.
    [freeze] = play(FixedBuffer(), hole, still.way_ms).freezes_ms
    assert 0.0 < freeze <= 500.0 + INTERVAL_MS


@pytest.mark.parametrize("name", ["good cable", "home Wi-Fi", "5 % loss"])
def test_adaptive_buffer_is_faster_without_freezing_when_the_network_is_ordinary(
    name: str,
) -> None:
    adaptive, fixed = compare(BY_NAME[name], 30.0)
    assert np.median(adaptive.added_ms) < 0.7 * np.median(fixed.added_ms)
    assert adaptive.frozen_share <= fixed.frozen_share


def test_adaptive_buffer_freezes_less_when_the_network_is_bad() -> None:
    adaptive, fixed = compare(BY_NAME["bad Wi-Fi"], 60.0)
    assert adaptive.frozen_share < 0.85 * fixed.frozen_share
