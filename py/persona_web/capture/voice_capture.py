"""The own voice: the microphone, and whether it may be heard.

The microphone is opened and lost by the platform's leave, so its coming and going is a table:

    state     event         next
    OFF       ask           OPENING
    OFF       failed, off   OFF
    OPENING   opened        OPEN
    OPENING   ask           OPENING
    OPENING   failed, off   OFF
    OPEN      ask           OPENING
    OPEN      failed, off   OFF

Muting is no state of it but a wish of the person: kept between visits, and changed by nobody
else; who has never said otherwise is muted. A muted microphone stays open and gives silence, so
that unmuting takes no time; while the person is muted from the start, it is not opened at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, Protocol, TypeVar

from persona_core.base.ports import Storage
from persona_core.call.media.voice_mouth import VoiceFeatures
from persona_core.errors import IllegalEventError, MicrophoneError

MUTED_KEY = "voice.muted"
DEVICE_KEY = "voice.device"


class MicrophoneState(Enum):
    OFF = "off"
    OPENING = "opening"
    OPEN = "open"


class MicrophoneEvent(Enum):
    ASK = "ask"
    OPENED = "opened"
    FAILED = "failed"
    OFF = "off"


TRANSITIONS: dict[tuple[MicrophoneState, MicrophoneEvent], MicrophoneState] = {
    (MicrophoneState.OFF, MicrophoneEvent.ASK): MicrophoneState.OPENING,
    (MicrophoneState.OFF, MicrophoneEvent.OFF): MicrophoneState.OFF,
    (MicrophoneState.OFF, MicrophoneEvent.FAILED): MicrophoneState.OFF,
    (MicrophoneState.OPENING, MicrophoneEvent.ASK): MicrophoneState.OPENING,
    (MicrophoneState.OPENING, MicrophoneEvent.OPENED): MicrophoneState.OPEN,
    (MicrophoneState.OPENING, MicrophoneEvent.FAILED): MicrophoneState.OFF,
    (MicrophoneState.OPENING, MicrophoneEvent.OFF): MicrophoneState.OFF,
    (MicrophoneState.OPEN, MicrophoneEvent.ASK): MicrophoneState.OPENING,
    (MicrophoneState.OPEN, MicrophoneEvent.FAILED): MicrophoneState.OFF,
    (MicrophoneState.OPEN, MicrophoneEvent.OFF): MicrophoneState.OFF,
}

COMES_BACK = ("microphone-missing", "microphone-lost", "microphone-busy")
"""Problems that plugging something in may solve, without asking the person again."""


class OpenMicrophone(Protocol):
    """An open microphone."""

    @property
    def device(self) -> str:
        """The id of the device it comes from."""
        ...

    def set_live(self, live: bool) -> None:
        """Whether what it hears goes out; else it gives silence."""
        ...

    def close(self) -> None: ...


class VoiceBoard(Protocol):
    """Numbered places for voices; in the browser ``bridge.voice.Voices``."""

    def attach(self, place: int, track: object, *, audible: bool) -> None: ...

    def detach(self, place: int) -> None: ...

    def read(self) -> None: ...

    def features(self, place: int) -> VoiceFeatures: ...


Opened = TypeVar("Opened", bound=OpenMicrophone)


@dataclass(frozen=True, slots=True)
class VoiceStatus:
    """What a page shows of the own voice.

    Attributes:
        muted: what the person wishes.
        problem: an error code, or None.
    """

    microphone: MicrophoneState
    muted: bool
    problem: str | None

    @property
    def is_heard(self) -> bool:
        """Whether the others can hear us, if they are connected."""
        return self.microphone is MicrophoneState.OPEN and not self.muted


class VoiceCapture(Generic[Opened]):
    """The own voice in a call."""

    def __init__(
        self,
        open_microphone: Callable[[str, Callable[[], None]], Awaitable[Opened]],
        storage: Storage,
        on_change: Callable[[VoiceStatus], None],
    ) -> None:
        """
        Args:
            open_microphone: called with the id of the device to prefer (may be empty) and with
                what to call when the platform takes the microphone away; raises
                MicrophoneError.
            storage: keeps the wish and the device between visits.
            on_change: hears every change of :attr:`status` and of :attr:`microphone`.
        """
        self._open_microphone = open_microphone
        self._storage = storage
        self._on_change = on_change
        self._state = MicrophoneState.OFF
        self._muted = storage.get(MUTED_KEY) != "false"
        self._problem: str | None = None
        self._asked = 0
        self._in_call = False
        self.microphone: Opened | None = None

    @property
    def status(self) -> VoiceStatus:
        return VoiceStatus(self._state, self._muted, self._problem)

    @property
    def device(self) -> str:
        """The id of the device in use, or of the one to be used."""
        if self.microphone is not None:
            return self.microphone.device
        return self._storage.get(DEVICE_KEY) or ""

    async def enter(self, *, opening: bool = True) -> None:
        """A call begins: opens the microphone, unless the person is muted.

        Args:
            opening: False leaves it off till the person asks for it; the wish stays as it is.
        """
        self._in_call = True
        if opening and not self._muted and self._state is MicrophoneState.OFF:
            await self._open()

    def rest(self) -> None:
        """The call is over: lets go of the microphone."""
        self._in_call = False
        self._problem = None
        self._close(MicrophoneEvent.OFF)

    async def toggle(self) -> None:
        """Mutes who is heard, lets be heard who is not, and keeps the wish.

        Where the person wishes to be heard and the microphone failed, it is tried again.
        """
        absent = self._in_call and self._state is MicrophoneState.OFF
        self._muted = not (self._muted or absent)
        self._storage.set(MUTED_KEY, "true" if self._muted else "false")
        if self.microphone is not None:
            self.microphone.set_live(not self._muted)
        if absent:
            await self._open()
        else:
            self._on_change(self.status)

    async def choose(self, device: str) -> None:
        """Uses another device from now on; empty for the system's choice."""
        self._storage.set(DEVICE_KEY, device)
        if self._in_call and (self._state is not MicrophoneState.OFF or not self._muted):
            await self._open()

    async def devices_changed(self) -> None:
        """Something was plugged in or out."""
        if self._in_call and not self._muted and self._problem in COMES_BACK:
            await self._open()

    def fail(self, code: str) -> None:
        """The microphone gave up."""
        self._problem = code
        self._close(MicrophoneEvent.FAILED)

    async def _open(self) -> None:
        self._asked += 1
        mine = self._asked
        self._problem = None
        self._enter(MicrophoneEvent.ASK)
        device = self._storage.get(DEVICE_KEY) or ""
        try:
            opened = await self._open_microphone(device, lambda: self._lost(mine))
        except MicrophoneError as error:
            if mine == self._asked:
                self.fail(error.code)
            return
        if mine != self._asked:  # the call ended while the browser asked, or another is wanted
            opened.close()
            return
        # The old one went on till now: changing devices leaves no hole.
        before, self.microphone = self.microphone, opened
        opened.set_live(not self._muted)
        self._enter(MicrophoneEvent.OPENED)
        if before is not None:
            before.close()

    def _lost(self, asked: int) -> None:
        if asked == self._asked:
            self.fail("microphone-lost")

    def _close(self, event: MicrophoneEvent) -> None:
        self._asked += 1
        before, self.microphone = self.microphone, None
        self._enter(event)
        if before is not None:
            before.close()

    def _enter(self, event: MicrophoneEvent) -> None:
        following = TRANSITIONS.get((self._state, event))
        if following is None:
            raise IllegalEventError(f"{event.value} while {self._state.value}")
        self._state = following
        self._on_change(self.status)
