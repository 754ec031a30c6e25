"""``Steering``: a face on its way, and how it gets onto another one without a jump.

Between two frames a face goes straight, beyond the newest it goes on by its damped velocity
(:mod:`persona_core.call.media.prediction`). When a frame says something else than was expected,
what is shown and what should be differ by an offset, which dies away:

* mouth, brows and head as a critically damped spring, in place and in speed, so that neither jumps;
* lids and gaze straight, in a shorter time: eyes jump, and what goes straight from one face
  to another never overshoots.

All of it is linear in the faces: a row of the matrix each, and an instant is one product with the
weights of that instant. So an instant costs the same however much moves.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.call.media.face_vector import (
    RESIDUAL,
    ROTATION,
    SCALE,
    SHAPES,
    SIZE,
    TRANSLATION,
    turn_towards,
)
from persona_core.call.media.prediction import (
    FACE_DAMPING_MS,
    HEAD_DAMPING_MS,
    PREDICTION_MS,
    reach_ms,
)
from persona_core.face.blendshapes import Blendshape

SPRING_MS: Final = 9.0
SPRING_PER_INTERVAL: Final = 0.11
"""The spring's time constant, and what each ms between two frames adds: rarer news is bigger news.
Measured (the bench's part "jitter"): a shorter one shakes, a longer one lags."""
MAX_SPRING_MS: Final = 50.0
TIGHTENING: Final = 0.25
"""By so much of the time that goes by a spring gets shorter again."""
HEAD_SPRING: Final = 1.6
"""Times as long for the head, whose shaking is seen first and whose prediction errs least."""
QUICK_MS: Final = 17.0
QUICK_PER_INTERVAL: Final = 0.2
"""The same of the time in which eyes get there: 24 ms at 30 frames a second, 42 at 8."""
MAX_QUICK_MS: Final = 150.0
UNSEEN: Final = 2e-4
UNSEEN_RATE: Final = 1e-5
"""An offset of so little in place, and of so much a ms in speed, is none."""
STILL_MS: Final = 600.0
"""After so long nothing is left of an offset (seven of the longest time constants)."""

_START, _EYE_START, _FACE, _HEAD, _EYE = 0, 1, 2, 3, 4
_FACE_GAP, _FACE_RATE, _HEAD_GAP, _HEAD_RATE, _EYE_SHOWN = 5, 6, 7, 8, 9
_ROWS: Final = 10
_STARTS, _CHANGES, _FACE_GAPS, _HEAD_GAPS = slice(0, 2), slice(2, 5), slice(5, 7), slice(7, 9)


def _masks() -> tuple[Floats, Floats, Floats]:
    """Mouth, brows and all that is not of the others; the head; lids and gaze."""
    head = np.zeros(SIZE, dtype=np.float32)
    head[ROTATION.start : SCALE + 1] = 1.0
    eyes = np.zeros(SIZE, dtype=np.float32)
    for shape in Blendshape:
        if shape.name.startswith(("EYE_BLINK", "EYE_LOOK")):
            eyes[shape] = 1.0
    face = np.ones(SIZE, dtype=np.float32)
    face -= head + eyes
    return face, head, eyes


def _most_drift() -> Floats:
    drift = np.empty(SIZE, dtype=np.float32)
    drift[SHAPES] = 0.08
    drift[ROTATION] = 0.03
    drift[TRANSLATION] = drift[SCALE] = 0.03
    drift[RESIDUAL] = 0.5
    return drift * np.float32(math.e)


_IS_FACE, _IS_HEAD, _IS_EYE = _masks()
_OF_STARTS: Final = np.stack([_IS_FACE + _IS_HEAD, _IS_EYE])
_OF_CHANGES: Final = np.stack([_IS_FACE, _IS_HEAD, _IS_EYE])
_PER_SPRING: Final = _IS_FACE + _IS_HEAD / np.float32(HEAD_SPRING)
_MOST_DRIFT: Final = _most_drift()
_LEAST_DRIFT: Final = -_MOST_DRIFT
"""The farthest that a speed taken along carries a face from where it should be; a spring of time
constant T takes a speed v as far as v T / e."""


class Steering:
    """The way of one face. ``playout_ms`` is the sender's time, ``now_ms`` ours."""

    def __init__(self) -> None:
        self._rows = np.zeros((_ROWS, SIZE), dtype=np.float32)
        self._weights = np.zeros(_ROWS, dtype=np.float32)
        self._pair = np.zeros((2, _ROWS), dtype=np.float32)
        self._from_ms = 0.0
        self._span_ms: float | None = None
        self._leads_on = False
        self._met_ms = -math.inf
        self._spring_ms = self._head_spring_ms = SPRING_MS
        self._quick_ms = QUICK_MS

    def go(self, start: Floats, change: Floats, from_ms: float, span_ms: float | None) -> None:
        """Takes a way; an offset goes on dying away.

        Args:
            start: the face at ``from_ms`` of the sender's time.
            change: how it is to change in ``span_ms``; per ms, if it is to run on.
            span_ms: > 0; None for running on.
        """
        np.multiply(start, _OF_STARTS, out=self._rows[_STARTS])
        np.multiply(change, _OF_CHANGES, out=self._rows[_CHANGES])
        self._from_ms, self._span_ms = from_ms, span_ms
        reach = np.abs(change).max() * (PREDICTION_MS if span_ms is None else 1.0)
        self._leads_on = bool(reach >= UNSEEN)

    def at(self, playout_ms: float, now_ms: float) -> Floats:
        """(83,) of the face, an array of its own."""
        self._weights[:] = self._weigh(playout_ms, now_ms)
        return self._weights @ self._rows

    def moving(self, playout_ms: float, now_ms: float) -> Floats:
        """(2, 83) of the face, and by how much it changes in a ms (of the eyes only on their way,
        for they need not meet it smoothly)."""
        self._pair[0] = self._weigh(playout_ms, now_ms)
        self._pair[1] = self._rates(playout_ms, now_ms)
        return self._pair @ self._rows

    def meet(
        self, shown: Floats, playout_ms: float, now_ms: float, smoothing: tuple[float, float]
    ) -> None:
        """Comes from what is shown onto the way that it was given.

        Args:
            shown: (2, 83) as of :meth:`moving`, of the face that would be shown now on the way
                before; is changed.
            smoothing: time constant of the spring and duration for eyes, in ms.
        """
        since_ms = now_ms - self._met_ms
        self._met_ms = -math.inf
        goal = self.moving(playout_ms, now_ms)
        turn_towards(shown[0], goal[0])
        np.multiply(shown[0], _IS_EYE, out=self._rows[_EYE_SHOWN])
        shown -= goal
        if np.abs(shown[0]).max() < UNSEEN and np.abs(shown[1]).max() < UNSEEN_RATE:
            return  # as when the face rests: on the way already
        gap, rate = shown
        # Who still comes from far away, gently, does not jump the rest.
        spring_ms = max(smoothing[0], self._spring_ms - TIGHTENING * since_ms)
        self._quick_ms = max(smoothing[1], self._quick_ms - since_ms)
        time, frequency = np.float32(spring_ms), np.float32(1.0 / spring_ms)
        np.multiply(rate, time, out=rate)
        np.maximum(rate, _LEAST_DRIFT, out=rate)
        np.minimum(rate, _MOST_DRIFT, out=rate)
        rate += gap * _PER_SPRING
        np.multiply(rate, frequency, out=rate)
        np.multiply(shown, _IS_FACE, out=self._rows[_FACE_GAPS])
        np.multiply(shown, _IS_HEAD, out=self._rows[_HEAD_GAPS])
        self._spring_ms, self._head_spring_ms = spring_ms, HEAD_SPRING * spring_ms
        self._met_ms = now_ms

    def is_still(self, now_ms: float, *, waits: bool) -> bool:
        """Whether the face is at rest: nothing is left of an offset, and its way leads nowhere.

        Args:
            waits: whether the sender's time stands still, which is as good.
        """
        return now_ms - self._met_ms >= STILL_MS and (waits or not self._leads_on)

    def _weigh(self, playout_ms: float, now_ms: float) -> tuple[float, ...]:
        ahead_ms = playout_ms - self._from_ms
        if self._span_ms is None:
            ahead_ms = min(max(0.0, ahead_ms), PREDICTION_MS)
            face, head = reach_ms(ahead_ms, FACE_DAMPING_MS), reach_ms(ahead_ms, HEAD_DAMPING_MS)
        else:
            face = head = min(1.0, ahead_ms / self._span_ms)
        met_ms = now_ms - self._met_ms
        if met_ms >= STILL_MS:
            return 1.0, 1.0, face, head, face, 0.0, 0.0, 0.0, 0.0, 0.0
        fades = math.exp(-met_ms / self._spring_ms)
        head_fades = math.exp(-met_ms / self._head_spring_ms)
        eyes = min(1.0, met_ms / self._quick_ms)
        rate, head_rate = met_ms * fades, met_ms * head_fades
        return 1.0, eyes, face, head, eyes * face, fades, rate, head_fades, head_rate, 1.0 - eyes

    def _rates(self, playout_ms: float, now_ms: float) -> tuple[float, ...]:
        """By how much the weights change in a ms."""
        ahead_ms = playout_ms - self._from_ms
        if self._span_ms is not None:
            face = head = 1.0 / self._span_ms
        elif ahead_ms < PREDICTION_MS:
            face = math.exp(-ahead_ms / FACE_DAMPING_MS)
            head = math.exp(-ahead_ms / HEAD_DAMPING_MS)
        else:
            face = head = 0.0
        met_ms = now_ms - self._met_ms
        if met_ms >= STILL_MS:
            return 0.0, 0.0, face, head, face, 0.0, 0.0, 0.0, 0.0, 0.0
        spring, head_spring = met_ms / self._spring_ms, met_ms / self._head_spring_ms
        fades, head_fades = math.exp(-spring), math.exp(-head_spring)
        gap, head_gap = -fades / self._spring_ms, -head_fades / self._head_spring_ms
        rate, head_rate = fades * (1.0 - spring), head_fades * (1.0 - head_spring)
        return 0.0, 0.0, face, head, face, gap, rate, head_gap, head_rate, 0.0


def smoothing_after(interval_ms: float, skipped_ms: float, *, leapt: bool) -> tuple[float, float]:
    """For :meth:`Steering.meet`: gentler, the longer nothing was known.

    Args:
        interval_ms: the usual time between two frames.
        skipped_ms: of the sender's time, that is not shown.
        leapt: whether what is shown next has nothing to do with what was.
    """
    if leapt:
        return MAX_SPRING_MS, MAX_QUICK_MS
    spring_ms = SPRING_MS + SPRING_PER_INTERVAL * interval_ms + skipped_ms / 20.0
    quick_ms = QUICK_MS + QUICK_PER_INTERVAL * interval_ms + skipped_ms / 5.0
    return min(MAX_SPRING_MS, spring_ms), min(MAX_QUICK_MS, quick_ms)
