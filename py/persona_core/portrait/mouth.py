"""``MouthPlane``: where teeth and tongue are, behind the lips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from persona_core.base.arrays import Doubles, Floats
from persona_core.face import landmarks

TEETH_DEPTH_CM: Final = 0.7
"""Of the teeth's plane behind the lips' opening."""
UPPER_LIP: Final = 13
LOWER_LIP: Final = 14
JAW: Final = np.array([152, 148, 377, 176, 400])
"""Landmarks of the chin's edge, which goes where the lower teeth go."""


@dataclass(frozen=True, eq=False)
class MouthPlane:
    """Attributes:
    origin: (3,) cm, face frame: the middle of the opening's upper edge with the face at rest,
        at the teeth's depth.
    half_width: cm from there to the corners of the mouth.
    lips: (3,) cm, face frame: the middle of the photo's own opening.
    gap: cm between the inner edges of the lips in the photo.
    lower_edge: cm below the origin where the photo's lower lip begins.
    """

    origin: Doubles
    half_width: float
    lips: Doubles
    gap: float
    lower_edge: float

    @classmethod
    def of(cls, points: Floats, neutral: Floats) -> MouthPlane:
        """Args:
        points: (478, 3) of the photo, cm, face frame.
        neutral: the same without the photo's expression.
        """
        inner = points[landmarks.LIPS_INNER].astype(np.float64)
        middle = neutral[UPPER_LIP].astype(np.float64)
        middle[0] = float(neutral[landmarks.LIPS_INNER].mean(axis=0)[0])
        middle[2] -= TEETH_DEPTH_CM
        width = neutral[landmarks.LIPS_INNER[10]] - neutral[landmarks.LIPS_INNER[0]]
        return cls(
            origin=middle,
            half_width=float(abs(width[0])) / 2.0,
            lips=inner.mean(axis=0),
            gap=float(points[UPPER_LIP, 1] - points[LOWER_LIP, 1]),
            lower_edge=float(middle[1] - points[LOWER_LIP, 1]),
        )
