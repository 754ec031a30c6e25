"""The playout of a peer's face: interpolated a little late, or predicted.

Recorded faces are sent over generated networks, by senders of several kinds, and played by the
product's ``JitterBuffer`` (``p`` in the columns) and by an adaptive buffer that shows only what it
can interpolate (``i``), both on the same frames. What is shown is compared with what the face
really did at that moment:

* ``error``: root mean square, the network's way and all;
* ``own``: what of it is the playout's: against the face as it was when what is heard at that moment
  left, by the fastest way;
* ``jerk``: how much it shakes, over how much the face itself does;
* ``over``: how far it goes beyond all that the face did around then, at worst but for 1 %;
* ``blinks``: how much of a blink is shown, in the mean.

In percent of a blendshape's range; of the head in degrees. ``delay`` is how old each shown instant
was, beyond the fastest way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from tests.support.traces import STEADY, Network, Sender, Trace, make_trace
from tools.bench.figures import Figure
from tools.bench.playout.interpolating import InterpolatingBuffer
from tools.bench.playout.recordings import recordings
from tools.bench.playout.scores import Buffer, Played, Score, blink_depth, play, score
from tools.bench.playout.truth import GROUPS, Truth
from tools.bench.setting import Setting

from persona_core.call.media.jitter_buffer import JitterBuffer

TITLE = "Playout of faces, interpolated (i) against predicted (p), on generated networks"
SECONDS: Final = 40.0
KINDS: Final[dict[str, Callable[[], Buffer]]] = {"i": InterpolatingBuffer, "p": JitterBuffer}

LAN: Final = Network("LAN", way_ms=8.0, jitter_ms=0.5)
NEAR: Final = Network("30 ms +- 5 ms", way_ms=30.0, jitter_ms=0.0, spread_ms=5.0)
FAR: Final = Network("80 ms +- 30 ms, 2 % loss", 80.0, jitter_ms=0.0, spread_ms=30.0, loss=0.02)
BURSTS: Final = Network("bursts of loss", jitter_ms=5.0, burst=0.01)
WIFI: Final = Network(
    "bad Wi-Fi", jitter_ms=30.0, loss=0.08, burst=0.01, spike_ms=180.0, spikes_per_s=0.5
)

BUSY_30: Final = Sender("busy page, 30 Hz", 30.0, 0.4, 20.0, 5.0, stalls_per_s=0.4)
BUSY_15: Final = Sender("busy page, 15 Hz", 15.0, 0.4, 45.0, 10.0, stalls_per_s=0.4)
BUSY_8: Final = Sender("busy page, 8 Hz", 8.0, 0.4, 80.0, 15.0, stalls_per_s=0.4)
THRIFTY: Final = Sender("5 to 30 Hz by motion")
DRIFTING: Final = Sender("clock drifts by 200 ppm", drift=200e-6)
SET_BACK: Final = Sender("clock is set back by 5 s", step_ms=-5_000.0)


@dataclass(frozen=True)
class Condition:
    """A network and a sender on it."""

    network: Network
    sender: Sender = STEADY

    @property
    def name(self) -> str:
        if self.sender is STEADY:
            return self.network.name
        return f"{self.network.name}; {self.sender.name}"

    @property
    def way_ms(self) -> float:
        """The fastest that a face can come."""
        return self.network.fastest_ms + self.sender.work_ms

    def trace(self, truth: Truth, seconds: float) -> Trace:
        """The frames that arrive of a face."""
        captured = truth.worth_sending(seconds) if self.sender is THRIFTY else None
        return make_trace(self.network, seconds, sender=self.sender, captured=captured)

    def added_ms(self, played: Played, seconds: float) -> Trace:
        """How old each shown instant was, beyond the fastest way."""
        captured = played.playout_ms.copy()
        captured[played.times_ms > seconds * 500.0 + self.way_ms] -= self.sender.step_ms
        return played.times_ms - captured / (1.0 + self.sender.drift) - self.way_ms


CONDITIONS: Final = (
    *map(Condition, (LAN, NEAR, FAR, BURSTS, WIFI)),
    *(Condition(NEAR, sender) for sender in (BUSY_30, BUSY_15, BUSY_8, THRIFTY)),
    *(Condition(FAR, sender) for sender in (BUSY_15, BUSY_8)),
    *(Condition(NEAR, sender) for sender in (DRIFTING, SET_BACK)),
)


@dataclass(frozen=True)
class Result:
    """How one kind of playout did under one condition, over all recordings."""

    scores: dict[str, Score]
    blinks: float
    added_ms: Trace


def compare(
    condition: Condition, truths: list[Truth], seconds: float = SECONDS
) -> dict[str, Result]:
    """By kind of playout, on the same frames."""
    kept: dict[str, list[tuple[dict[str, Score], Trace, Trace]]] = {kind: [] for kind in KINDS}
    for truth in truths:
        trace = condition.trace(truth, seconds)
        faces = truth.faces(trace)
        for kind, make in KINDS.items():
            played = play(make(), trace, faces)
            kept[kind].append(
                (
                    score(truth, played, condition.way_ms),
                    blink_depth(truth, played, condition.way_ms),
                    condition.added_ms(played, seconds),
                )
            )
    return {
        kind: Result(
            {name: _mean([scores[name] for scores, _, _ in each]) for name in GROUPS},
            float(np.concatenate([depths for _, depths, _ in each]).mean()),
            np.concatenate([added for _, _, added in each]),
        )
        for kind, each in kept.items()
    }


def _mean(scores: list[Score]) -> Score:
    return Score(
        *(
            float(np.mean([getattr(one, name) for one in scores]))
            for name in ("error", "own_error", "jerk", "overshoot")
        )
    )


def measure(setting: Setting) -> list[Figure]:
    """Errors, shaking, overshoot and delay under each condition; needs no browser."""
    truths = [Truth(track, SECONDS) for track in recordings(setting.clips)]
    figures = []
    for condition in CONDITIONS:
        results = compare(condition, truths)
        for part in GROUPS:
            figures += _row(condition, part, results)
        for kind, result in results.items():
            name = f"{condition.name}: delay"
            p50, p95 = np.percentile(result.added_ms, [50, 95]).tolist()
            figures += [
                Figure(name, "ms", p50, column=f"p50 {kind}"),
                Figure(name, "ms", p95, column=f"p95 {kind}"),
            ]
    return figures


def _row(condition: Condition, part: str, results: dict[str, Result]) -> list[Figure]:
    row = Figure(f"{condition.name}: {part}", "degrees" if part == "head" else "%", 0.0)
    cells = {
        f"{title} {kind}": getattr(result.scores[part], name)
        for title, name in (
            ("error", "error"),
            ("own", "own_error"),
            ("jerk", "jerk"),
            ("over", "overshoot"),
        )
        for kind, result in results.items()
    }
    if part == "lids":
        cells |= {f"blinks {kind}": 100.0 * result.blinks for kind, result in results.items()}
    return [replace(row, value=value, column=column) for column, value in cells.items()]
