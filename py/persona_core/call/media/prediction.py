"""How a face goes on beyond the newest frame: its velocity, damped, and how far to trust it.

A face is predicted for :data:`PREDICTION_MS` at most, and then holds still. How much of a velocity
lasts differs by part: a head is heavy and goes on, a mouth turns round in a tenth of a second,
lids twice as fast. The shares come from least squares over recorded faces: the best multiple of
the last step, by how long that took and how far ahead was asked (the bench's part "jitter" tells
what it is worth on others). What makes things look wrong is left out:

* lids are never predicted to close: a blink would be shut that was not, or overshoot;
* nothing else is taken more than :data:`CLOSING_SHARE` of its way to closure, or to its other end:
  lips that meet say another sound than lips that nearly do;
* changes as small as noise and rounding count as none, or a still face would tremble.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.call.media.face_vector import (
    RESIDUAL,
    ROTATION,
    SCALE,
    SHAPES,
    SIZE,
    TRANSLATION,
)
from persona_core.face.blendshapes import Blendshape

PREDICTION_MS: Final = 60.0
"""So far ahead of the newest frame at most."""
FACE_DAMPING_MS: Final = 70.0
HEAD_DAMPING_MS: Final = 500.0
"""Time constants with which a velocity dies away."""
SPAN_MS: Final = 25.0
LONGEST_SPAN_MS: Final = 400.0
"""Apart are the two frames that a velocity is taken from: nearer, it is noise over nothing;
farther, it says nothing of now."""
CLOSING_SHARE: Final = 0.4


class _Trust(NamedTuple):
    """How much of a velocity lasts: ``share / (1 + span / span_ms)``, where it comes from a span.

    Attributes:
        noise: a change of this size counts by half, smaller ones by less.
    """

    share: float
    span_ms: float
    noise: float


_MOUTH: Final = _Trust(1.0, 350.0, 0.012)
_LIDS: Final = _Trust(1.1, 130.0, 0.012)
_GAZE: Final = _Trust(0.95, 70.0, 0.012)
"""Least squares say 1.05; eyes that jump and stop overshoot with it."""
_SLOW: Final = _Trust(1.0, 500.0, 0.012)
_ROTATION: Final = _Trust(1.0, 1500.0, 0.0015)
_PLACE: Final = _Trust(1.0, 1500.0, 0.004)
_RESIDUAL: Final = _Trust(0.75, 350.0, 0.1)

_MOST_ROTATION: Final = 0.15
_MOST_PLACE: Final = 0.15
_MOST_RESIDUAL: Final = 0.5
"""The farthest that anything is predicted to go, in the units of the vector (17 degrees)."""


def _trust(shape: Blendshape) -> _Trust:
    if shape.name.startswith("EYE_BLINK"):
        return _LIDS
    if shape.name.startswith("EYE_LOOK"):
        return _GAZE
    if shape.name.startswith(("MOUTH_", "JAW_")):
        return _MOUTH
    return _SLOW


def reach_ms(ahead_ms: float, damping_ms: float) -> float:
    """For how long a velocity would have had to last, undamped, to get as far in ``ahead_ms``."""
    return damping_ms * -math.expm1(-ahead_ms / damping_ms)


def _bounds() -> tuple[Floats, Floats, Floats, Floats]:
    """Of a velocity: how its least falls with each unit of the value, the least at 0, how far the
    most lies above, and what it never exceeds."""
    closing = CLOSING_SHARE / reach_ms(PREDICTION_MS, FACE_DAMPING_MS)
    per_value, least, span = np.zeros((3, SIZE), dtype=np.float32)
    per_value[SHAPES] = -closing
    span[SHAPES] = closing
    least[ROTATION] = -_MOST_ROTATION
    least[TRANSLATION] = least[SCALE] = -_MOST_PLACE
    least[RESIDUAL] = -_MOST_RESIDUAL
    least /= reach_ms(PREDICTION_MS, HEAD_DAMPING_MS)
    span -= 2.0 * least
    most = np.full(SIZE, np.inf, dtype=np.float32)
    most[[Blendshape.EYE_BLINK_LEFT, Blendshape.EYE_BLINK_RIGHT]] = 0.0
    return per_value, least, span, most


_ROWS: Final = np.array(
    [
        *map(_trust, Blendshape),
        *[_ROTATION] * 4,
        *[_PLACE] * 3,
        *[_RESIDUAL] * (RESIDUAL.stop - RESIDUAL.start),
    ],
    dtype=np.float32,
)
_SHARE, _SPAN_MS, _NOISE = _ROWS[:, 0], _ROWS[:, 1], _ROWS[:, 2] ** 2
_PER_VALUE, _LEAST, _RANGE, _MOST = _bounds()
STANDSTILL: Final = np.zeros(SIZE, dtype=np.float32)


@lru_cache(maxsize=512)
def _lasting(span_ms: int) -> Floats:
    """What lasts of a change over ``span_ms``, (83,) per ms of it."""
    lasting = np.full(SIZE, span_ms, dtype=np.float32)
    lasting /= _SPAN_MS
    lasting += 1.0
    lasting *= span_ms
    return np.divide(_SHARE, lasting, out=lasting)


def velocity(newest: Floats, before: Floats, span_ms: float) -> Floats:
    """What of a face's motion will last, (83,) float32 per ms.

    Args:
        newest: the newest frame's vector.
        before: that of a frame ``span_ms`` before.
        span_ms: at least :data:`SPAN_MS`.
    """
    change = newest - before
    weight = change * change
    weight /= weight + _NOISE
    weight *= _lasting(round(span_ms))
    change *= weight
    bound = newest * _PER_VALUE
    bound += _LEAST
    np.maximum(change, bound, out=change)
    bound += _RANGE
    np.minimum(bound, _MOST, out=bound)
    np.minimum(change, bound, out=change)
    return change
