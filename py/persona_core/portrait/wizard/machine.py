"""The course of the wizard that makes a portrait of several pictures, as a table:

state       event            next
WELCOME     camera           OPENING     with the camera, step by step
WELCOME     gather           GATHERING   from files, or from a clip
OPENING     opened           SEEKING
OPENING     failed           LOST        so does every state that needs the camera
SEEKING     reached          HOLDING     what is asked for is shown, and nothing hinders
HOLDING     left             SEEKING
HOLDING     held             CAPTURING
SEEKING..   take             CAPTURING   the person says that it is good now
CAPTURING   captured         TAKEN       for a moment, so that it is noticed
CAPTURING   missed           SEEKING
TAKEN       go-on            SEEKING     with the next step
SEEKING..   go-to            SEEKING     with another step: skipped, back, once more
SEEKING..   finish           READING     until all pictures are looked at
READING     go-to            SEEKING     one of them is of no use
READING     all-read         MAKING
GATHERING   all-read         MAKING
MAKING      made             REVIEW
MAKING      failed           WELCOME
REVIEW      camera           OPENING     a step once more
LOST        camera, finish   OPENING, READING
any         leave            WELCOME     nothing is kept
any         end              ENDED
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from persona_core.base.machine import Table, stay


class WizardState(Enum):
    WELCOME = "welcome"
    OPENING = "opening"
    SEEKING = "seeking"
    HOLDING = "holding"
    CAPTURING = "capturing"
    TAKEN = "taken"
    LOST = "lost"
    READING = "reading"
    GATHERING = "gathering"
    MAKING = "making"
    REVIEW = "review"
    ENDED = "ended"


class WizardEvent(Enum):
    CAMERA = "camera"
    GATHER = "gather"
    OPENED = "opened"
    FAILED = "failed"
    REACHED = "reached"
    LEFT = "left"
    HELD = "held"
    TAKE = "take"
    CAPTURED = "captured"
    MISSED = "missed"
    GO_ON = "go-on"
    GO_TO = "go-to"
    FINISH = "finish"
    ALL_READ = "all-read"
    MADE = "made"
    LEAVE = "leave"
    END = "end"


class WizardCommand(Enum):
    OPEN_CAMERA = "open-camera"
    CLOSE_CAMERA = "close-camera"
    BEGIN_STEP = "begin-step"
    CAPTURE = "capture"
    """Take the picture that the camera gives now."""
    CONFIRM = "confirm"
    """Let the person notice, with their eyes closed too, that it was taken."""
    MAKE = "make"
    """Put the set together from the pictures."""
    SHOW = "show"
    FORGET = "forget"
    """Throw all pictures away."""


_S, _E, _C = WizardState, WizardEvent, WizardCommand

ASKING: Final = (_S.SEEKING, _S.HOLDING, _S.CAPTURING, _S.TAKEN)
"""The states in which a step is going on, before an open camera."""

WIZARD_TABLE: Final[Table[WizardState, WizardEvent, WizardCommand]] = {
    **{(state, _E.LEAVE): (_S.WELCOME, (_C.CLOSE_CAMERA, _C.FORGET)) for state in _S},
    **{(state, _E.END): (_S.ENDED, (_C.CLOSE_CAMERA, _C.FORGET)) for state in _S},
    **stay(_S.ENDED, *_E),
    (_S.WELCOME, _E.CAMERA): (_S.OPENING, (_C.OPEN_CAMERA,)),
    (_S.WELCOME, _E.GATHER): (_S.GATHERING, ()),
    **stay(_S.WELCOME, _E.OPENED, _E.FAILED, _E.ALL_READ, _E.MADE, _E.CAPTURED, _E.MISSED),
    (_S.OPENING, _E.OPENED): (_S.SEEKING, (_C.BEGIN_STEP,)),
    (_S.OPENING, _E.FAILED): (_S.LOST, (_C.CLOSE_CAMERA,)),
    **{(state, _E.FAILED): (_S.LOST, (_C.CLOSE_CAMERA,)) for state in ASKING},
    **{(state, _E.GO_TO): (_S.SEEKING, (_C.BEGIN_STEP,)) for state in ASKING},
    **{(state, _E.FINISH): (_S.READING, ()) for state in ASKING},
    (_S.SEEKING, _E.REACHED): (_S.HOLDING, ()),
    (_S.SEEKING, _E.TAKE): (_S.CAPTURING, (_C.CAPTURE,)),
    **stay(_S.SEEKING, _E.OPENED, _E.CAPTURED, _E.MISSED),
    (_S.HOLDING, _E.LEFT): (_S.SEEKING, ()),
    (_S.HOLDING, _E.HELD): (_S.CAPTURING, (_C.CAPTURE,)),
    (_S.HOLDING, _E.TAKE): (_S.CAPTURING, (_C.CAPTURE,)),
    (_S.CAPTURING, _E.CAPTURED): (_S.TAKEN, (_C.CONFIRM,)),
    (_S.CAPTURING, _E.MISSED): (_S.SEEKING, ()),
    **stay(_S.CAPTURING, _E.TAKE),
    (_S.TAKEN, _E.GO_ON): (_S.SEEKING, (_C.BEGIN_STEP,)),
    **stay(_S.TAKEN, _E.TAKE),
    (_S.LOST, _E.CAMERA): (_S.OPENING, (_C.OPEN_CAMERA,)),
    (_S.LOST, _E.FINISH): (_S.READING, ()),
    **stay(_S.LOST, _E.FAILED, _E.OPENED, _E.CAPTURED, _E.MISSED),
    (_S.READING, _E.GO_TO): (_S.OPENING, (_C.OPEN_CAMERA,)),
    (_S.READING, _E.ALL_READ): (_S.MAKING, (_C.CLOSE_CAMERA, _C.MAKE)),
    **stay(_S.READING, _E.FAILED, _E.CAPTURED, _E.MISSED),
    (_S.GATHERING, _E.ALL_READ): (_S.MAKING, (_C.MAKE,)),
    (_S.GATHERING, _E.FAILED): (_S.WELCOME, (_C.CLOSE_CAMERA,)),
    (_S.MAKING, _E.MADE): (_S.REVIEW, (_C.SHOW,)),
    (_S.MAKING, _E.FAILED): (_S.WELCOME, ()),
    (_S.REVIEW, _E.CAMERA): (_S.OPENING, (_C.OPEN_CAMERA,)),
    (_S.REVIEW, _E.ALL_READ): (_S.MAKING, (_C.MAKE,)),
    **stay(_S.REVIEW, _E.FAILED, _E.OPENED),
}
