"""How often a face is worth reading: seldom while it rests, and least while nobody is there."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from persona_core.face.observation import FaceObservation

REST_HZ: Final = 10.0
"""Often enough that no blink is missed whose lids stay down for a tenth of a second."""
ABSENT_HZ: Final = 2.0
"""Looks for a face that has been away for long."""
ABSENT_MS: Final = 60_000.0
HOLD_MS: Final = 1_500.0
"""A face counts as moving for so long after it did."""
MOVED_SHAPE: Final = 0.08
"""Change of a blendshape from one reading to the next, above the tracker's own tremor."""
MOVED_TURN: Final = 0.015
"""Change of a component of the head's unit quaternion: some 1.7 degrees."""


class ReadingPace:
    """Follows the readings of one face."""

    def __init__(self) -> None:
        self._face: FaceObservation | None = None
        self._moved_ms = math.inf

    def observe(self, face: FaceObservation | None, now_ms: float) -> None:
        """Takes in a reading; None where no face was seen."""
        before, self._face = self._face, face
        if before is None and face is None:
            self._moved_ms = min(self._moved_ms, now_ms)
        elif before is None or face is None or _has_moved(before, face):
            self._moved_ms = now_ms

    def most_hz(self, now_ms: float) -> float:
        """Readings a second that are worth having; infinite while the face moves."""
        if self._face is None and now_ms - self._moved_ms > ABSENT_MS:
            return ABSENT_HZ
        return REST_HZ if now_ms - self._moved_ms > HOLD_MS else math.inf


def _has_moved(before: FaceObservation, face: FaceObservation) -> bool:
    shapes = np.abs(face.blendshapes - before.blendshapes).max()
    turn = np.abs(face.pose.rotation - before.pose.rotation).max()
    return bool(shapes > MOVED_SHAPE or turn > MOVED_TURN)
