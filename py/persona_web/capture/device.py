"""A camera or a microphone is opened and lost by the platform's leave, so its coming and going is
a table:

    state     event         next
    OFF       ask           OPENING
    OPENING   opened        OPEN
    OPENING   ask           OPENING
    OPEN      ask           OPENING     for another one in its place
    any       failed, off   OFF
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from persona_core.errors import IllegalEventError


class DeviceState(Enum):
    OFF = "off"
    OPENING = "opening"
    OPEN = "open"


class DeviceEvent(Enum):
    ASK = "ask"
    OPENED = "opened"
    FAILED = "failed"
    OFF = "off"


TRANSITIONS: Final[Mapping[tuple[DeviceState, DeviceEvent], DeviceState]] = {
    (DeviceState.OPENING, DeviceEvent.OPENED): DeviceState.OPEN,
    **{(state, DeviceEvent.ASK): DeviceState.OPENING for state in DeviceState},
    **{(state, DeviceEvent.FAILED): DeviceState.OFF for state in DeviceState},
    **{(state, DeviceEvent.OFF): DeviceState.OFF for state in DeviceState},
}


def after(state: DeviceState, event: DeviceEvent) -> DeviceState:
    """The state that follows.

    Raises:
        IllegalEventError: the state does not allow the event.
    """
    following = TRANSITIONS.get((state, event))
    if following is None:
        raise IllegalEventError(f"{event.value} while {state.value}")
    return following
