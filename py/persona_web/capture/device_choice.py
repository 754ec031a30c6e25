"""Which camera, microphone and speaker a person chose, and what becomes of that when devices come
and go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from persona_core.base.ports import Storage
from persona_web.capture.voice_capture import DEVICE_KEY

MOST_DEVICES: Final = 32
"""Of a kind; a browser that lists more is not believed."""
MOST_LETTERS: Final = 80
"""Of a device's name."""
NOISE_KEY: Final = "voice.noise"


class DeviceKind(StrEnum):
    """As in ``MediaDeviceInfo.kind``."""

    CAMERA = "videoinput"
    MICROPHONE = "audioinput"
    SPEAKER = "audiooutput"


KEYS: Final = {
    DeviceKind.CAMERA: "camera.device",
    DeviceKind.MICROPHONE: DEVICE_KEY,
    DeviceKind.SPEAKER: "speaker.device",
}
"""Where the choice is kept."""


@dataclass(frozen=True, slots=True)
class Device:
    """One that is plugged in.

    Attributes:
        name: empty before the browser tells it.
    """

    kind: DeviceKind
    device: str
    name: str


@dataclass(frozen=True, slots=True)
class Unplugged:
    """A device in use has gone.

    Attributes:
        following: what is used in its place; None where there is nothing.
    """

    gone: Device
    following: Device | None


def read_devices(found: Iterable[tuple[str, str, str]]) -> tuple[Device, ...]:
    """What a browser lists, as (kind, id, name); what is no device is left out."""
    devices: list[Device] = []
    for kind, device, name in found:
        if kind in set(DeviceKind) and device:
            devices.append(Device(DeviceKind(kind), device, name[:MOST_LETTERS].strip()))
    return tuple(
        one
        for kind in DeviceKind
        for one in [each for each in devices if each.kind is kind][:MOST_DEVICES]
    )


class DeviceChoice:
    """The person's choices, kept between visits. A device that is chosen and not there is used
    again as soon as it is back; till then it is the system's choice."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._devices: tuple[Device, ...] = ()
        self.noise_suppression = storage.get(NOISE_KEY) != "off"

    def wished(self, kind: DeviceKind) -> str:
        """The id of what the person chose; empty for the system's choice."""
        return self._storage.get(KEYS[kind]) or ""

    def chosen(self, kind: DeviceKind) -> str:
        """The id of what is to be used now; empty for the system's choice."""
        wished = self.wished(kind)
        return wished if any(one.device == wished for one in self.of(kind)) else ""

    def choose(self, kind: DeviceKind, device: str) -> None:
        """The person picks one; empty for the system's choice."""
        self._storage.set(KEYS[kind], device)

    def suppress_noise(self, wanted: bool) -> None:
        """The person wants noise to be taken away, or not."""
        self.noise_suppression = wanted
        self._storage.set(NOISE_KEY, "on" if wanted else "off")

    def of(self, kind: DeviceKind) -> tuple[Device, ...]:
        """Those of a kind that are plugged in."""
        return tuple(one for one in self._devices if one.kind is kind)

    def take(
        self, devices: tuple[Device, ...], used: Mapping[DeviceKind, str]
    ) -> tuple[Unplugged, ...]:
        """What is plugged in now.

        Args:
            used: the ids of devices that are open, and of the speaker that was chosen.

        Returns:
            what of it has gone since the last time.
        """
        before, self._devices = self._devices, devices
        now = {(one.kind, one.device) for one in devices}
        return tuple(
            Unplugged(one, next(iter(self.of(one.kind)), None))
            for one in before
            if used.get(one.kind) == one.device and (one.kind, one.device) not in now
        )
