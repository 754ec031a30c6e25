"""What a long-running tool tells of itself: one line a step, with the time since the start."""

from __future__ import annotations

import sys
import time


class ProgressLine:
    """Numbers the steps and prints them.

    Args:
        total: how many steps there will be.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._step = 0
        self._start = time.monotonic()

    def step(self, text: str) -> None:
        """A new step begins."""
        self._step += 1
        self._say(f"[{self._step}/{self._total}] {text}")

    def note(self, text: str) -> None:
        """Something about the running step."""
        self._say(f"    {text}")

    def _say(self, text: str) -> None:
        sys.stdout.write(f"{time.monotonic() - self._start:7.1f} s  {text}\n")
        sys.stdout.flush()
