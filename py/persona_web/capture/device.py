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

from enum import Enum
from typing import Final, Never

from persona_core.base.machine import Table


class DeviceState(Enum):
    OFF = "off"
    OPENING = "opening"
    OPEN = "open"


class DeviceEvent(Enum):
    ASK = "ask"
    OPENED = "opened"
    FAILED = "failed"
    OFF = "off"


DEVICE_TABLE: Final[Table[DeviceState, DeviceEvent, Never]] = {
    (DeviceState.OPENING, DeviceEvent.OPENED): (DeviceState.OPEN, ()),
    **{(state, DeviceEvent.ASK): (DeviceState.OPENING, ()) for state in DeviceState},
    **{(state, DeviceEvent.FAILED): (DeviceState.OFF, ()) for state in DeviceState},
    **{(state, DeviceEvent.OFF): (DeviceState.OFF, ()) for state in DeviceState},
}
