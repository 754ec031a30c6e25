"""The devices of a room page: what is used of what is plugged in, before a call and in it."""

from __future__ import annotations

from typing import Final

from persona_core.base.ports import Storage
from persona_web.base.background import Background
from persona_web.bridge.media.microphone import MicrophoneTrack
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.capture.device import DeviceState
from persona_web.capture.device_choice import DeviceChoice, DeviceKind, Unplugged, read_devices
from persona_web.capture.voice_capture import VoiceCapture
from persona_web.parts.face_capture import FaceCapture
from persona_web.room.call_room import RoomPorts
from persona_web.ui.call.device_controls import DeviceActions, DeviceControls

LOOK_MS: Final = 500.0
"""How often it is noted which devices are open: once one has gone it tells no more."""

Voice = VoiceCapture[MicrophoneTrack]


class RoomDevices:
    """What is chosen is used; where a device in use is unplugged, the next one is, and the person
    is told.

    Attributes:
        trials: further voices whose microphones follow the choices; the call's always does.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        storage: Storage,
        ports: RoomPorts,
        face_capture: FaceCapture,
        voice: Voice,
    ) -> None:
        self.trials: list[Voice] = []
        self._voice = voice
        self._site = site
        self._strings = strings
        self._microphone = ports.microphone
        self._board = ports.voices
        self._face = face_capture
        self._background = Background()
        self._choice = choice = DeviceChoice(storage)
        self._used: dict[DeviceKind, str] = {}
        self._due_ms = 0.0
        self.controls = DeviceControls(
            page,
            strings,
            choice,
            DeviceActions(self._choose, self._suppress_noise),
            chooses_speaker=ports.voices.chooses_speaker,
        )
        page.element("microphone").on_change(
            lambda: self._choose_microphone(page.element("microphone").value)
        )
        self._microphone.noise_suppression = choice.noise_suppression
        face_capture.choose_camera(choice.wished(DeviceKind.CAMERA))
        if ports.voices.chooses_speaker and choice.wished(DeviceKind.SPEAKER):
            self._background.run(self._use_speaker(choice.wished(DeviceKind.SPEAKER)))
        self._microphone.on_devices(self.look)
        face_capture.on_camera(lambda _camera: self.look())

    def look(self) -> None:
        """Finds out anew what is plugged in; names are told once a device of the kind was open."""
        self._background.run(self._look())

    def step(self, now_ms: float) -> None:
        """Once a frame."""
        if now_ms < self._due_ms:
            return
        self._due_ms = now_ms + LOOK_MS
        camera = self._face.motion.camera
        if camera is not None:
            self._used[DeviceKind.CAMERA] = camera.device
        elif self._face.motion.status.problem is None:
            self._used.pop(DeviceKind.CAMERA, None)
        voices = (self._voice, *self.trials)
        opened = [voice.microphone for voice in voices if voice.microphone is not None]
        if opened:
            self._used[DeviceKind.MICROPHONE] = opened[0].device
        elif all(voice.status.problem is None for voice in voices):
            self._used.pop(DeviceKind.MICROPHONE, None)

    async def _look(self) -> None:
        found = read_devices(await self._microphone.list_devices())
        used = {**self._used, DeviceKind.SPEAKER: self._choice.chosen(DeviceKind.SPEAKER)}
        news = self._choice.take(found, used)
        self.controls.show()
        for one in news:
            self._replace(one)

    def _replace(self, news: Unplugged) -> None:
        self._site.notify(self.controls.unplugged(news))
        kind, following = news.gone.kind, news.following
        self._used.pop(kind, None)
        if following is None:
            return
        if kind is DeviceKind.CAMERA:
            was_lost = self._face.motion.status.camera is DeviceState.OFF
            self._face.choose_camera(following.device)
            if was_lost:
                self._background.run(self._face.motion.use_camera())
        elif kind is DeviceKind.MICROPHONE:
            for voice in (self._voice, *self.trials):
                self._background.run(self._follow(voice))
        else:
            self._background.run(self._use_speaker(following.device))

    async def _follow(self, voice: Voice) -> None:
        """The microphone of a voice has gone; the call's own hears of new ones by itself."""
        if voice.status.problem is None:
            await voice.renew()
        elif voice is not self._voice:
            await voice.devices_changed()

    def _choose_microphone(self, device: str) -> None:
        for trial in self.trials:  # the call's own hears of it by itself
            self._background.run(trial.choose(device))

    def _choose(self, kind: DeviceKind, device: str) -> None:
        self._choice.choose(kind, device)
        if kind is DeviceKind.CAMERA:
            self._face.choose_camera(device)
        else:
            self._background.run(self._use_speaker(device))

    async def _use_speaker(self, device: str) -> None:
        if not await self._board.set_speaker(device):
            self._site.notify(self._strings.text("devices.speaker-failed"))

    def _suppress_noise(self, wanted: bool) -> None:
        self._choice.suppress_noise(wanted)
        self._microphone.noise_suppression = wanted
        for voice in (self._voice, *self.trials):
            self._background.run(voice.renew())
