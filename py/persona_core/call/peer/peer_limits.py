"""``PeerLimits``: how much of our page's time one peer may take.

Reading a frame costs some 20 us in a browser, a deeply nested avatar 2 ms, a new connection and
its candidates far more. What honest pages send stays well below these rates (frames 30 a second,
a handful of offers when a network changes, a portrait and its expressions in 42 pieces); the rest
is dropped.
"""

from __future__ import annotations

from typing import Final

from persona_core.base.ports import Clock
from persona_core.base.token_bucket import TokenBucket
from persona_core.wire.signaling import RelayKind

SECOND_MS: Final = 1_000.0
FRAMES: Final = (60.0, 120.0)
"""In a second in the long run, and at once."""
MESSAGES: Final = (30.0, 160.0)
OFFERS: Final = (0.5, 8.0)
"""Each may build a connection. At once: a round of rebuilding, and both sides' voices."""
CONTROLS: Final = (30.0, 150.0)
CONTROL_CHARACTERS: Final = (200_000.0, 700_000.0)
"""A portrait of the largest size, with its expressions, is 540,000 characters of base64."""


class PeerLimits:
    """Counts what comes from one peer.

    Attributes:
        refused: what was too much.
    """

    def __init__(self, clock: Clock) -> None:
        self.refused = 0
        self._clock = clock
        self._frames = self._bucket(FRAMES)
        self._messages = self._bucket(MESSAGES)
        self._offers = self._bucket(OFFERS)
        self._controls = self._bucket(CONTROLS)
        self._characters = self._bucket(CONTROL_CHARACTERS)

    def allows_frame(self) -> bool:
        return self._judge(self._frames.take(self._clock.now_ms()))

    def allows_message(self, kind: RelayKind) -> bool:
        now_ms = self._clock.now_ms()
        allowed = self._messages.take(now_ms) and (kind != "offer" or self._offers.take(now_ms))
        return self._judge(allowed)

    def allows_control(self, text: str) -> bool:
        now_ms = self._clock.now_ms()
        allowed = self._controls.take(now_ms) and self._characters.take(now_ms, len(text))
        return self._judge(allowed)

    def _bucket(self, limit: tuple[float, float]) -> TokenBucket:
        rate, burst = limit
        return TokenBucket(rate / SECOND_MS, burst, self._clock.now_ms())

    def _judge(self, allowed: bool) -> bool:
        self.refused += not allowed
        return allowed
