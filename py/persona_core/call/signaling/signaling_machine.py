"""``SignalingMachine``: one signaling connection, kept up for as long as the person is in the room.

It tries again for ever, with growing waits, unless the server said not to (4008, 4009) or the
person left. What happens to the socket never touches a connection between peers.

Its owner carries out the commands and has one timer for it; starting the timer replaces
whatever it was set to before.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from persona_core.base.backoff import Backoff
from persona_core.base.machine import Machine, Table
from persona_core.wire.signaling import CloseCode

DEADLINE_MS: Final = 10_000.0
"""How long a socket may take to open and be welcomed."""

SETTLE_MS: Final = 10_000.0
"""A connection that lasted this long was a good one: the next wait starts small again."""


class SignalingState(Enum):
    """Where the signaling connection stands."""

    IDLE = auto()
    OPENING = auto()
    JOINING = auto()
    JOINED = auto()
    WAITING_RETRY = auto()
    REFUSED = auto()
    LEFT = auto()


class SignalingEvent(Enum):
    """What can happen to a signaling connection."""

    JOIN = auto()
    """The person enters, or enters again."""
    RETRY_NOW = auto()
    """The person, or a platform that is back online, does not want to wait."""
    SOCKET_OPENED = auto()
    WELCOMED = auto()
    SOCKET_LOST = auto()
    SERVER_REFUSED = auto()
    """The socket was closed with a code that forbids to reconnect."""
    TIMER_DUE = auto()
    LEAVE = auto()


class SignalingCommand(Enum):
    """What the owner is to do."""

    OPEN_SOCKET = auto()
    SEND_JOIN = auto()
    SEND_LEAVE = auto()
    CLOSE_SOCKET = auto()
    START_DEADLINE = auto()
    START_SETTLING = auto()
    START_RETRY = auto()
    """Timer of :meth:`SignalingMachine.next_retry_ms`."""
    STOP_TIMER = auto()
    RESET_BACKOFF = auto()


_S, _E, _C = SignalingState, SignalingEvent, SignalingCommand

SIGNALING_TABLE: Final[Table[SignalingState, SignalingEvent, SignalingCommand]] = {
    (_S.IDLE, _E.JOIN): (_S.OPENING, (_C.OPEN_SOCKET, _C.START_DEADLINE)),
    (_S.IDLE, _E.LEAVE): (_S.LEFT, ()),
    (_S.OPENING, _E.SOCKET_OPENED): (_S.JOINING, (_C.SEND_JOIN,)),
    (_S.OPENING, _E.SOCKET_LOST): (_S.WAITING_RETRY, (_C.START_RETRY,)),
    (_S.OPENING, _E.SERVER_REFUSED): (_S.REFUSED, (_C.STOP_TIMER,)),
    (_S.OPENING, _E.TIMER_DUE): (_S.WAITING_RETRY, (_C.CLOSE_SOCKET, _C.START_RETRY)),
    (_S.OPENING, _E.RETRY_NOW): (_S.OPENING, ()),
    (_S.OPENING, _E.LEAVE): (_S.LEFT, (_C.CLOSE_SOCKET, _C.STOP_TIMER)),
    (_S.JOINING, _E.WELCOMED): (_S.JOINED, (_C.START_SETTLING,)),
    (_S.JOINING, _E.SOCKET_LOST): (_S.WAITING_RETRY, (_C.START_RETRY,)),
    (_S.JOINING, _E.SERVER_REFUSED): (_S.REFUSED, (_C.STOP_TIMER,)),
    (_S.JOINING, _E.TIMER_DUE): (_S.WAITING_RETRY, (_C.CLOSE_SOCKET, _C.START_RETRY)),
    (_S.JOINING, _E.RETRY_NOW): (_S.JOINING, ()),
    (_S.JOINING, _E.LEAVE): (_S.LEFT, (_C.SEND_LEAVE, _C.CLOSE_SOCKET, _C.STOP_TIMER)),
    (_S.JOINED, _E.SOCKET_LOST): (_S.WAITING_RETRY, (_C.START_RETRY,)),
    (_S.JOINED, _E.SERVER_REFUSED): (_S.REFUSED, (_C.STOP_TIMER,)),
    (_S.JOINED, _E.TIMER_DUE): (_S.JOINED, (_C.RESET_BACKOFF,)),
    (_S.JOINED, _E.RETRY_NOW): (_S.JOINED, ()),
    (_S.JOINED, _E.LEAVE): (_S.LEFT, (_C.SEND_LEAVE, _C.CLOSE_SOCKET, _C.STOP_TIMER)),
    (_S.WAITING_RETRY, _E.TIMER_DUE): (_S.OPENING, (_C.OPEN_SOCKET, _C.START_DEADLINE)),
    (_S.WAITING_RETRY, _E.RETRY_NOW): (_S.OPENING, (_C.OPEN_SOCKET, _C.START_DEADLINE)),
    (_S.WAITING_RETRY, _E.LEAVE): (_S.LEFT, (_C.STOP_TIMER,)),
    (_S.REFUSED, _E.JOIN): (
        _S.OPENING,
        (_C.RESET_BACKOFF, _C.OPEN_SOCKET, _C.START_DEADLINE),
    ),
    (_S.REFUSED, _E.LEAVE): (_S.LEFT, ()),
    (_S.LEFT, _E.JOIN): (_S.OPENING, (_C.RESET_BACKOFF, _C.OPEN_SOCKET, _C.START_DEADLINE)),
    (_S.LEFT, _E.LEAVE): (_S.LEFT, ()),
}


class SignalingMachine(Machine[SignalingState, SignalingEvent, SignalingCommand]):
    """The table above with the little that it needs to remember."""

    def __init__(self, backoff: Backoff) -> None:
        super().__init__(SIGNALING_TABLE, SignalingState.IDLE)
        self._backoff = backoff
        self._server_wait_ms = 0.0

    def socket_closed(self, code: int) -> tuple[SignalingCommand, ...]:
        """Takes the step that a close code means."""
        refused = code in (CloseCode.RULES_BROKEN, CloseCode.NO_PLACE)
        return self.handle(SignalingEvent.SERVER_REFUSED if refused else SignalingEvent.SOCKET_LOST)

    def server_closing(self, retry_ms: float) -> None:
        """Remembers how long the server asked to be left alone; the close itself follows."""
        self._server_wait_ms = retry_ms

    def next_retry_ms(self) -> float:
        """How long to wait now; asks for a longer wait the next time."""
        wait, self._server_wait_ms = self._server_wait_ms, 0.0
        return self._backoff.next_ms(at_least_ms=wait)

    def reset_backoff(self) -> None:
        self._backoff.reset()
