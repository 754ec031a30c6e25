"""``PeopleLimits``: how much one person may say.

What a page of ours lets its own person send (:class:`OwnPace`) stays below what others take of one
peer (:class:`PeopleLimits`); what is beyond that, is dropped unread.
"""

from __future__ import annotations

from typing import Final

from persona_core.base.ports import Clock
from persona_core.base.token_bucket import TokenBucket
from persona_core.wire.host_messages import HostMessage
from persona_core.wire.people_messages import ChatMessage, PeopleMessage, Reaction

SECOND_MS: Final = 1_000.0
TAKEN: Final = {
    "chat": (1.0, 10.0),
    "reaction": (1.5, 8.0),
    "state": (2.0, 16.0),
    "host": (1.0, 16.0),
}
"""Of one peer: in a second in the long run, and at once. Names and raised hands are states."""
SENT: Final = {"chat": (0.5, 5.0), "reaction": (1.0, 5.0)}


class _Buckets:
    def __init__(self, clock: Clock, limits: dict[str, tuple[float, float]]) -> None:
        self._clock = clock
        self._buckets = {
            kind: TokenBucket(rate / SECOND_MS, burst, clock.now_ms())
            for kind, (rate, burst) in limits.items()
        }

    def take(self, kind: str) -> bool:
        return self._buckets[kind].take(self._clock.now_ms())


class PeopleLimits(_Buckets):
    """What is taken of one peer.

    Attributes:
        refused: what was too much.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, TAKEN)
        self.refused = 0

    def allows(self, message: PeopleMessage | HostMessage) -> bool:
        allowed = self.take(_kind_of(message))
        self.refused += not allowed
        return allowed


class OwnPace(_Buckets):
    """What the person on this page may send: ``take("chat")``, ``take("reaction")``."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, SENT)


def _kind_of(message: PeopleMessage | HostMessage) -> str:
    if isinstance(message, ChatMessage):
        return "chat"
    if isinstance(message, Reaction):
        return "reaction"
    return "state" if isinstance(message, PeopleMessage) else "host"
