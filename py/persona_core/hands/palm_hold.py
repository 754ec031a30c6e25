"""An open palm that is held up: how people ask for the floor without a word."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from persona_core.face.params import Gesture

HOLD_MS: Final = 1_000.0
"""Shorter is a wave, or a hand on its way to somewhere else."""


class PalmHold:
    """Tells once when a palm has been held for long enough, and again only after it was gone."""

    def __init__(self) -> None:
        self._since_ms: float | None = None
        self._is_told = False

    def step(self, gestures: Collection[Gesture], now_ms: float) -> bool:
        """
        Args:
            gestures: of the hands now, filtered so that they stand still.

        Returns:
            Whether this is the moment.
        """
        if Gesture.OPEN_PALM not in gestures:
            self._since_ms, self._is_told = None, False
            return False
        if self._since_ms is None:
            self._since_ms = now_ms
        if self._is_told or now_ms - self._since_ms < HOLD_MS:
            return False
        self._is_told = True
        return True
