"""Plays frames as a page would and compares what is shown with what the face really did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from tests.support.traces import Trace
from tools.bench.playout.truth import GROUPS, ROTATION, WIDTH, Truth, Values, pack

from persona_core.face.params import FaceParams

TICK_MS: Final = 1000.0 / 60.0
WARM_UP_MS: Final = 3_000.0
PERCENT: Final = 100.0
NEIGHBOURHOOD_MS: Final = np.arange(-250.0, 151.0, 25.0)
"""A face that is shown as it was at none of these instants around its own overshoots."""
BLINK: Final = 0.35
BLINK_TICKS: Final = 10


class Buffer(Protocol):
    def push(self, params: FaceParams, arrival_ms: float) -> None: ...

    def sample(self, now_ms: float) -> FaceParams | None: ...


@dataclass(frozen=True)
class Played:
    """What was shown, tick by tick, without the beginning.

    Attributes:
        times_ms: (n,) of the display.
        playout_ms: (n,) instants of the sender's clock that were shown.
        values: (n, 59) of :func:`~tools.bench.playout.truth.pack`.
    """

    times_ms: Values
    playout_ms: Values
    values: Values


def play(buffer: Buffer, trace: Trace, faces: Sequence[FaceParams]) -> Played:
    """Shows 60 pictures a second; ``faces`` are those of the trace's rows."""
    ticks = np.arange(0.0, trace[-1, 0], TICK_MS)
    values, playout = np.full((len(ticks), WIDTH), np.nan), np.full(len(ticks), np.nan)
    came = 0
    for at, now_ms in enumerate(ticks.tolist()):
        while came < len(trace) and trace[came, 0] <= now_ms:
            buffer.push(faces[came], float(trace[came, 0]))
            came += 1
        face = buffer.sample(now_ms)
        if face is not None:
            values[at], playout[at] = pack(face), face.time_ms
    counted = (ticks > WARM_UP_MS) & ~np.isnan(playout)
    return Played(ticks[counted], playout[counted], values[counted])


@dataclass(frozen=True)
class Score:
    """Of one part of the face. In percent of a blendshape's range; of the head in degrees.

    Attributes:
        error: root mean square of shown less true at the moment of display.
        own_error: the same, less what the network's fastest way costs any display: shown less
            what the voice says that came by that way.
        jerk: root mean square of the third derivative, over that of the truth.
        overshoot: how far beyond all that the face did around that instant; 99 % stay within.
    """

    error: float
    own_error: float
    jerk: float
    overshoot: float


def score(truth: Truth, played: Played, way_ms: float) -> dict[str, Score]:
    """By part of the face."""
    times, shown = played.times_ms, _like(played.values, truth.at(played.times_ms))
    now, heard = truth.at(times), truth.at(times - way_ms)
    around = np.array([truth.at(times - way_ms + offset) for offset in NEIGHBOURHOOD_MS])
    around = np.array([_like(values, now) for values in around])
    low, high = around.min(axis=0), around.max(axis=0)
    scores = {}
    for name, columns in GROUPS.items():
        unit = _unit(name)
        beyond = np.maximum(shown - high, low - shown)[:, columns].clip(0.0).max(axis=1)
        scores[name] = Score(
            _rms(shown - now, columns) * unit,
            _rms(shown - _like(heard, now), columns) * unit,
            _rms(np.diff(shown, 3, axis=0), columns) / _rms(np.diff(now, 3, axis=0), columns),
            float(np.percentile(beyond, 99)) * unit,
        )
    return scores


def blink_depth(truth: Truth, played: Played, way_ms: float) -> Values:
    """Of each blink of the truth, how much of it was shown, 1 being all."""
    lids = GROUPS["lids"]
    true = truth.at(played.times_ms - way_ms)[:, lids].mean(axis=1)
    shown = played.values[:, lids].mean(axis=1)
    depths = []
    for at in range(BLINK_TICKS, len(true) - 2 * BLINK_TICKS):
        around = true[at - BLINK_TICKS : at + BLINK_TICKS + 1]
        if true[at] == around.max() > max(BLINK, around.min() + 0.2):
            depths.append(shown[at - 4 : at + 2 * BLINK_TICKS].max() / true[at])
    return np.array(depths)


def _unit(name: str) -> float:
    return 2.0 * float(np.degrees(1.0)) if name == "head" else PERCENT


def _like(values: Values, other: Values) -> Values:
    """The same with quaternions of the signs of others."""
    signs = np.sign((values[:, ROTATION] * other[:, ROTATION]).sum(axis=1, keepdims=True))
    values = values.copy()
    values[:, ROTATION] *= np.where(signs == 0.0, 1.0, signs)
    return values


def _rms(values: Values, columns: list[int]) -> float:
    return float(np.sqrt((values[:, columns] ** 2).mean()))
