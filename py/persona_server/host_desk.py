"""What the host of one room wants of the server: who is let in, who was put out.

Who is host: :mod:`persona_core.wire.signaling`. A founder's seat has shown what the room's id was
made of; without one in the room it is who gave the last order, or the heir whom that one named.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from persona_core.errors import SignalingError
from persona_core.wire.signaling import MAX_REMOVED, ErrorCode, HostOrder


@dataclass
class HostDesk:
    """One room's; forgotten with the room.

    Attributes:
        locked: whether nobody is seated anew but ``admitted``.
        admitted: peer ids of those who had a seat when the room was locked; whose network fails
            for longer than a seat is held, comes back.
        removed: peer ids that get no seat again.
        host: peer id of who gave the last order; empty before the first.
        heir: peer id of who follows; empty for nobody.
    """

    locked: bool = False
    admitted: frozenset[str] = frozenset()
    removed: set[str] = field(default_factory=set)
    host: str = ""
    heir: str = ""

    def check(self, peer: str, *, is_new: bool) -> None:
        """Whether somebody may have a seat.

        Args:
            is_new: not one who has a seat already.

        Raises:
            SignalingError: ``removed`` or ``room-locked``.
        """
        if peer in self.removed:
            raise SignalingError(code=ErrorCode.REMOVED)
        if self.locked and is_new and peer not in self.admitted:
            raise SignalingError(code=ErrorCode.ROOM_LOCKED)

    def may_order(self, peer: str, *, founders: Collection[str], here: Collection[str]) -> bool:
        """Whether a peer is host.

        Args:
            founders: peer ids of those in the room who have shown its token.
            here: peer ids of all in the room.
        """
        if founders:
            return peer in founders
        if self.host in here:
            return peer == self.host
        return bool(peer) and peer == self.heir

    def take(
        self, peer: str, order: HostOrder, *, founders: Collection[str], here: Collection[str]
    ) -> tuple[str, ...]:
        """The host's order. Returns who is removed by it; founders never are."""
        if order.locked is not self.locked:
            self.admitted = frozenset(here) if order.locked else frozenset()
        self.locked, self.host, self.heir = order.locked, peer, order.heir
        out = [one for one in order.removed if one not in founders and one != peer]
        fits = out[: max(0, MAX_REMOVED - len(self.removed - set(out)))]
        self.removed.update(fits)
        return tuple(fits)
