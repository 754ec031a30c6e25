"""How many frames are lost, from counts that only grow."""

from __future__ import annotations

from typing import Final

MIN_FRAMES: Final = 10
"""Fewer say nothing of a share."""


class LossMeter:
    """The share of frames lost between one pair of counts and the next."""

    def __init__(self) -> None:
        self._frames = 0
        self._lost = 0

    def share(self, frames: int, lost: int) -> float | None:
        """The share lost since the counts before, in [0, 1]; None while there is too little.

        Args:
            frames: that came, since the beginning.
            lost: that did not. May fall a little, when one comes late after all.
        """
        came, gone = frames - self._frames, lost - self._lost
        if came < 0:  # counted from the beginning again
            self._frames, self._lost = frames, lost
            return None
        if came + max(0, gone) < MIN_FRAMES:
            return None
        self._frames, self._lost = frames, lost
        return max(0, gone) / (came + max(0, gone))
