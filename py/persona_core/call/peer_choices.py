"""``PeerChoices``: what the person on this page wants of another: not to hear, not to see.

They hold for the other's signing key, so that a reload, or another seat, does not undo them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class PeerChoice:
    """What holds for one other person, on this page only.

    Attributes:
        muted: is not heard here.
        hidden: is not seen here; their frames are not even read.
        blocked: nothing comes from them, and nothing goes to them.
    """

    muted: bool = False
    hidden: bool = False
    blocked: bool = False


OPEN = PeerChoice()


class PeerChoices:
    """By signing key; only what differs from :data:`OPEN` is kept."""

    def __init__(self) -> None:
        self._chosen: dict[bytes, PeerChoice] = {}

    def of(self, signing_key: bytes) -> PeerChoice:
        return self._chosen.get(signing_key, OPEN)

    def change(self, signing_key: bytes, **changes: bool) -> PeerChoice:
        """What holds from now on; ``changes`` are fields of :class:`PeerChoice`."""
        choice = replace(self.of(signing_key), **changes)
        self._chosen.pop(signing_key, None)
        if choice != OPEN:
            self._chosen[signing_key] = choice
        return choice
