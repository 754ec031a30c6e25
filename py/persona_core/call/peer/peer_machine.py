"""``PeerMachine``: the connection to one remote peer, from first sight to the end.

Whoever arrives in the room offers; whoever was there waits for that offer. A connection that is
interrupted gets a moment to recover by itself, then fresh ICE credentials, and when it failed
it is rebuilt, with growing waits and a bound. Nobody is called while the signaling server
cannot be reached; what runs is left running.

Each new transport of a pair has a higher *generation*, agreed as a Lamport clock is: building
one takes the highest generation seen plus one, an offer of a higher generation is adopted with
a fresh transport, and what belongs to a lower one is stale.

``DUE`` and ``FAILED`` come in the shades that decide what is possible: the peer can be reached,
the signaling server cannot be, the peer is known to have left, or there was enough trying. The
methods of :class:`PeerMachine` find the shade. Its owner has one timer for it; starting it
replaces whatever it was set to before.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, Literal

from persona_core.base.backoff import Backoff
from persona_core.base.machine import Machine, Table, stay

GRACE_MS: Final = 3_000.0
"""ICE often recovers from ``disconnected`` within a few seconds by itself."""
DEADLINE_MS: Final = 15_000.0
"""How long a negotiation may stand still. ICE alone may need over 10 s behind a bad network."""
NEGOTIATION_MS: Final = 60_000.0
"""How long a negotiation may take that moves on: a slow machine needs seconds for each step."""
OFFER_MS: Final = 30_000.0
"""How long a newcomer's offer is waited for: it makes one for everybody, one after the other."""
ABSENCE_MS: Final = 10_000.0
"""How long a peer that the signaling server does not see is waited for."""
SETTLE_MS: Final = 10_000.0
"""A connection that lasted this long was a good one: rebuilding starts counting anew."""
MAX_REBUILDS: Final = 6

Quality = Literal["connecting", "good", "poor", "reconnecting", "lost"]


class PeerState(Enum):
    """Where the connection to a peer stands."""

    IDLE = auto()
    """The peer is not there."""
    NEGOTIATING = auto()
    CONNECTED = auto()
    UNSTABLE = auto()
    """Interrupted; it may recover by itself."""
    RESTARTING = auto()
    """An ICE restart is under way."""
    RETRYING = auto()
    """Failed; waiting to build a new transport."""
    LOST = auto()
    """Gave up until the peer shows up again."""
    BARRED = auto()
    """The peer's key is not ours."""


class PeerEvent(Enum):
    """What can happen to a connection."""

    MET = auto()
    """We arrived and the peer was there: we offer."""
    APPEARED = auto()
    """The peer arrived: it offers."""
    MISSING = auto()
    """We are back in the room and the peer is not."""
    DEPARTED = auto()
    """The server says the peer left; only its socket may have broken."""
    AWAY = auto()
    """The peer said that its page is being loaded anew, or closed."""
    NUDGED = auto()
    """Our network is another one, or our device has slept: what runs may be dead already."""
    OFFERED = auto()
    """An offer of a newer generation."""
    STALE = auto()
    """An offer of an older generation: the peer does not know of our transport."""
    PROGRESS = auto()
    """A negotiation took a step: a description, a candidate, the beginning of the checks."""
    UP = auto()
    DOWN = auto()
    FAILED = auto()
    FAILED_ALONE = auto()
    FAILED_FINALLY = auto()
    DUE = auto()
    DUE_OFFLINE = auto()
    DUE_ALONE = auto()
    DUE_FINALLY = auto()
    MISMATCH = auto()
    """Sealed with another key, by a peer that never showed ours."""
    CLOSE = auto()
    """We leave, or the peer said goodbye."""


class PeerCommand(Enum):
    """What the owner is to do."""

    BUILD = auto()
    """A new transport of the next generation instead of the old one."""
    ADOPT = auto()
    """A new transport of the offer's generation instead of the old one."""
    OFFER = auto()
    RESTART_ICE = auto()
    CLOSE_TRANSPORT = auto()
    START_GRACE = auto()
    START_DEADLINE = auto()
    """A negotiation begins, or is waited for anew."""
    START_WAITING = auto()
    """The peer's offer is waited for."""
    MOVE_DEADLINE = auto()
    """The negotiation moves on: its deadline too, within the bound for the whole."""
    START_ABSENCE = auto()
    START_SETTLING = auto()
    START_RETRY = auto()
    """Timer of :meth:`PeerMachine.next_retry_ms`."""
    STOP_TIMER = auto()
    RESET_BACKOFF = auto()


_S, _E, _C = PeerState, PeerEvent, PeerCommand
_Step = tuple[PeerState, tuple[PeerCommand, ...]]

_CALL: Final[_Step] = (_S.NEGOTIATING, (_C.BUILD, _C.OFFER, _C.START_DEADLINE))
_AWAIT: Final[_Step] = (_S.NEGOTIATING, (_C.BUILD, _C.START_WAITING))
_FOLLOW: Final[_Step] = (_S.NEGOTIATING, (_C.ADOPT, _C.START_DEADLINE))
_RETRY: Final[_Step] = (_S.RETRYING, (_C.CLOSE_TRANSPORT, _C.START_RETRY))
_AWAIT_RETURN: Final[_Step] = (_S.RETRYING, (_C.CLOSE_TRANSPORT, _C.START_ABSENCE))
_GIVE_UP: Final[_Step] = (_S.LOST, (_C.CLOSE_TRANSPORT, _C.STOP_TIMER))
_END: Final[_Step] = (_S.IDLE, (_C.CLOSE_TRANSPORT, _C.STOP_TIMER, _C.RESET_BACKOFF))
_BAR: Final[_Step] = (_S.BARRED, (_C.CLOSE_TRANSPORT, _C.STOP_TIMER))


def _afresh(step: _Step) -> _Step:
    return step[0], (_C.RESET_BACKOFF, *step[1])


PEER_TABLE: Final[Table[PeerState, PeerEvent, PeerCommand]] = {
    (_S.IDLE, _E.MET): _CALL,
    (_S.IDLE, _E.APPEARED): _AWAIT,
    (_S.IDLE, _E.OFFERED): _FOLLOW,
    (_S.IDLE, _E.STALE): _CALL,
    **stay(_S.IDLE, _E.MISSING, _E.DEPARTED, _E.MISMATCH, _E.CLOSE),
    **stay(_S.IDLE, _E.AWAY, _E.NUDGED),
    #
    (_S.NEGOTIATING, _E.MET): _CALL,
    (_S.NEGOTIATING, _E.APPEARED): (_S.NEGOTIATING, (_C.START_WAITING,)),
    (_S.NEGOTIATING, _E.MISSING): (_S.NEGOTIATING, (_C.START_ABSENCE,)),
    (_S.NEGOTIATING, _E.DEPARTED): _END,
    (_S.NEGOTIATING, _E.OFFERED): _FOLLOW,
    (_S.NEGOTIATING, _E.AWAY): _AWAIT_RETURN,
    (_S.NEGOTIATING, _E.NUDGED): _CALL,
    (_S.NEGOTIATING, _E.STALE): _CALL,
    (_S.NEGOTIATING, _E.UP): (_S.CONNECTED, (_C.START_SETTLING,)),
    (_S.NEGOTIATING, _E.FAILED): _RETRY,
    (_S.NEGOTIATING, _E.FAILED_ALONE): _END,
    (_S.NEGOTIATING, _E.FAILED_FINALLY): _GIVE_UP,
    (_S.NEGOTIATING, _E.DUE): _RETRY,
    (_S.NEGOTIATING, _E.DUE_OFFLINE): (_S.NEGOTIATING, (_C.START_DEADLINE,)),
    (_S.NEGOTIATING, _E.DUE_ALONE): _END,
    (_S.NEGOTIATING, _E.DUE_FINALLY): _GIVE_UP,
    (_S.NEGOTIATING, _E.MISMATCH): _BAR,
    (_S.NEGOTIATING, _E.CLOSE): _END,
    (_S.NEGOTIATING, _E.PROGRESS): (_S.NEGOTIATING, (_C.MOVE_DEADLINE,)),
    **stay(_S.NEGOTIATING, _E.DOWN),
    #
    (_S.CONNECTED, _E.AWAY): _AWAIT_RETURN,
    (_S.CONNECTED, _E.NUDGED): (_S.CONNECTED, (_C.RESTART_ICE,)),
    (_S.CONNECTED, _E.OFFERED): _FOLLOW,
    (_S.CONNECTED, _E.DOWN): (_S.UNSTABLE, (_C.START_GRACE,)),
    (_S.CONNECTED, _E.FAILED): _RETRY,
    (_S.CONNECTED, _E.FAILED_ALONE): _END,
    (_S.CONNECTED, _E.FAILED_FINALLY): _GIVE_UP,
    (_S.CONNECTED, _E.DUE): (_S.CONNECTED, (_C.RESET_BACKOFF,)),
    (_S.CONNECTED, _E.DUE_OFFLINE): (_S.CONNECTED, (_C.RESET_BACKOFF,)),
    (_S.CONNECTED, _E.DUE_ALONE): (_S.CONNECTED, (_C.RESET_BACKOFF,)),
    (_S.CONNECTED, _E.DUE_FINALLY): (_S.CONNECTED, (_C.RESET_BACKOFF,)),
    (_S.CONNECTED, _E.CLOSE): _END,
    **stay(_S.CONNECTED, _E.MET, _E.APPEARED, _E.MISSING, _E.DEPARTED, _E.STALE),
    **stay(_S.CONNECTED, _E.UP, _E.MISMATCH, _E.PROGRESS),
    #
    (_S.UNSTABLE, _E.MET): (_S.RESTARTING, (_C.RESTART_ICE, _C.START_DEADLINE)),
    (_S.UNSTABLE, _E.APPEARED): (_S.UNSTABLE, (_C.START_GRACE,)),
    (_S.UNSTABLE, _E.MISSING): (_S.UNSTABLE, (_C.START_ABSENCE,)),
    # The server waited already before it said so.
    (_S.UNSTABLE, _E.DEPARTED): (_S.UNSTABLE, (_C.START_GRACE,)),
    (_S.UNSTABLE, _E.AWAY): _AWAIT_RETURN,
    (_S.UNSTABLE, _E.NUDGED): (_S.RESTARTING, (_C.RESTART_ICE, _C.START_DEADLINE)),
    (_S.UNSTABLE, _E.OFFERED): _FOLLOW,
    (_S.UNSTABLE, _E.UP): (_S.CONNECTED, (_C.START_SETTLING,)),
    (_S.UNSTABLE, _E.FAILED): _RETRY,
    (_S.UNSTABLE, _E.FAILED_ALONE): _END,
    (_S.UNSTABLE, _E.FAILED_FINALLY): _GIVE_UP,
    (_S.UNSTABLE, _E.DUE): (_S.RESTARTING, (_C.RESTART_ICE, _C.START_DEADLINE)),
    (_S.UNSTABLE, _E.DUE_OFFLINE): (_S.UNSTABLE, (_C.START_GRACE,)),
    (_S.UNSTABLE, _E.DUE_ALONE): _END,
    (_S.UNSTABLE, _E.DUE_FINALLY): (_S.RESTARTING, (_C.RESTART_ICE, _C.START_DEADLINE)),
    (_S.UNSTABLE, _E.CLOSE): _END,
    **stay(_S.UNSTABLE, _E.DOWN, _E.STALE, _E.MISMATCH, _E.PROGRESS),
    #
    (_S.RESTARTING, _E.MET): _CALL,
    (_S.RESTARTING, _E.APPEARED): (_S.RESTARTING, (_C.START_DEADLINE,)),
    (_S.RESTARTING, _E.MISSING): (_S.RESTARTING, (_C.START_ABSENCE,)),
    (_S.RESTARTING, _E.DEPARTED): (_S.RESTARTING, (_C.START_GRACE,)),
    (_S.RESTARTING, _E.AWAY): _AWAIT_RETURN,
    (_S.RESTARTING, _E.NUDGED): _CALL,
    (_S.RESTARTING, _E.OFFERED): _FOLLOW,
    (_S.RESTARTING, _E.UP): (_S.CONNECTED, (_C.START_SETTLING,)),
    (_S.RESTARTING, _E.FAILED): _RETRY,
    (_S.RESTARTING, _E.FAILED_ALONE): _END,
    (_S.RESTARTING, _E.FAILED_FINALLY): _GIVE_UP,
    (_S.RESTARTING, _E.DUE): _RETRY,
    (_S.RESTARTING, _E.DUE_OFFLINE): (_S.RESTARTING, (_C.START_DEADLINE,)),
    (_S.RESTARTING, _E.DUE_ALONE): _END,
    (_S.RESTARTING, _E.DUE_FINALLY): _GIVE_UP,
    (_S.RESTARTING, _E.CLOSE): _END,
    (_S.RESTARTING, _E.PROGRESS): (_S.RESTARTING, (_C.MOVE_DEADLINE,)),
    **stay(_S.RESTARTING, _E.DOWN, _E.STALE, _E.MISMATCH),
    #
    (_S.RETRYING, _E.MET): _CALL,
    # Its offer is on the way: one of ours would only get into its way.
    (_S.RETRYING, _E.APPEARED): (_S.RETRYING, (_C.START_WAITING,)),
    (_S.RETRYING, _E.MISSING): (_S.RETRYING, (_C.START_ABSENCE,)),
    (_S.RETRYING, _E.DEPARTED): _END,
    (_S.RETRYING, _E.AWAY): (_S.RETRYING, (_C.START_ABSENCE,)),
    (_S.RETRYING, _E.NUDGED): _CALL,
    (_S.RETRYING, _E.OFFERED): _FOLLOW,
    (_S.RETRYING, _E.DUE): _CALL,
    (_S.RETRYING, _E.DUE_OFFLINE): (_S.RETRYING, (_C.START_GRACE,)),
    (_S.RETRYING, _E.DUE_ALONE): _END,
    (_S.RETRYING, _E.DUE_FINALLY): _CALL,
    (_S.RETRYING, _E.MISMATCH): _BAR,
    (_S.RETRYING, _E.CLOSE): _END,
    **stay(_S.RETRYING, _E.STALE),
    #
    (_S.LOST, _E.MET): _afresh(_CALL),
    (_S.LOST, _E.APPEARED): _afresh(_AWAIT),
    # Not afresh: two who each count anew with the other's last offer would never give up.
    (_S.LOST, _E.OFFERED): _FOLLOW,
    (_S.LOST, _E.STALE): _afresh(_CALL),
    (_S.LOST, _E.NUDGED): _afresh(_CALL),
    (_S.LOST, _E.DEPARTED): _END,
    (_S.LOST, _E.CLOSE): _END,
    **stay(_S.LOST, _E.MISSING, _E.MISMATCH, _E.AWAY),
    #
    (_S.BARRED, _E.MET): _afresh(_CALL),
    (_S.BARRED, _E.APPEARED): _afresh(_AWAIT),
    (_S.BARRED, _E.OFFERED): _afresh(_FOLLOW),
    (_S.BARRED, _E.STALE): _afresh(_CALL),
    (_S.BARRED, _E.DEPARTED): _END,
    (_S.BARRED, _E.CLOSE): _END,
    **stay(_S.BARRED, _E.MISSING, _E.MISMATCH, _E.AWAY, _E.NUDGED),
}


class PeerMachine(Machine[PeerState, PeerEvent, PeerCommand]):
    """The table above with what decides between its shades.

    Attributes:
        polite: whether we are the later joiner of the pair and give way in a collision.
        generation: of the current transport, or of the last one; 0 before the first.
        offline: whether the signaling server cannot be reached.
        absent: whether the server does not see the peer.
        proven: whether the peer once sealed something with our key.
        was_connected: whether the connection has been up since the peer was last gone.
        is_hopeless: whether no transport can ever be made here: trying again is no use.
    """

    def __init__(self, backoff: Backoff) -> None:
        super().__init__(PEER_TABLE, PeerState.IDLE)
        self._backoff = backoff
        self.polite = False
        self.generation = 0
        self.offline = False
        self.absent = False
        self.proven = False
        self.was_connected = False
        self.is_hopeless = False

    @property
    def quality(self) -> Quality:
        """The connection in one word for people."""
        if self.state is PeerState.CONNECTED:
            return "good"
        if self.state in (PeerState.LOST, PeerState.BARRED):
            return "lost"
        return "reconnecting" if self.was_connected else "connecting"

    def handle(self, event: PeerEvent) -> tuple[PeerCommand, ...]:
        commands = super().handle(event)
        if PeerCommand.BUILD in commands:
            self.generation += 1
        if event in _PRESENCE:
            self.absent = _PRESENCE[event]
        if self.state is PeerState.CONNECTED:
            self.was_connected = True
        elif self.state is PeerState.IDLE:
            self.was_connected = False
        return commands

    def failed(self) -> tuple[PeerCommand, ...]:
        """The transport failed, or could not be made."""
        if self.absent and not self.offline:
            return self.handle(PeerEvent.FAILED_ALONE)
        return self.handle(PeerEvent.FAILED_FINALLY if self._worn_out else PeerEvent.FAILED)

    def timer_due(self) -> tuple[PeerCommand, ...]:
        """The timer ran out."""
        if self.offline:
            return self.handle(PeerEvent.DUE_OFFLINE)
        if self.absent:
            return self.handle(PeerEvent.DUE_ALONE)
        return self.handle(PeerEvent.DUE_FINALLY if self._worn_out else PeerEvent.DUE)

    def progressed(self) -> tuple[PeerCommand, ...]:
        """The negotiation took a step; that is no sign of life of a peer who is absent."""
        return () if self.absent or not self.has_transport else self.handle(PeerEvent.PROGRESS)

    def nudged(self) -> tuple[PeerCommand, ...]:
        """Our network changed, or our device woke; nothing to do where nobody can be called."""
        return () if self.offline or self.absent else self.handle(PeerEvent.NUDGED)

    def renewed(self) -> None:
        """The peer's page was loaded anew: it counts generations from the beginning."""
        self.generation = 0

    def offered(self, generation: int) -> tuple[PeerCommand, ...]:
        """An offer of ``generation`` came; nothing to do here when it is the current one."""
        if generation < self.generation:
            return self.handle(PeerEvent.STALE)
        if generation == self.generation and self.has_transport:
            return ()
        commands = self.handle(PeerEvent.OFFERED)
        self.generation = generation
        return commands

    def mismatched(self) -> tuple[PeerCommand, ...]:
        """A seal did not open. From a peer that has our key that is the server's forgery."""
        return () if self.proven else self.handle(PeerEvent.MISMATCH)

    @property
    def has_transport(self) -> bool:
        """Whether the state is one with a transport."""
        return self.state in _WITH_TRANSPORT

    def next_retry_ms(self) -> float:
        """How long to wait now; asks for a longer wait the next time."""
        return self._backoff.next_ms()

    def reset_backoff(self) -> None:
        self._backoff.reset()

    @property
    def _worn_out(self) -> bool:
        return self.is_hopeless or self._backoff.attempts >= MAX_REBUILDS


_PRESENCE: Final = {
    PeerEvent.MET: False,
    PeerEvent.APPEARED: False,
    PeerEvent.OFFERED: False,
    PeerEvent.MISSING: True,
    PeerEvent.AWAY: True,
    PeerEvent.DEPARTED: True,
}
_WITH_TRANSPORT: Final = (
    PeerState.NEGOTIATING,
    PeerState.CONNECTED,
    PeerState.UNSTABLE,
    PeerState.RESTARTING,
)
