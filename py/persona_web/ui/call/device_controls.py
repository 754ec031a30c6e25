"""What a person chooses of cameras and speakers, and of noise. Microphones: ``VoiceControls``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from persona_web.capture.device_choice import Device, DeviceChoice, DeviceKind, Unplugged

if TYPE_CHECKING:
    from persona_web.bridge.page import Element, Page, Strings

WORDS: Final = {
    DeviceKind.CAMERA: "camera",
    DeviceKind.MICROPHONE: "microphone",
    DeviceKind.SPEAKER: "speaker",
}


@dataclass(frozen=True, slots=True)
class DeviceActions:
    """What the controls do."""

    choose: Callable[[DeviceKind, str], None]
    suppress_noise: Callable[[bool], None]


class DeviceControls:
    """``#devices``: ``#camera-choice``, ``#speaker-choice`` and ``#noise-suppression``."""

    def __init__(
        self,
        page: Page,
        strings: Strings,
        choice: DeviceChoice,
        actions: DeviceActions,
        *,
        chooses_speaker: bool,
    ) -> None:
        """
        Args:
            chooses_speaker: whether the browser lets a page do that; else a word says so.
        """
        self._page = page
        self._strings = strings
        self._choice = choice
        self._devices = page.element("devices")
        self._selects = {
            DeviceKind.CAMERA: page.element("camera-choice"),
            DeviceKind.SPEAKER: page.element("speaker-choice"),
        }
        self._noise = page.element("noise-suppression")
        page.element("speaker-field").hidden = not chooses_speaker
        page.element("speaker-hint").hidden = chooses_speaker
        for kind, select in self._selects.items():
            self._wire(kind, select, actions)
        self._noise.checked = choice.noise_suppression
        self._noise.on_change(lambda: actions.suppress_noise(self._noise.checked))
        page.on_language(self.show)
        self.show()

    @staticmethod
    def _wire(kind: DeviceKind, select: Element, actions: DeviceActions) -> None:
        select.on_change(lambda: actions.choose(kind, select.value))

    def move_to(self, place: Element) -> None:
        """Stands there from now on: in the lobby, or among the settings of a call."""
        place.append(self._devices)

    def show(self) -> None:
        """Offers what is plugged in."""
        for kind, select in self._selects.items():
            select.clear()
            self._offer(select, "", self._strings.text("devices.automatic"))
            for number, device in enumerate(self._choice.of(kind), start=1):
                self._offer(select, device.device, self._name(device, number))
            select.value = self._choice.chosen(kind)

    def unplugged(self, news: Unplugged) -> str:
        """The sentence for a device that has gone."""
        what = news.gone.name or self._strings.text(f"devices.this-{WORDS[news.gone.kind]}")
        if news.following is None:
            return self._strings.text("devices.unplugged-last", what=what)
        following = news.following.name or self._strings.text("devices.automatic")
        return self._strings.text("devices.unplugged", what=what, next=following)

    def _name(self, device: Device, number: int) -> str:
        key = f"devices.{WORDS[device.kind]}-number"
        return device.name or self._strings.text(key, number=number)

    def _offer(self, select: Element, value: str, name: str) -> None:
        option = self._page.create("option")
        option.value = value
        option.text = name
        select.append(option)
