"""``GestureFilter``: gestures that stand still, out of readings that flicker.

For each hand a machine of its own:

    RESTING ──ripe──► SHOWING ──missed──► LEAVING
       ▲               │   ▲                │ │
       ├────expired────┘   └───read, ripe───┘ │
       └──────────────expired─────────────────┘

A gesture is *ripe* once it was read in several frames running, also while another is shown:
hands pass through gestures on their way. It is *missed* when a frame shows something else. It
is *expired* when it was last read a while ago and missed more than once since, or when it was
read very long ago and no frames come. Both frames and time are counted, because the pace is
15 frames a second here and one or two there.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import Final, Never

from persona_core.base.machine import Machine, Table, stay
from persona_core.face.params import Gesture
from persona_core.hands.gestures import MIN_CONFIDENCE, Reading, read
from persona_core.hands.hand_observation import Hand, HandObservation

RIPE_FRAMES = 2
RIPE_MS = 120.0
"""How many frames running make a gesture ripe, and the time from the first to the last."""

EXPIRED_FRAMES = 2
EXPIRED_MS = 500.0
"""How many frames may miss a gesture, and how long it outlives its last reading."""

STALE_MS = 3000.0
"""The same when there are no frames to tell: nobody looks for hands any more."""


class GestureState(Enum):
    """What is shown of one hand."""

    RESTING = "resting"
    SHOWING = "showing"
    LEAVING = "leaving"


class GestureEvent(Enum):
    """What was read, or what time brought."""

    RIPE = "ripe"
    READ = "read"
    MISSED = "missed"
    EXPIRED = "expired"


_S, _E = GestureState, GestureEvent

GESTURE_TABLE: Final[Table[GestureState, GestureEvent, Never]] = {
    (_S.RESTING, _E.RIPE): (_S.SHOWING, ()),
    **stay(_S.RESTING, _E.MISSED, _E.EXPIRED),
    (_S.SHOWING, _E.MISSED): (_S.LEAVING, ()),
    (_S.SHOWING, _E.EXPIRED): (_S.RESTING, ()),
    **stay(_S.SHOWING, _E.RIPE, _E.READ),
    (_S.LEAVING, _E.READ): (_S.SHOWING, ()),
    (_S.LEAVING, _E.RIPE): (_S.SHOWING, ()),
    (_S.LEAVING, _E.EXPIRED): (_S.RESTING, ()),
    **stay(_S.LEAVING, _E.MISSED),
}


class HandGesture:
    """The gesture of one hand. Times are ms of one clock; one that steps back is no time."""

    def __init__(self) -> None:
        self._machine = Machine(GESTURE_TABLE, GestureState.RESTING)
        self._gesture = Gesture.NONE
        self._read_ms = -math.inf
        self._missed_frames = 0
        self._run = Gesture.NONE  # the gesture of the newest frames, all alike
        self._run_frames = 0
        self._run_since_ms = 0.0

    @property
    def shown(self) -> Gesture:
        """The gesture to show, as of the last call."""
        return Gesture.NONE if self._machine.state is GestureState.RESTING else self._gesture

    def observe(self, reading: Reading, now_ms: float) -> None:
        """Takes the reading of one frame; a doubtful one counts as none."""
        gesture = reading.gesture if reading.confidence >= MIN_CONFIDENCE else Gesture.NONE
        ripe = self._follow(gesture, now_ms)
        if gesture is Gesture.NONE or not (ripe or gesture is self.shown):
            self._missed_frames += 1
            self._machine.handle(GestureEvent.MISSED)
            self.advance(now_ms)
            return
        known = gesture is self.shown
        self._machine.handle(GestureEvent.READ if known else GestureEvent.RIPE)
        self._gesture = gesture
        self._read_ms = now_ms
        self._missed_frames = 0

    def advance(self, now_ms: float) -> None:
        """Lets time pass."""
        unread_ms = now_ms - self._read_ms
        missed = self._missed_frames >= EXPIRED_FRAMES and unread_ms >= EXPIRED_MS
        if missed or unread_ms >= STALE_MS:
            self._machine.handle(GestureEvent.EXPIRED)

    def _follow(self, gesture: Gesture, now_ms: float) -> bool:
        """Whether this frame makes its gesture ripe."""
        if gesture is not self._run:
            self._run, self._run_frames, self._run_since_ms = gesture, 0, now_ms
        self._run_frames += 1
        return self._run_frames >= RIPE_FRAMES and now_ms - self._run_since_ms >= RIPE_MS


class GestureFilter:
    """The gestures of both hands."""

    def __init__(self) -> None:
        self._hands = (HandGesture(), HandGesture())

    def observe(self, observation: HandObservation, now_ms: float) -> None:
        """Takes the hands of one frame; a hand that is not in it shows nothing."""
        for gesture, hand in zip(self._hands, observation.by_side(), strict=True):
            gesture.observe(_read(hand), now_ms)

    def sample(self, now_ms: float) -> tuple[Gesture, Gesture]:
        """The left and the right hand's gesture at ``now_ms``, as in ``FaceParams.gestures``."""
        for hand in self._hands:
            hand.advance(now_ms)
        left, right = self._hands
        return left.shown, right.shown


def _read(hand: Hand | None) -> Reading:
    return Reading(Gesture.NONE, 1.0) if hand is None else read(hand)
