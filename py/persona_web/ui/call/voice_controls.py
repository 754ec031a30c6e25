"""What the person sees and does of voices: mute, the microphone's choice, the level, the words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from persona_web.capture.device import DeviceState
from persona_web.capture.voice_capture import VoiceStatus

if TYPE_CHECKING:
    from persona_web.bridge.keys import Keys
    from persona_web.bridge.page import Page, Strings

MUTE_KEY = "m"
LEVEL_STEPS = 10


@dataclass(frozen=True, slots=True)
class VoiceActions:
    """What the controls do."""

    toggle: Callable[[], None]
    choose: Callable[[str], None]
    unblock: Callable[[], None]


class VoiceControls:
    """``#mute``, ``#voice-level``, ``#voice-status``, ``#microphone`` and ``#hear``."""

    def __init__(self, page: Page, strings: Strings, keys: Keys, actions: VoiceActions) -> None:
        self._page = page
        self._strings = strings
        self._mute = page.element("mute")
        self._words = self._mute.find(".mute-words")
        self._icon = self._mute.find("use")
        self._status = page.element("voice-status")
        self._choice = page.element("microphone")
        self._hear = page.element("hear")
        self._shown: VoiceStatus | None = None
        self._relayed = False
        self._level = -1
        self._devices: tuple[Sequence[tuple[str, str]], str] = ((), "")
        self._mute.on("click", actions.toggle)
        self._hear.on("click", actions.unblock)
        self._choice.on_change(lambda: actions.choose(self._choice.value))
        keys.on(MUTE_KEY, actions.toggle)
        keys.on(MUTE_KEY.upper(), actions.toggle)
        page.on_language(self._renew)

    def show(self, status: VoiceStatus) -> None:
        """Shows where the own voice stands."""
        self._shown = status
        text = self._strings.text
        self._mute.set("data-live", "true" if status.is_heard else "false")
        self._words.text = text("voice.mute" if status.is_heard else "voice.unmute")
        self._icon.set("href", f"../icons/call.svg#{'mic' if status.is_heard else 'mic-off'}")
        self._say()

    def show_relayed(self, relayed: bool) -> None:
        """Whether somebody is reached only through the server, which carries no voice."""
        if relayed != self._relayed:
            self._relayed = relayed
            self._say()

    def show_level(self, level: float) -> None:
        """The own loudness, in [0, 1], in ten steps."""
        step = round(level * LEVEL_STEPS)
        if step != self._level:
            self._level = step
            self._mute.set("data-level", str(step))

    def show_blocked(self, blocked: bool) -> None:
        """Whether the browser plays nothing before the person does something."""
        self._hear.hidden = not blocked

    def show_devices(self, devices: Sequence[tuple[str, str]], chosen: str) -> None:
        """Offers the microphones there are, ``(id, name)``; where there is none, a word says so."""
        self._devices = (devices, chosen)
        self._choice.clear()
        for number, (device, name) in enumerate(devices, start=1):
            self._offer(
                device, name or self._strings.text("voice.microphone-number", number=number)
            )
        if not devices:
            self._offer("", self._strings.text("voice.no-microphone"))
        if any(device == chosen for device, _name in devices):
            self._choice.value = chosen
        self._choice.enabled = bool(devices)

    def _offer(self, value: str, name: str) -> None:
        option = self._page.create("option")
        option.value = value
        option.text = name
        self._choice.append(option)

    def _say(self) -> None:
        status = self._shown
        if status is None:
            return
        self._status.set("data-problem", "true" if status.problem else "false")
        self._status.text = self._strings.text(self._key(status))

    def _key(self, status: VoiceStatus) -> str:
        if status.problem is not None:
            return f"error.{status.problem}"
        if self._relayed:
            return "voice.not-through-server"
        if status.muted:
            return "voice.muted"
        if status.microphone is DeviceState.OPEN:
            return "voice.on"
        return "voice.asking" if status.microphone is DeviceState.OPENING else "voice.off"

    def _renew(self) -> None:
        if self._shown is not None:
            self.show(self._shown)
        self.show_devices(*self._devices)
