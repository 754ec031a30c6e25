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

A short loss is only held: trackers blink. A fade back in takes as long as the face was away,
within bounds, so that one missed frame is not answered by a slow fade.
"""

from __future__ import annotations

import math
from enum import Enum
from typing import Final

from persona_core.base.machine import Machine, Table, stay


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


class PresenceCommand(Enum):
    """What follows."""

    START_TIMER = "start-timer"
    """How long the state lasts counts from now."""


_S, _E = Presence, PresenceEvent
_START = (PresenceCommand.START_TIMER,)

PRESENCE_TABLE: Final[Table[Presence, PresenceEvent, PresenceCommand]] = {
    (_S.IDLE, _E.FOUND): (_S.FADING_IN, _START),
    **stay(_S.IDLE, _E.LOST),
    (_S.FADING_IN, _E.LOST): (_S.HOLDING, _START),
    (_S.FADING_IN, _E.ELAPSED): (_S.TRACKING, _START),
    **stay(_S.FADING_IN, _E.FOUND),
    (_S.TRACKING, _E.LOST): (_S.HOLDING, _START),
    **stay(_S.TRACKING, _E.FOUND),
    (_S.HOLDING, _E.FOUND): (_S.FADING_IN, _START),
    (_S.HOLDING, _E.ELAPSED): (_S.FADING_OUT, _START),
    **stay(_S.HOLDING, _E.LOST),
    (_S.FADING_OUT, _E.FOUND): (_S.FADING_IN, _START),
    (_S.FADING_OUT, _E.ELAPSED): (_S.IDLE, _START),
    **stay(_S.FADING_OUT, _E.LOST),
}

HOLD_MS = 500.0
FADE_OUT_MS = 700.0
MIN_FADE_IN_MS = 60.0
MAX_FADE_IN_MS = 400.0


class PresenceMachine(Machine[Presence, PresenceEvent, PresenceCommand]):
    """Follows one face. Times are ms of one clock; one that steps back counts as no time."""

    def __init__(self) -> None:
        super().__init__(PRESENCE_TABLE, Presence.IDLE)
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
        if PresenceCommand.START_TIMER in self.handle(event):
            self._entered_ms = now_ms
