"""Arrivals of frames over generated networks, the same in every run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

INTERVAL_MS = 1000.0 / 30.0


@dataclass(frozen=True)
class Network:
    """What a network does to frames.

    Attributes:
        name: for tables.
        way_ms: the fastest way through it.
        jitter_ms: mean of the exponential delay on top.
        loss: share of frames lost one by one.
        burst: share of frames at which a run of losses begins, of 2 to 10 frames.
        spike_ms: height of the delay that comes now and then, as of Wi-Fi or a mobile cell;
            it falls off by and by, as the queue drains.
        spikes_per_s: how often.
    """

    name: str
    way_ms: float = 40.0
    jitter_ms: float = 2.0
    loss: float = 0.0
    burst: float = 0.0
    spike_ms: float = 0.0
    spikes_per_s: float = 0.0


NETWORKS = (
    Network("good cable", way_ms=15.0, jitter_ms=1.0),
    Network("home Wi-Fi", way_ms=25.0, jitter_ms=8.0, loss=0.01, spike_ms=60.0, spikes_per_s=0.3),
    Network("5 % loss", loss=0.05),
    Network("100 ms +- 40 ms", way_ms=60.0, jitter_ms=40.0),
    Network("mobile", way_ms=60.0, jitter_ms=20.0, loss=0.02, spike_ms=250.0, spikes_per_s=0.25),
    Network("bursts of loss", jitter_ms=5.0, burst=0.01),
    Network("bad Wi-Fi", jitter_ms=30.0, loss=0.08, burst=0.01, spike_ms=180.0, spikes_per_s=0.5),
)

Trace = npt.NDArray[np.float64]
"""Rows of (arrival, capture time) in ms, in order of arrival; frames may overtake others."""


def make_trace(network: Network, seconds: float, seed: int = 1) -> Trace:
    """What arrives of frames sent 30 times a second."""
    draw = np.random.default_rng(seed)
    captured = np.arange(0.0, seconds * 1000.0, INTERVAL_MS)
    count = len(captured)
    delay = network.way_ms + draw.exponential(network.jitter_ms, count)
    delay += _spikes(network, captured, draw)
    kept = draw.random(count) >= network.loss
    for start in np.flatnonzero(draw.random(count) < network.burst):
        kept[start : start + draw.integers(2, 11)] = False
    rows = np.column_stack([captured + delay, captured])[kept]
    return rows[np.argsort(rows[:, 0], kind="stable")]


def _spikes(network: Network, captured: Trace, draw: np.random.Generator) -> Trace:
    height = np.zeros(len(captured))
    if network.spikes_per_s:
        span_ms = captured[-1]
        for start in draw.uniform(0.0, span_ms, draw.poisson(network.spikes_per_s * span_ms / 1e3)):
            after = captured - start
            # A queue drains at the pace of the line: the delay falls by 1 ms a ms.
            height = np.maximum(height, np.where(after >= 0, network.spike_ms - after, 0.0))
    return np.maximum(height, 0.0)
