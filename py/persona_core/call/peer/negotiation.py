"""Perfect negotiation over one transport (W3C WebRTC 1.0, section 10.7, "perfect negotiation").

Either side may offer at any time. When both do, the offers collide: the impolite side ignores
the other's offer and waits for the answer to its own, the polite side drops its own (the
platform rolls it back by itself) and answers. Candidates that belong to an ignored offer are
ignored with it; candidates that come before any description wait for it.

A machine lives as long as its transport; a new transport gets a new machine.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from persona_core.base.machine import Machine, Table
from persona_core.call.ports import DescriptionKind

MAX_WAITING_CANDIDATES: Final = 64
"""A page gathers 10 to 20; more before any description is not in good faith."""


class NegotiationState(Enum):
    """Mirrors the transport's signaling state, a little ahead of it."""

    STABLE = auto()
    OFFERING = auto()
    """An own offer is being made or under way."""
    ANSWERING = auto()
    """The peer's offer was accepted, our answer is being made."""


class NegotiationEvent(Enum):
    """What can happen to a negotiation."""

    NEEDED = auto()
    REMOTE_OFFER = auto()
    COLLIDING_OFFER = auto()
    """The peer's offer while ours is pending and we are impolite."""
    REMOTE_ANSWER = auto()
    LOCAL_OFFER = auto()
    LOCAL_ANSWER = auto()


class NegotiationCommand(Enum):
    """What the owner is to do."""

    MAKE_OFFER = auto()
    ACCEPT = auto()
    """Give the description at hand to the transport, then the candidates that waited."""
    SEND = auto()
    """Send the local description at hand to the peer."""


_S, _E, _C = NegotiationState, NegotiationEvent, NegotiationCommand

NEGOTIATION_TABLE: Final[Table[NegotiationState, NegotiationEvent, NegotiationCommand]] = {
    (_S.STABLE, _E.NEEDED): (_S.OFFERING, (_C.MAKE_OFFER,)),
    (_S.STABLE, _E.REMOTE_OFFER): (_S.ANSWERING, (_C.ACCEPT,)),
    # Answers to an offer that was rolled back, and local descriptions overtaken by one.
    (_S.STABLE, _E.REMOTE_ANSWER): (_S.STABLE, ()),
    (_S.STABLE, _E.LOCAL_OFFER): (_S.STABLE, ()),
    (_S.STABLE, _E.LOCAL_ANSWER): (_S.STABLE, ()),
    # The platform says again what is needed once the exchange is over.
    (_S.OFFERING, _E.NEEDED): (_S.OFFERING, ()),
    (_S.OFFERING, _E.REMOTE_OFFER): (_S.ANSWERING, (_C.ACCEPT,)),
    (_S.OFFERING, _E.COLLIDING_OFFER): (_S.OFFERING, ()),
    (_S.OFFERING, _E.REMOTE_ANSWER): (_S.STABLE, (_C.ACCEPT,)),
    (_S.OFFERING, _E.LOCAL_OFFER): (_S.OFFERING, (_C.SEND,)),
    (_S.OFFERING, _E.LOCAL_ANSWER): (_S.OFFERING, ()),
    (_S.ANSWERING, _E.NEEDED): (_S.ANSWERING, ()),
    # A second offer before our answer to the first breaks the peer's own rules.
    (_S.ANSWERING, _E.REMOTE_OFFER): (_S.ANSWERING, ()),
    (_S.ANSWERING, _E.REMOTE_ANSWER): (_S.ANSWERING, ()),
    (_S.ANSWERING, _E.LOCAL_OFFER): (_S.ANSWERING, ()),
    (_S.ANSWERING, _E.LOCAL_ANSWER): (_S.STABLE, (_C.SEND,)),
}


class Negotiation(Machine[NegotiationState, NegotiationEvent, NegotiationCommand]):
    """The table above, and the fate of remote candidates."""

    def __init__(self) -> None:
        super().__init__(NEGOTIATION_TABLE, NegotiationState.STABLE)
        self._described = False
        self._ignoring = False
        self._waiting: list[str] = []

    @property
    def begun(self) -> bool:
        """Whether an offer was made or taken on this transport."""
        return self._described or self.state is not NegotiationState.STABLE

    def local_description(self, kind: DescriptionKind) -> tuple[NegotiationCommand, ...]:
        event = NegotiationEvent.LOCAL_OFFER if kind == "offer" else NegotiationEvent.LOCAL_ANSWER
        return self.handle(event)

    def remote_description(
        self, kind: DescriptionKind, *, polite: bool
    ) -> tuple[NegotiationCommand, ...]:
        """Takes the peer's description; ``polite``: whether we give way in a collision."""
        if kind == "answer":
            event = NegotiationEvent.REMOTE_ANSWER
        elif self.state is NegotiationState.OFFERING and not polite:
            event = NegotiationEvent.COLLIDING_OFFER
        else:
            event = NegotiationEvent.REMOTE_OFFER
        commands = self.handle(event)
        if NegotiationCommand.ACCEPT in commands:
            self._described, self._ignoring = True, False
        elif kind == "offer":
            self._ignoring = True
        return commands

    def remote_candidate(self, candidate: str) -> tuple[str, ...]:
        """The candidates to add now: this one, or none while it waits or is ignored."""
        if self._ignoring:
            return ()
        if self._described:
            return (candidate,)
        if len(self._waiting) < MAX_WAITING_CANDIDATES:
            self._waiting.append(candidate)
        return ()

    def take_waiting(self) -> tuple[str, ...]:
        """The candidates that waited for the description just accepted."""
        waiting, self._waiting = tuple(self._waiting), []
        return waiting
