"""The microphone, as one audio track that is open or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from persona_core.errors import MicrophoneError
from persona_web.bridge.media.camera import DeviceTrack
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site


class MicrophoneTrack(DeviceTrack):
    """An open microphone's."""

    def set_live(self, live: bool) -> None:
        """Whether what it hears goes out; else it gives silence."""
        self.js_track.enabled = live


class Microphone:
    """Opens the user's microphone, and tells which devices there are.

    Attributes:
        noise_suppression: whether the browser is to take noise away, from the next opening on.
    """

    def __init__(self, module: Any) -> None:
        self.noise_suppression = True
        self._module = module
        self._proxies = Proxies()

    @classmethod
    async def load(cls, site: Site) -> Self:
        return cls(await site.load("bridge/media/microphone.js"))

    async def open(self, device: str, on_lost: Callable[[], None]) -> MicrophoneTrack:
        """Asks the person for the microphone and opens it.

        Args:
            device: the id of the one to prefer; empty for the system's choice.
            on_lost: called once if the platform takes the microphone away.

        Raises:
            MicrophoneError: with code ``microphone-missing``, ``microphone-refused``,
                ``microphone-busy``, ``microphone-insecure`` or ``microphone-failed``.
        """
        result = await self._module.openMicrophone(device, self.noise_suppression)
        track = getattr(result, "track", None)
        if track is None:
            raise MicrophoneError(str(result.detail), code=str(result.code))
        return MicrophoneTrack(track, on_lost)

    async def list_devices(self) -> list[tuple[str, str, str]]:
        """Kind (as ``MediaDeviceInfo.kind``), id and name of each device of any kind; names are
        empty until one of the kind was allowed."""
        found = await self._module.devices()
        return [(str(device[0]), str(device[1]), str(device[2])) for device in found]

    async def devices(self) -> list[tuple[str, str]]:
        """Id and name of each microphone; names are empty until one was allowed."""
        found = await self.list_devices()
        return [(device, name) for kind, device, name in found if kind == "audioinput"]

    def on_devices(self, handler: Callable[[], None]) -> None:
        """Calls ``handler`` when a device is plugged in or out."""
        self._module.watchDevices(self._proxies.keep(lambda _event: handler()))
