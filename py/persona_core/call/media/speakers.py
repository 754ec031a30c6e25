"""Who is speaking, and whose turn it is to be drawn by the costly renderer.

Loudness is eased, so that a cough does not take the floor; whoever has the floor keeps it until
somebody else has been clearly louder for a while. The neural renderer is too costly for more
than one peer: it follows the floor, but slower still, because changing over costs a moment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

SPEAKING_LEVEL: Final = 0.15
"""Eased loudness (as :class:`~persona_core.call.media.voice_mouth.VoiceFeatures`) of who speaks."""
EASE_MS: Final = 250.0
LOUDER: Final = 1.25
TAKE_MS: Final = 500.0
"""So long, and so much louder, somebody must be to take the floor from one who speaks."""
PAUSE_MS: Final = 900.0
"""A speaker who is silent for less has only drawn breath."""
NEURAL_HOLD_MS: Final = 4_000.0


class ActiveSpeaker:
    """Follows the loudness of everybody in the room.

    Attributes:
        floor: who spoke last; None before anybody did, and when that one has gone.
    """

    def __init__(self) -> None:
        self.floor: str | None = None
        self._levels: dict[str, float] = {}
        self._heard_ms: float | None = None
        self._spoke_ms = -math.inf
        self._rival: str | None = None
        self._rival_ms = 0.0

    def hear(self, levels: Mapping[str, float], now_ms: float) -> str | None:
        """Takes everybody's loudness in [0, 1]; who speaks now, None in silence."""
        elapsed_ms = 0.0 if self._heard_ms is None else max(0.0, now_ms - self._heard_ms)
        self._heard_ms = now_ms
        share = 1.0 - math.exp(-elapsed_ms / EASE_MS)
        self._levels = {
            peer: (was := self._levels.get(peer, 0.0)) + share * (level - was)
            for peer, level in levels.items()
        }
        if self.floor not in self._levels:
            self.floor = None
        self._pass_floor(now_ms)
        if self.floor is not None and self._levels[self.floor] >= SPEAKING_LEVEL:
            self._spoke_ms = now_ms
        return self.floor if now_ms - self._spoke_ms < PAUSE_MS else None

    def _pass_floor(self, now_ms: float) -> None:
        loudest = max(self._levels, key=self._levels.__getitem__, default=None)
        if loudest is None or self._levels[loudest] < SPEAKING_LEVEL or loudest == self.floor:
            self._rival = None
            return
        if self.floor is None or self._levels[self.floor] < SPEAKING_LEVEL:
            self._take(loudest, now_ms)
        elif self._levels[loudest] < LOUDER * self._levels[self.floor]:
            self._rival = None
        elif loudest != self._rival:
            self._rival, self._rival_ms = loudest, now_ms
        elif now_ms - self._rival_ms >= TAKE_MS:
            self._take(loudest, now_ms)

    def _take(self, peer: str, now_ms: float) -> None:
        self.floor, self._rival, self._spoke_ms = peer, None, now_ms


class NeuralTurn:
    """Which one peer may be drawn by the neural renderer; the others stand on cheaper rungs.

    Attributes:
        holder: that peer; None while there is nobody.
    """

    def __init__(self) -> None:
        self.holder: str | None = None
        self._since_ms = -math.inf

    def choose(self, peers: Sequence[str], floor: str | None, now_ms: float) -> str | None:
        """Decides anew.

        Args:
            peers: those who are there, in a steady order.
            floor: who spoke last.
        """
        if self.holder not in peers:
            self.holder = floor if floor in peers else next(iter(peers), None)
            self._since_ms = now_ms
        elif floor in peers and floor != self.holder and self._rested(now_ms):
            self.holder, self._since_ms = floor, now_ms
        return self.holder

    def _rested(self, now_ms: float) -> bool:
        return now_ms - self._since_ms >= NEURAL_HOLD_MS
