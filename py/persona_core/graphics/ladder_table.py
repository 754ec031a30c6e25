"""The fallback ladder's table: what can happen to the drawing of an avatar, and what follows.

The table is total: every state takes every event, because graphics stacks tell things late and
twice, and people click on what has just gone. Which rung a command means is not in the table;
:class:`~persona_core.graphics.ladder.Ladder` finds that, and the shades of the events:

* ``FAILED``, ``LOST_AGAIN``: there is a rung below to go to. ``FAILED_AT_FLOOR``: there is none.
* ``LOST``: a restart is left for this rung.
* ``STRAINED``: a lower rung can be suggested. ``STRAINED_MUTE``: none can, or the person has
  just said no.
* ``DUE``: the timer ran out. ``DUE_AT_FLOOR``: while starting on the lowest rung.
  ``DUE_CLIMB``: while running well, with a rung above that may be tried again.
* ``REDIRECT``: a choice or a model asks for another rung. ``CONFIRM``: for the present one.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from persona_core.base.machine import Table


class LadderState(Enum):
    """Where the avatar's drawing stands. There is a rung in every state."""

    STARTING = auto()
    """The rung is being made; it has drawn nothing yet."""
    RUNNING = auto()
    SUGGESTING = auto()
    """Running, but badly: a lower rung was suggested, and is taken if nobody objects."""
    STARTING_UNSEEN = auto()
    """Being made in a hidden tab, where nothing is drawn and so nothing is late."""
    UNSEEN = auto()
    """Running in a hidden tab, where nothing is drawn and so nothing is slow."""


class LadderEvent(Enum):
    """What can happen, in shades."""

    STARTED = auto()
    """The rung has drawn its first frame."""
    FAILED = auto()
    FAILED_AT_FLOOR = auto()
    LOST = auto()
    LOST_AGAIN = auto()
    STRAINED = auto()
    STRAINED_MUTE = auto()
    EASED = auto()
    """Running well again."""
    ACCEPTED = auto()
    DISMISSED = auto()
    DUE = auto()
    DUE_AT_FLOOR = auto()
    DUE_CLIMB = auto()
    HIDE = auto()
    SHOW = auto()
    REDIRECT = auto()
    CONFIRM = auto()


class LadderCommand(Enum):
    """What the ladder is to do."""

    AGAIN = auto()
    """Start the same rung anew."""
    DESCEND = auto()
    """Start the rung below, and hold the one that is left."""
    ASCEND = auto()
    """Start the rung above that may be tried again."""
    MOVE = auto()
    """Start the rung asked for."""
    SUGGEST = auto()
    WITHDRAW = auto()
    QUIET = auto()
    """Suggest nothing for a while."""
    START_DEADLINE = auto()
    START_GRACE = auto()
    START_LOOK = auto()
    """Timer after which to look whether a rung above may be tried."""
    STOP_TIMER = auto()


_S, _E, _C = LadderState, LadderEvent, LadderCommand
_Step = tuple[LadderState, tuple[LadderCommand, ...]]


def _seen(*commands: LadderCommand) -> _Step:
    return _S.STARTING, (*commands, _C.START_DEADLINE)


def _unseen(*commands: LadderCommand) -> _Step:
    return _S.STARTING_UNSEEN, commands


def _calm(*commands: LadderCommand) -> _Step:
    return _S.RUNNING, (*commands, _C.START_LOOK)


def _stay(state: LadderState, *events: LadderEvent) -> dict[tuple[LadderState, LadderEvent], _Step]:
    return {(state, event): (state, ()) for event in events}


_ANSWERS = (_E.ACCEPTED, _E.DISMISSED)
_STRAIN = (_E.STRAINED, _E.STRAINED_MUTE, _E.EASED)

LADDER_TABLE: Final[Table[LadderState, LadderEvent, LadderCommand]] = {
    (_S.STARTING, _E.STARTED): _calm(),
    (_S.STARTING, _E.FAILED): _seen(_C.DESCEND),
    # The lowest rung is tried again when the deadline is over, not in a hot loop.
    **_stay(_S.STARTING, _E.FAILED_AT_FLOOR),
    (_S.STARTING, _E.LOST): _seen(_C.AGAIN),
    (_S.STARTING, _E.LOST_AGAIN): _seen(_C.DESCEND),
    (_S.STARTING, _E.DUE): _seen(_C.DESCEND),
    (_S.STARTING, _E.DUE_AT_FLOOR): _seen(_C.AGAIN),
    (_S.STARTING, _E.HIDE): (_S.STARTING_UNSEEN, (_C.STOP_TIMER,)),
    (_S.STARTING, _E.REDIRECT): _seen(_C.MOVE),
    **_stay(_S.STARTING, *_STRAIN, *_ANSWERS, _E.DUE_CLIMB, _E.SHOW, _E.CONFIRM),
    #
    (_S.RUNNING, _E.FAILED): _seen(_C.DESCEND),
    (_S.RUNNING, _E.FAILED_AT_FLOOR): _seen(_C.AGAIN),
    (_S.RUNNING, _E.LOST): _seen(_C.AGAIN),
    (_S.RUNNING, _E.LOST_AGAIN): _seen(_C.DESCEND),
    (_S.RUNNING, _E.STRAINED): (_S.SUGGESTING, (_C.SUGGEST, _C.START_GRACE)),
    (_S.RUNNING, _E.DUE): _calm(),
    (_S.RUNNING, _E.DUE_AT_FLOOR): _calm(),
    (_S.RUNNING, _E.DUE_CLIMB): _seen(_C.ASCEND),
    (_S.RUNNING, _E.HIDE): (_S.UNSEEN, (_C.STOP_TIMER,)),
    (_S.RUNNING, _E.REDIRECT): _seen(_C.MOVE),
    **_stay(_S.RUNNING, _E.STARTED, _E.STRAINED_MUTE, _E.EASED, *_ANSWERS, _E.SHOW, _E.CONFIRM),
    #
    (_S.SUGGESTING, _E.FAILED): _seen(_C.WITHDRAW, _C.DESCEND),
    (_S.SUGGESTING, _E.FAILED_AT_FLOOR): _seen(_C.WITHDRAW, _C.AGAIN),
    (_S.SUGGESTING, _E.LOST): _seen(_C.WITHDRAW, _C.AGAIN),
    (_S.SUGGESTING, _E.LOST_AGAIN): _seen(_C.WITHDRAW, _C.DESCEND),
    (_S.SUGGESTING, _E.EASED): _calm(_C.WITHDRAW),
    (_S.SUGGESTING, _E.ACCEPTED): _seen(_C.WITHDRAW, _C.DESCEND),
    (_S.SUGGESTING, _E.DISMISSED): _calm(_C.WITHDRAW, _C.QUIET),
    (_S.SUGGESTING, _E.DUE): _seen(_C.WITHDRAW, _C.DESCEND),
    (_S.SUGGESTING, _E.DUE_AT_FLOOR): _calm(_C.WITHDRAW),
    (_S.SUGGESTING, _E.HIDE): (_S.UNSEEN, (_C.WITHDRAW, _C.STOP_TIMER)),
    (_S.SUGGESTING, _E.REDIRECT): _seen(_C.WITHDRAW, _C.MOVE),
    (_S.SUGGESTING, _E.CONFIRM): _calm(_C.WITHDRAW),
    **_stay(_S.SUGGESTING, _E.STARTED, _E.STRAINED, _E.STRAINED_MUTE, _E.DUE_CLIMB, _E.SHOW),
    #
    (_S.STARTING_UNSEEN, _E.STARTED): (_S.UNSEEN, ()),
    (_S.STARTING_UNSEEN, _E.FAILED): _unseen(_C.DESCEND),
    **_stay(_S.STARTING_UNSEEN, _E.FAILED_AT_FLOOR),
    (_S.STARTING_UNSEEN, _E.LOST): _unseen(_C.AGAIN),
    (_S.STARTING_UNSEEN, _E.LOST_AGAIN): _unseen(_C.DESCEND),
    (_S.STARTING_UNSEEN, _E.SHOW): _seen(),
    (_S.STARTING_UNSEEN, _E.REDIRECT): _unseen(_C.MOVE),
    **_stay(_S.STARTING_UNSEEN, *_STRAIN, *_ANSWERS, _E.HIDE, _E.CONFIRM),
    **_stay(_S.STARTING_UNSEEN, _E.DUE, _E.DUE_AT_FLOOR, _E.DUE_CLIMB),
    #
    (_S.UNSEEN, _E.FAILED): _unseen(_C.DESCEND),
    (_S.UNSEEN, _E.FAILED_AT_FLOOR): _unseen(_C.AGAIN),
    (_S.UNSEEN, _E.LOST): _unseen(_C.AGAIN),
    (_S.UNSEEN, _E.LOST_AGAIN): _unseen(_C.DESCEND),
    (_S.UNSEEN, _E.SHOW): _calm(),
    (_S.UNSEEN, _E.REDIRECT): _unseen(_C.MOVE),
    **_stay(_S.UNSEEN, _E.STARTED, *_STRAIN, *_ANSWERS, _E.HIDE, _E.CONFIRM),
    **_stay(_S.UNSEEN, _E.DUE, _E.DUE_AT_FLOOR, _E.DUE_CLIMB),
}
