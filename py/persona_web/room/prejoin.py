"""The lobby of a room page, at work: what the person tries stays on this page, and what they choose
is what joining starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from persona_core.base.ports import Storage
from persona_core.call.invitation import Invitation
from persona_core.call.signaling.room_question import ask_room
from persona_core.errors import SignalingError
from persona_core.wire.signaling import MAX_ROOM_SIZE, ErrorCode
from persona_web.base.background import Background, Latest
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.capture.device import DeviceState
from persona_web.capture.voice_capture import VoiceStatus
from persona_web.capture.voice_trial import voice_trial
from persona_web.look.own_name import OwnName
from persona_web.parts.face_capture import FaceCapture
from persona_web.room.call_room import CallRoom, RoomPorts
from persona_web.room.peer_list import OWN_PLACE
from persona_web.room.room_devices import RoomDevices
from persona_web.ui.call.lobby_panel import Attendance, LobbyActions, LobbyPanel, LobbyView

ASK_AGAIN_MS: Final = 15_000.0
"""How often the server is asked who is there, while the lobby is seen."""
METER_MS: Final = 66.0
KEPT_OUT: Final = frozenset(
    {ErrorCode.ROOM_TOKEN_MISSING, ErrorCode.ROOM_TOKEN_EXPIRED, ErrorCode.ROOM_TOKEN_INVALID}
)
"""Refusals that no waiting helps against."""


class Prejoin:
    """``#invited`` while the person is asked whether to join. No peer hears or sees anything of it:
    there is no connection yet, and the microphone's trial is a stream of its own.

    Attributes:
        devices: what can be chosen, here and in the call.
        on_asked: hears that the person sees the lobby.
    """

    def __init__(
        self,
        site: Site,
        page: Page,
        strings: Strings,
        storage: Storage,
        ports: RoomPorts,
        face_capture: FaceCapture,
        room: CallRoom,
        name: OwnName,
    ) -> None:
        self._page = page
        self._url = site.signaling_url
        self._sockets = ports.call.sockets
        self._board = ports.voices
        self._face = face_capture
        self._room = room
        self._name = name
        self._background = Background()
        self._asking = Latest()
        self._invitation: Invitation | None = None
        self._ask_ms = 0.0
        self._meter_ms = 0.0
        self._is_attached = False
        self.on_asked: Callable[[], object] = lambda: None
        self._trial = voice_trial(ports.microphone.open, storage, self._trial_changed)
        self.devices = RoomDevices(site, page, strings, storage, ports, face_capture, room.voice)
        self.devices.trials.append(self._trial)
        self._panel = LobbyPanel(
            page,
            strings,
            LobbyActions(
                name.set,
                self._want_camera,
                self._want_microphone,
                self._try_camera,
                self._try_microphone,
            ),
        )
        room.on_asking = self._asked
        page.on_leave(self._trial.rest)

    def step(self, now_ms: float, visible: bool) -> None:
        """Once a frame."""
        self.devices.step(now_ms)
        if self._invitation is None or not visible:
            return
        self._show()
        if now_ms >= self._ask_ms:
            self._ask_ms = now_ms + ASK_AGAIN_MS
            self._background.run(self._ask(self._invitation))
        if self._trial.microphone is not None and now_ms - self._meter_ms >= METER_MS:
            self._meter_ms = now_ms
            self._board.read()
            self._panel.show_level(self._board.features(OWN_PLACE).level)

    def _asked(self, invitation: Invitation | None) -> None:
        """The person is asked about a room; None: no more."""
        if self._invitation is not None and invitation is None:
            self._name.set(self._panel.name)  # the field may have the focus yet
            self._page.element("main").focus()  # the panel goes, and with it what has the focus
        self._invitation = invitation
        self._trial.rest()
        self._asking.ask()
        if invitation is not None:
            self._ask_ms = 0.0
            self.devices.controls.move_to(self._page.element("devices-place"))
            self.devices.look()
            self._panel.begin(self._name.value)
            self._show()
            self.on_asked()

    async def _ask(self, invitation: Invitation) -> None:
        is_wanted = self._asking.ask()
        try:
            answer = await ask_room(self._sockets, self._url, invitation)
            size = min(answer.room_size, MAX_ROOM_SIZE)
            found = Attendance(answer.people, size, is_locked=answer.locked)
        except SignalingError as error:
            found = Attendance(problem=error.code if error.code in KEPT_OUT else None)
        if is_wanted():
            self._panel.show_attendance(found)

    def _show(self) -> None:
        motion, voice = self._face.motion.status, self._trial.status
        said: list[str] = []
        if motion.problem is not None:
            said.append(f"error.{motion.problem}")
        elif motion.camera is not DeviceState.OFF:
            said.append(self._face.sentence)
        if voice.problem is not None:
            said.append(f"error.{voice.problem}")
        elif voice.microphone is not DeviceState.OFF:
            said.append("lobby.speak" if voice.is_heard else "voice.asking")
        self._panel.show(
            LobbyView(
                self._room.starts_camera,
                not self._room.voice.status.muted,
                motion.camera is not DeviceState.OFF,
                voice.microphone is not DeviceState.OFF,
                tuple(said),
            )
        )

    def _want_camera(self, wanted: bool) -> None:
        self._face.prefer("camera" if wanted else "none")
        if not wanted:
            self._face.rest()
        self._room.retell()

    def _want_microphone(self, wanted: bool) -> None:
        self._room.voice.wish(muted=not wanted)
        self._room.retell()

    def _try_camera(self) -> None:
        if self._face.motion.status.camera is not DeviceState.OFF:
            self._face.rest()
            return
        self._face.prefer("camera")
        self._background.run(self._face.motion.use_camera())
        self._room.retell()

    def _try_microphone(self) -> None:
        if self._trial.status.microphone is DeviceState.OFF:
            self._background.run(self._trial.enter())
        else:
            self._trial.rest()

    def _trial_changed(self, _status: VoiceStatus) -> None:
        opened = self._trial.microphone
        if opened is None:
            if self._is_attached:  # else the place is the call's
                self._board.detach(OWN_PLACE)
                self._panel.show_level(0.0)
            self._is_attached = False
        else:
            self._is_attached = True
            self._board.attach(OWN_PLACE, opened.js_track, audible=False)
            self._room.list_microphones()
            self.devices.look()
