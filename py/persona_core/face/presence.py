"""Whether a face is there, as a state machine.

    IDLE ──found──► FADING_IN ──elapsed──► TRACKING
      ▲              ▲      │                 │
      │            found   lost             lost
   elapsed           │      ▼                 │
      │              │   HOLDING ◄────────────┘
      │              │      │
      │              │   elapsed
      │              │      ▼
      └──────────── FADING_OUT      (HOLDING and FADING_OUT both lead back on ``found``)

The transitions are the table below; an event that it does not list for a state changes nothing.
A short loss is only held: trackers blink. A fade back in takes as long as the face was away,
within bounds, so that one missed frame is not answered by a slow fade.
"""

from __future__ import annotations

import math
from enum import Enum


class Presence(Enum):
    """What is shown."""

    IDLE = "idle"
    FADING_IN = "fading-in"
    TRACKING = "tracking"
    HOLDING = "holding"
    FADING_OUT = "fading-out"


class PresenceEvent(Enum):
    """What happened."""

    FOUND = "found"
    LOST = "lost"
    ELAPSED = "elapsed"


TRANSITIONS: dict[tuple[Presence, PresenceEvent], Presence] = {
    (Presence.IDLE, PresenceEvent.FOUND): Presence.FADING_IN,
    (Presence.FADING_IN, PresenceEvent.LOST): Presence.HOLDING,
    (Presence.FADING_IN, PresenceEvent.ELAPSED): Presence.TRACKING,
    (Presence.TRACKING, PresenceEvent.LOST): Presence.HOLDING,
    (Presence.HOLDING, PresenceEvent.FOUND): Presence.FADING_IN,
    (Presence.HOLDING, PresenceEvent.ELAPSED): Presence.FADING_OUT,
    (Presence.FADING_OUT, PresenceEvent.FOUND): Presence.FADING_IN,
    (Presence.FADING_OUT, PresenceEvent.ELAPSED): Presence.IDLE,
}

HOLD_MS = 500.0
FADE_OUT_MS = 700.0
MIN_FADE_IN_MS = 60.0
MAX_FADE_IN_MS = 400.0


class PresenceMachine:
    """Follows one face. Times are ms of one clock; one that steps back counts as no time."""

    def __init__(self) -> None:
        self.state = Presence.IDLE
        self._entered_ms = -math.inf
        self._seen_ms = -math.inf
        self.fade_in_ms = MAX_FADE_IN_MS

    @property
    def sees_face(self) -> bool:
        """Whether the face is being tracked now."""
        return self.state in (Presence.TRACKING, Presence.FADING_IN)

    @property
    def shows_face(self) -> bool:
        """Whether the face, seen or held, is what is shown or being faded to."""
        return self.sees_face or self.state is Presence.HOLDING

    def found(self, now_ms: float, unfinished_ms: float = 0.0) -> None:
        """A face was seen; a fade that it interrupts needs ``unfinished_ms`` more."""
        self.advance(now_ms)
        if not self.sees_face:
            wanted_ms = max(now_ms - self._seen_ms, unfinished_ms)
            self.fade_in_ms = max(MIN_FADE_IN_MS, min(MAX_FADE_IN_MS, wanted_ms))
        self._seen_ms = now_ms
        self._fire(PresenceEvent.FOUND, now_ms)

    def lost(self, now_ms: float) -> None:
        """A face was looked for and not seen."""
        self.advance(now_ms)
        self._fire(PresenceEvent.LOST, now_ms)

    def advance(self, now_ms: float) -> None:
        """Lets time pass; several states may follow one another after a long gap."""
        while (due_ms := self._entered_ms + self._duration_ms()) <= now_ms:
            self._fire(PresenceEvent.ELAPSED, due_ms)

    def _duration_ms(self) -> float:
        if self.state is Presence.HOLDING:
            return HOLD_MS
        if self.state is Presence.FADING_OUT:
            return FADE_OUT_MS
        if self.state is Presence.FADING_IN:
            return self.fade_in_ms
        return math.inf

    def _fire(self, event: PresenceEvent, now_ms: float) -> None:
        following = TRANSITIONS.get((self.state, event))
        if following is not None:
            self.state = following
            self._entered_ms = now_ms
