"""The own voice on a room page: microphone, mute and meter, wired to the call."""

from __future__ import annotations

from typing import Any

from persona_core.base.ports import Storage
from persona_core.call.engine import CallEngine
from persona_web.base.background import Background
from persona_web.bridge.keys import Keys
from persona_web.bridge.media.microphone import Microphone, MicrophoneTrack
from persona_web.bridge.media.voices import Voices
from persona_web.bridge.page import Page, Strings
from persona_web.capture.device import DeviceState
from persona_web.capture.voice_capture import VoiceCapture, VoiceStatus
from persona_web.room.peer_list import OWN_PLACE
from persona_web.room.peer_tile import PLACES
from persona_web.ui.call.voice_controls import VoiceActions, VoiceControls

METER_MS = 66.0
PEER_PLACES = range(1, 1 + PLACES)


class OwnVoice:
    """What is said goes to the engine; what it looks like, to the controls.

    Attributes:
        voice: the microphone and the wish to be heard.
        level: how loud it is, 0 to 1, as the meter shows it.
    """

    def __init__(
        self,
        page: Page,
        strings: Strings,
        storage: Storage,
        microphone: Microphone,
        voices: Voices,
        engine: CallEngine,
        keys: Keys | None = None,
    ) -> None:
        """
        Args:
            keys: the page's shortcuts; None for some of its own.
        """
        self._microphone = microphone
        self._voices = voices
        self._engine = engine
        self._background = Background()
        self._open: MicrophoneTrack | None = None
        self._told: bool | None = None
        self.level = 0.0
        self._meter_ms = 0.0
        self._offered = False
        self.voice: VoiceCapture[MicrophoneTrack] = VoiceCapture(
            microphone.open, storage, self._changed
        )
        actions = VoiceActions(self.toggle, self._choose, voices.unblock)
        self._controls = VoiceControls(page, strings, keys or Keys(), actions)
        voices.on_blocked = self._controls.show_blocked
        microphone.on_devices(self._devices_changed)
        page.on_leave(self.voice.rest)
        self._changed(self.voice.status)

    def enter(self, *, opening: bool = True) -> None:
        """A call begins; ``opening``: with the microphone as the person left it, else without."""
        self._offered = True
        self.list_devices()
        self._background.run(self.voice.enter(opening=opening))

    def wait(self) -> None:
        """The person has not joined yet: the microphone is off, and its key means nothing."""
        self._offered = False
        self.list_devices()
        self.voice.rest()

    def rest(self) -> None:
        """The call is over."""
        self.voice.rest()

    def toggle(self) -> None:
        """Mutes or unmutes."""
        if self._offered:
            self._background.run(self.voice.toggle())

    def talk(self, talking: bool) -> None:
        """A key that lets a muted person be heard goes down, or is let go."""
        if self._offered or not talking:
            self._background.run(self.voice.talk(talking))

    def step(self, now_ms: float, relayed: bool) -> None:
        """Brings the meter up to date; ``relayed``: somebody is reached through the server only."""
        if now_ms - self._meter_ms < METER_MS:
            return
        self._meter_ms = now_ms
        self.level = self._voices.features(OWN_PLACE).level
        self._controls.show_level(self.level)
        self._controls.show_relayed(relayed)

    def report(self) -> dict[str, Any]:
        """The section of a page's report."""
        status = self.voice.status
        return {
            "microphone": status.microphone.value,
            "muted": status.muted,
            "problem": status.problem,
            "level": round(self._voices.features(OWN_PLACE).level, 2),
            "levels": [round(self._voices.features(place).level, 2) for place in PEER_PLACES],
        }

    def list_devices(self) -> None:
        """Offers the microphones that are plugged in."""
        self._background.run(self._list_devices())

    def _choose(self, device: str) -> None:
        self._background.run(self.voice.choose(device))

    def _changed(self, status: VoiceStatus) -> None:
        opened = self.voice.microphone
        if opened is not self._open:
            self._open = opened
            self._engine.set_audio(None if opened is None else opened.js_track)
            if opened is None:
                self._voices.detach(OWN_PLACE)
            else:
                self._voices.attach(OWN_PLACE, opened.js_track, audible=False)
        if status.is_heard is not self._told:
            self._told = status.is_heard
            self._engine.set_muted(not status.is_heard)
        self._controls.show(status)
        if status.microphone is DeviceState.OPEN:
            self.list_devices()

    def _devices_changed(self) -> None:
        self._background.run(self.voice.devices_changed())
        self.list_devices()

    async def _list_devices(self) -> None:
        self._controls.show_devices(await self._microphone.devices(), self.voice.device)
