"""The own voice: the microphone, and whether it may be heard.

Muting is no state of it but a wish of the person: kept between visits, and changed by nobody
else; who has never said otherwise is muted. A muted microphone stays open and gives silence, so
that unmuting takes no time; while the person is muted from the start, it is not opened at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from persona_core.base.machine import Machine
from persona_core.base.ports import Storage
from persona_core.call.media.voice_mouth import VoiceFeatures
from persona_core.errors import MicrophoneError
from persona_web.base.background import Latest
from persona_web.capture.device import DEVICE_TABLE, DeviceEvent, DeviceState

MUTED_KEY = "voice.muted"
DEVICE_KEY = "voice.device"


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

    def set_volume(self, place: int, volume: float) -> None: ...

    def read(self) -> None: ...

    def features(self, place: int) -> VoiceFeatures: ...


Opened = TypeVar("Opened", bound=OpenMicrophone)


@dataclass(frozen=True, slots=True)
class VoiceStatus:
    """What a page shows of the own voice.

    Attributes:
        muted: what the person wishes, but for a key that is held to talk.
        problem: an error code, or None.
    """

    microphone: DeviceState
    muted: bool
    problem: str | None

    @property
    def is_heard(self) -> bool:
        """Whether the others can hear us, if they are connected."""
        return self.microphone is DeviceState.OPEN and not self.muted


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
        self._device = Machine(DEVICE_TABLE, DeviceState.OFF)
        self._muted = storage.get(MUTED_KEY) != "false"
        self._talking = False
        self._problem: str | None = None
        self._latest = Latest()
        self._in_call = False
        self.microphone: Opened | None = None

    @property
    def status(self) -> VoiceStatus:
        return VoiceStatus(self._device.state, self._is_silent, self._problem)

    @property
    def _is_silent(self) -> bool:
        return self._muted and not self._talking

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
        if opening and not self._muted and self._device.state is DeviceState.OFF:
            await self._open()

    def rest(self) -> None:
        """The call is over: lets go of the microphone."""
        self._in_call = False
        self._talking = False
        self._problem = None
        self._close(DeviceEvent.OFF)

    async def toggle(self) -> None:
        """Mutes who is heard, lets be heard who is not, and keeps the wish.

        Where the person wishes to be heard and the microphone failed, it is tried again.
        """
        absent = self._in_call and self._device.state is DeviceState.OFF
        self._muted = not (self._muted or absent)
        self._storage.set(MUTED_KEY, "true" if self._muted else "false")
        if self.microphone is not None:
            self.microphone.set_live(not self._is_silent)
        if absent:
            await self._open()
        else:
            self._on_change(self.status)

    def wish(self, *, muted: bool) -> None:
        """The person says before a call whether they want to be heard in it."""
        self._muted = muted
        self._storage.set(MUTED_KEY, "true" if muted else "false")
        self._on_change(self.status)

    async def talk(self, talking: bool) -> None:
        """Lets a muted person be heard for as long as a key is held; the wish stays as it is."""
        talking = talking and self._in_call and self._muted
        if talking is self._talking:
            return
        self._talking = talking
        if self.microphone is not None:
            self.microphone.set_live(not self._is_silent)
        if talking and self._device.state is DeviceState.OFF:
            await self._open()
        else:
            self._on_change(self.status)

    async def renew(self) -> None:
        """What the microphone is opened with has changed: an open one is opened anew."""
        if self._in_call and self._device.state is not DeviceState.OFF:
            self._close(DeviceEvent.OFF)  # two of one device may have to share what they are like
            await self._open()

    async def choose(self, device: str) -> None:
        """Uses another device from now on; empty for the system's choice."""
        self._storage.set(DEVICE_KEY, device)
        if self._in_call and (self._device.state is not DeviceState.OFF or not self._muted):
            await self._open()

    async def devices_changed(self) -> None:
        """Something was plugged in or out."""
        if self._in_call and not self._muted and self._problem in COMES_BACK:
            await self._open()

    def fail(self, code: str) -> None:
        """The microphone gave up."""
        self._problem = code
        self._close(DeviceEvent.FAILED)

    async def _open(self) -> None:
        is_wanted = self._latest.ask()
        self._problem = None
        self._enter(DeviceEvent.ASK)
        device = self._storage.get(DEVICE_KEY) or ""
        try:
            opened = await self._open_microphone(device, lambda: self._lost(is_wanted))
        except MicrophoneError as error:
            if is_wanted():
                self.fail(error.code)
            return
        if not is_wanted():  # the call ended while the browser asked, or another is wanted
            opened.close()
            return
        # The old one went on till now: changing devices leaves no hole.
        before, self.microphone = self.microphone, opened
        opened.set_live(not self._is_silent)
        self._enter(DeviceEvent.OPENED)
        if before is not None:
            before.close()

    def _lost(self, is_wanted: Callable[[], bool]) -> None:
        if is_wanted():
            self.fail("microphone-lost")

    def _close(self, event: DeviceEvent) -> None:
        self._latest.ask()
        before, self.microphone = self.microphone, None
        self._enter(event)
        if before is not None:
            before.close()

    def _enter(self, event: DeviceEvent) -> None:
        self._device.handle(event)
        self._on_change(self.status)
