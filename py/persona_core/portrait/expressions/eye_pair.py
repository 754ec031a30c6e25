"""``EyePair``: whether the two eyes of a face do the same.

Those that do are drawn from one picture: else lids, irises and light of two moments would look out
of one face.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from persona_core.base.arrays import Doubles, Floats
from persona_core.face import landmarks
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.expressions.regions import MEASURED

EYES: Final = (Region.EYE_RIGHT, Region.EYE_LEFT)
PAIRED_CM: Final = (0.2, 0.26)
"""Difference between the openings of a face's two eyes: up to the first they become a pair, beyond
the second they are none any more. Of four films of talking people 99 frames in a hundred have less
than 0.22, of a fifth who grimaces with one eye nine in ten; a wink has 0.5."""
CROSSED_CM: Final = (0.25, 0.35)
"""Likewise of where their irises lie between the corners, against how they lie in the portrait."""
SEEN_CM: Final = 0.25
"""Opening of an eye from which on it can be told where it looks."""
FAR_CM: Final = 1e6

_GAZES: Final = tuple(
    (int(np.searchsorted(MEASURED, iris[0])), np.searchsorted(MEASURED, loop[[0, len(loop) // 2]]))
    for iris, loop in (
        (landmarks.IRIS_RIGHT, landmarks.EYE_RIGHT),
        (landmarks.IRIS_LEFT, landmarks.EYE_LEFT),
    )
)
"""Places in MEASURED of an iris' centre and of its eye's corners, right and left."""


class EyePair:
    """It remembers what it said of the face before.

    Args:
        shapes: (pictures, m, 3) cm at :data:`MEASURED`, the base first.
        expressions: the further pictures, in the order of ``shapes``.
    """

    def __init__(self, shapes: Floats, expressions: Sequence[Expression]) -> None:
        self._gaze_apart = _gazes_apart(shapes[0])
        both = [all(each.patch(eye) for eye in EYES) for each in expressions]
        self._halved = np.array([False, *(not each for each in both)])
        self._is_paired = True

    def follow(self, shape: Floats, opened: Doubles) -> bool:
        """Takes a face, and tells whether its eyes are a pair.

        Args:
            shape: (m, 3) cm at :data:`MEASURED`.
            opened: (4,) cm between the rims, by region.
        """
        right, left = opened[Region.EYE_RIGHT], opened[Region.EYE_LEFT]
        lids = abs(float(right - left))
        # What lies behind closed lids is guessed.
        gaze = 0.0
        if min(right, left) > SEEN_CM:
            gaze = float(np.hypot(*(_gazes_apart(shape) - self._gaze_apart)))
        side = 1 if self._is_paired else 0
        self._is_paired = lids < PAIRED_CM[side] and gaze < CROSSED_CM[side]
        return self._is_paired

    def distances(self, distances: Doubles) -> Doubles:
        """(pictures, 2) the same for both eyes; a picture that has only one of them is far.

        Args:
            distances: (pictures, 4) cm, by region.
        """
        both = np.sqrt((distances[:, EYES] ** 2).mean(axis=1))
        both[self._halved] = FAR_CM
        return np.repeat(both[:, None], 2, axis=1)


def _gazes_apart(shape: Floats) -> Doubles:
    """(2,) cm: where the right iris lies between its eye's corners, less where the left one does;
    of (m, 3)."""
    places = [shape[iris, :2] - shape[corners, :2].mean(axis=0) for iris, corners in _GAZES]
    return np.asarray(places[0] - places[1], dtype=np.float64)
