"""Keeps to the rate that the server allows, so that a page in a large room is never turned out.

A newcomer to a room of eight has seven offers and some dozens of candidates to send at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from persona_core.base.countdown import Countdown
from persona_core.base.ports import Clock, Scheduler

SHARE: Final = 0.8
"""Of what is allowed, for the server's clock is not ours."""
LONGEST: Final = 256
"""Messages to one peer that may wait; more come from a fault, or are asked for by an attack."""

SHORTEST_WAIT_MS: Final = 1.0
"""Rounding may leave so little to wait for that the clock would not move at all."""
LONGEST_WAIT_MS: Final = 60_000.0


class Pacer:
    """Sends at once while there is allowance, later when there is none.

    What is for one peer stays in order; the peers take turns, so that whoever makes us say much
    delays nobody but themselves.

    Args:
        send: gets each text when it may go.
    """

    def __init__(self, clock: Clock, scheduler: Scheduler, send: Callable[[str], None]) -> None:
        self._clock = clock
        self._send = send
        self._timer = Countdown(scheduler, self._flush)
        self._waiting: dict[str, deque[str]] = {}
        self._rate_ms = 0.0
        self._burst = 1.0
        self._allowance = 1.0
        self._counted_ms = 0.0

    def start(self, per_second: float, burst: int) -> None:
        """A fresh socket, with these limits and nothing sent yet but the greeting."""
        self.stop()
        self._rate_ms = SHARE * per_second / 1000.0
        self._burst = self._allowance = max(1.0, SHARE * burst)
        self._counted_ms = self._clock.now_ms()

    def stop(self) -> None:
        """The socket is gone, and with it what waited."""
        self._waiting.clear()
        self._timer.stop()

    def put(self, peer: str, text: str) -> bool:
        """Sends ``text``, or keeps it until it may go; False when too much waits already.

        Args:
            peer: whom it is for; empty for the server itself.
        """
        begun = bool(self._waiting)
        lane = self._waiting.setdefault(peer, deque())
        if len(lane) >= LONGEST:
            return False
        lane.append(text)
        if not begun:
            self._flush()
        return True

    def _flush(self) -> None:
        now_ms = self._clock.now_ms()
        grown = self._allowance + self._rate_ms * max(0.0, now_ms - self._counted_ms)
        self._allowance, self._counted_ms = min(self._burst, grown), now_ms
        while self._waiting and self._allowance >= 1.0:
            self._allowance -= 1.0
            self._send(self._next())
        if self._waiting:
            # Whatever rate a stranger names: a browser's timer cannot wait for months.
            wait_ms = (1.0 - self._allowance) / self._rate_ms
            self._timer.start(min(LONGEST_WAIT_MS, max(SHORTEST_WAIT_MS, wait_ms)))

    def _next(self) -> str:
        """The next text of the peer whose turn it is, who then stands last."""
        peer = next(iter(self._waiting))
        lane = self._waiting.pop(peer)
        text = lane.popleft()
        if lane:
            self._waiting[peer] = lane
        return text
