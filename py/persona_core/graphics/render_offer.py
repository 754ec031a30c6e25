"""``RenderOffer``: whether a render server may be asked for pictures now.

    off -> offered -> off
            |   ^
            v   |
           waiting, refused

Sans-I/O: it knows no clock and no server. Its owner asks again after the wait that a failure gave.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from persona_core.base.machine import Machine, Table, stay
from persona_core.wire.rendering import RenderCode

FIRST_WAIT_MS: Final = 2_000.0
MAX_WAIT_MS: Final = 60_000.0
FINE_MS: Final = 30_000.0
"""Who has drawn so long is asked again soon, whatever was before."""
FINAL: Final = frozenset(
    {
        RenderCode.UNSUPPORTED_VERSION,
        RenderCode.UNSUPPORTED_FORMAT,
        RenderCode.UNSUPPORTED_SIZE,
        RenderCode.ORIGIN_REFUSED,
        RenderCode.ACCESS_DENIED,
    }
)
"""What asking again does not change."""


class OfferState(Enum):
    """The value is the word of ``render.state.<word>``."""

    OFF = "off"
    """The person has not agreed."""
    OFFERED = "offered"
    WAITING = "waiting"
    """It failed, and is asked again by itself."""
    REFUSED = "refused"
    """It failed, and would again."""


class OfferEvent(Enum):
    AGREE = auto()
    LEAVE = auto()
    FAIL = auto()
    REFUSE = auto()
    RETRY = auto()


class OfferCommand(Enum):
    OFFER = auto()
    WITHDRAW = auto()
    WAIT = auto()


_S, _E, _C = OfferState, OfferEvent, OfferCommand
OFFER_TABLE: Final[Table[OfferState, OfferEvent, OfferCommand]] = {
    (_S.OFF, _E.AGREE): (_S.OFFERED, (_C.OFFER,)),
    **stay(_S.OFF, _E.LEAVE, _E.FAIL, _E.REFUSE, _E.RETRY),
    (_S.OFFERED, _E.LEAVE): (_S.OFF, (_C.WITHDRAW,)),
    (_S.OFFERED, _E.FAIL): (_S.WAITING, (_C.WITHDRAW, _C.WAIT)),
    (_S.OFFERED, _E.REFUSE): (_S.REFUSED, (_C.WITHDRAW,)),
    **stay(_S.OFFERED, _E.AGREE, _E.RETRY),
    (_S.WAITING, _E.AGREE): (_S.OFFERED, (_C.OFFER,)),
    (_S.WAITING, _E.RETRY): (_S.OFFERED, (_C.OFFER,)),
    (_S.WAITING, _E.LEAVE): (_S.OFF, ()),
    # Of several portraits each tells of the same end.
    **stay(_S.WAITING, _E.FAIL, _E.REFUSE),
    (_S.REFUSED, _E.AGREE): (_S.OFFERED, (_C.OFFER,)),
    (_S.REFUSED, _E.LEAVE): (_S.OFF, ()),
    **stay(_S.REFUSED, _E.FAIL, _E.REFUSE, _E.RETRY),
}


class RenderOffer:
    """
    Attributes:
        problem: code of the newest failure, where it is not offered for that.
        wait_ms: after which :meth:`retry` is due, once a failure gave :attr:`OfferCommand.WAIT`.
    """

    def __init__(self) -> None:
        self.problem: str | None = None
        self.wait_ms = 0.0
        self._machine = Machine(OFFER_TABLE, OfferState.OFF)
        self._next_wait_ms = FIRST_WAIT_MS
        self._drawing_ms: float | None = None

    @property
    def state(self) -> OfferState:
        return self._machine.state

    def agree(self) -> tuple[OfferCommand, ...]:
        """The person agrees, or wants it tried again."""
        self.problem, self._next_wait_ms = None, FIRST_WAIT_MS
        return self._machine.handle(OfferEvent.AGREE)

    def leave(self) -> tuple[OfferCommand, ...]:
        """The person takes it back."""
        self.problem = None
        return self._machine.handle(OfferEvent.LEAVE)

    def drawing(self, now_ms: float) -> None:
        """Its first picture is here."""
        self._drawing_ms = now_ms

    def failed(self, code: str, now_ms: float, retry_ms: float = 0.0) -> tuple[OfferCommand, ...]:
        """
        Args:
            code: a :class:`RenderCode` or another word for what went wrong.
            retry_ms: how long the server asked to be left alone.
        """
        if self.state is not OfferState.OFFERED:
            return ()
        self.problem = code
        if code in FINAL:
            return self._machine.handle(OfferEvent.REFUSE)
        if self._drawing_ms is not None and now_ms - self._drawing_ms >= FINE_MS:
            self._next_wait_ms = FIRST_WAIT_MS
        self._drawing_ms = None
        self.wait_ms = min(max(self._next_wait_ms, retry_ms), MAX_WAIT_MS)
        self._next_wait_ms = min(2.0 * self._next_wait_ms, MAX_WAIT_MS)
        return self._machine.handle(OfferEvent.FAIL)

    def retry(self) -> tuple[OfferCommand, ...]:
        """The wait is over."""
        given = self._machine.handle(OfferEvent.RETRY)
        if given:
            self.problem = None
        return given
