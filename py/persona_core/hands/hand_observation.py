"""``HandObservation``: the hands in one camera frame, checked once at this edge.

The 21 landmarks are MediaPipe's: 0 the wrist; 1 to 4 the thumb from its base to its tip; then
four for each of index, middle, ring and little finger, from knuckle (MCP joint) over PIP and
DIP to the tip: 5-8, 9-12, 13-16, 17-20.

The flat array, :data:`ARRAY_LENGTH` float64::

    0       how many hands were found, 0 to 2
    1, 2    capture and done time, ms of our monotonic clock
    3       the frame's width over its height
    4       the first hand:
      +0      handedness: 0 the person's own left, 1 their right
      +1      how sure that is, in [0, 1]
      +2      the recogniser's gesture as a Gesture's number, -1 where none was asked
      +3      how sure that is, in [0, 1]
      +4      21 landmarks x 3 in the image
    71      the second hand
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face.params import Gesture

LANDMARKS = 21
MAX_HANDS = 2
HEAD_LENGTH = 4
HAND_LENGTH = 4 + LANDMARKS * 3
ARRAY_LENGTH = HEAD_LENGTH + MAX_HANDS * HAND_LENGTH
"""Numbers in the flat array that the hand worker posts: 138."""

_JUNK_TIME = 1e15  # thirty thousand years in ms
_FARTHEST = 10.0
"""Frames off the image: landmarks beyond are no hand. Comparisons with it are false for NaN too."""
_MAX_ASPECT = 10.0


class Side(IntEnum):
    """The person's own left or right; the index in ``FaceParams.gestures``."""

    LEFT = 0
    RIGHT = 1


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """One hand in one camera frame. Treat the arrays as read-only.

    Attributes:
        side: the person's own left or right. MediaPipe's word in a camera image that is not
            mirrored, as ours is not.
        score: how sure that is, in [0, 1].
        landmarks: (21, 3) float32 in the image: x from left to right and y from top to bottom
            in shares of its width and height, z away from the camera, relative to the wrist,
            in shares of its width. Landmarks outside the image lie outside [0, 1].
        aspect: the image's width over its height.
        recognised: the recogniser's word, None where only landmarks were asked for.
        confidence: how sure the recogniser is of it, in [0, 1].
    """

    side: Side
    score: float
    landmarks: Floats
    aspect: float
    recognised: Gesture | None = None
    confidence: float = 0.0

    @property
    def points(self) -> Floats:
        """(21, 3) float32: ``landmarks`` with one unit, the image's height, on all axes."""
        return self.landmarks * np.array([self.aspect, 1.0, self.aspect], dtype=np.float32)

    @classmethod
    def from_array(cls, values: npt.NDArray[np.float64], aspect: float) -> Hand | None:
        """Reads one hand's (67,) part of the flat array; None if its numbers make no hand."""
        if not (np.abs(values) < _FARTHEST).all():
            return None
        side, score, gesture, confidence = values[:4].tolist()
        if side not in _SIDES or gesture not in _GESTURES:
            return None
        if not (0.0 <= score <= 1.0 and 0.0 <= confidence <= 1.0):
            return None
        return cls(
            side=Side(int(side)),
            score=score,
            landmarks=values[4:].astype(np.float32).reshape(LANDMARKS, 3),
            aspect=aspect,
            recognised=_GESTURES[gesture],
            confidence=confidence,
        )


_SIDES = frozenset(map(float, Side))
_GESTURES: dict[float, Gesture | None] = {-1.0: None} | {float(one): one for one in Gesture}


@dataclass(frozen=True, slots=True)
class HandObservation:
    """The hands in one camera frame.

    Attributes:
        time_ms: when the frame was captured, on our monotonic clock.
        done_ms: when the tracker had finished with it, same clock.
        hands: none, one or two.
    """

    time_ms: float
    done_ms: float
    hands: tuple[Hand, ...] = ()

    @classmethod
    def from_array(cls, values: npt.NDArray[np.float64]) -> HandObservation | None:
        """Reads the flat array; hands whose numbers make none are left out.

        None where the head is junk: times, aspect or the number of hands.

        Raises:
            ValueError: another number of values.
        """
        if values.shape != (ARRAY_LENGTH,):
            raise ValueError(f"an observation has {ARRAY_LENGTH} numbers, not {values.shape}")
        found, time_ms, done_ms, aspect = values[:HEAD_LENGTH].tolist()
        if found not in (0.0, 1.0, 2.0) or not 1.0 / _MAX_ASPECT <= aspect <= _MAX_ASPECT:
            return None
        if not (abs(time_ms) < _JUNK_TIME and abs(done_ms) < _JUNK_TIME):
            return None
        parts = values[HEAD_LENGTH:].reshape(MAX_HANDS, HAND_LENGTH)[: int(found)]
        hands = (Hand.from_array(part, aspect) for part in parts)
        return cls(time_ms, done_ms, tuple(hand for hand in hands if hand is not None))

    def by_side(self) -> tuple[Hand | None, Hand | None]:
        """The left and the right hand.

        The tracker judges each hand by itself and may call both the same. The surer one
        keeps the name then, and the other hand is the other one.
        """
        sides: list[Hand | None] = [None, None]
        for hand in sorted(self.hands, key=lambda hand: hand.score, reverse=True):
            free = hand.side if sides[hand.side] is None else 1 - hand.side
            sides[free] = hand
        return sides[Side.LEFT], sides[Side.RIGHT]
