"""Arrivals of frames over generated networks, from generated senders, the same in every run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """What a network does to frames.

    Attributes:
        name: for tables.
        way_ms: the fastest way through it.
        jitter_ms: mean of the exponential delay on top.
        spread_ms: half the range of an even delay around ``way_ms`` instead.
        loss: share of frames lost one by one.
        burst: share of frames at which a run of losses begins, of 2 to 10 frames.
        spike_ms: height of the delay that comes now and then, as of Wi-Fi or a mobile cell;
            it falls off by and by, as the queue drains.
        spikes_per_s: how often.
    """

    name: str
    way_ms: float = 40.0
    jitter_ms: float = 2.0
    spread_ms: float = 0.0
    loss: float = 0.0
    burst: float = 0.0
    spike_ms: float = 0.0
    spikes_per_s: float = 0.0

    @property
    def fastest_ms(self) -> float:
        """The least that a frame can take."""
        return self.way_ms - self.spread_ms


@dataclass(frozen=True)
class Sender:
    """How a page sends.

    Attributes:
        name: for tables.
        hz: faces a second that it reads.
        uneven: how much an interval between two captures may differ from the mean, as a share.
        work_ms: from a capture until its frame leaves.
        work_jitter_ms: mean of the exponential time on top of that.
        stalls_per_s: how often its page stands still. Its tracker goes on, and of what that read
            meanwhile the page sends the newest.
        stall_ms: the longest standstill; the shortest is a third.
        drift: how much faster than true time its clock runs, as a share.
        step_ms: what its clock is set forward by after half the time.
    """

    name: str
    hz: float = 30.0
    uneven: float = 0.0
    work_ms: float = 20.0
    work_jitter_ms: float = 0.0
    stalls_per_s: float = 0.0
    stall_ms: float = 300.0
    drift: float = 0.0
    step_ms: float = 0.0


STEADY = Sender("30 a second")

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
"""Rows of (arrival, capture time by the sender's clock, true capture time) in ms, in order of
arrival; frames may overtake others."""


def capture_times(sender: Sender, seconds: float, draw: np.random.Generator) -> Floats:
    """When a sender reads a face, in ms from 0."""
    count = int(seconds * sender.hz * 1.5) + 2
    intervals = 1000.0 / sender.hz * (1.0 + sender.uneven * draw.uniform(-1.0, 1.0, count))
    times = np.cumsum(intervals) - intervals[0]
    return times[times < seconds * 1000.0]


def make_trace(
    network: Network,
    seconds: float,
    seed: int = 1,
    sender: Sender = STEADY,
    captured: Floats | None = None,
) -> Trace:
    """What arrives of a sender's frames.

    Args:
        captured: when the faces were read; by default as often as ``sender`` does.
    """
    draw = np.random.default_rng(seed)
    if captured is None:
        captured = capture_times(sender, seconds, draw)
    captured, sent = _send(sender, captured, seconds, draw)
    count = len(sent)
    delay = network.way_ms + draw.exponential(network.jitter_ms, count)
    delay += draw.uniform(-network.spread_ms, network.spread_ms, count)
    delay += _spikes(network, sent, draw)
    kept = draw.random(count) >= network.loss
    for start in np.flatnonzero(draw.random(count) < network.burst):
        kept[start : start + draw.integers(2, 11)] = False
    stamps = captured * (1.0 + sender.drift)
    stamps[captured > seconds * 500.0] += sender.step_ms
    rows = np.column_stack([sent + delay, np.round(stamps), captured])[kept]
    return rows[np.argsort(rows[:, 0], kind="stable")]


def _send(
    sender: Sender, captured: Floats, seconds: float, draw: np.random.Generator
) -> tuple[Floats, Floats]:
    """Of the captures that are sent, when they were taken and when they leave."""
    ready = captured + sender.work_ms + draw.exponential(sender.work_jitter_ms, len(captured))
    ready = np.maximum.accumulate(ready)
    sent = ready.copy()
    kept = np.ones(len(captured), dtype=bool)
    for start in draw.uniform(0.0, seconds * 1e3, draw.poisson(sender.stalls_per_s * seconds)):
        end = start + draw.uniform(sender.stall_ms / 3.0, sender.stall_ms)
        within = np.flatnonzero((ready >= start) & (ready < end))
        kept[within[:-1]] = False
        sent[within] = np.maximum(sent[within], end)
    return captured[kept], sent[kept]


def _spikes(network: Network, sent: Floats, draw: np.random.Generator) -> Floats:
    height = np.zeros(len(sent))
    if network.spikes_per_s:
        span_ms = sent[-1]
        for start in draw.uniform(0.0, span_ms, draw.poisson(network.spikes_per_s * span_ms / 1e3)):
            after = sent - start
            # A queue drains at the pace of the line: the delay falls by 1 ms a ms.
            height = np.maximum(height, np.where(after >= 0, network.spike_ms - after, 0.0))
    return np.maximum(height, 0.0)
