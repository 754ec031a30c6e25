"""The camera, as one video track that is open or not, and photos of what it sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from persona_core.errors import CameraError
from persona_web.bridge.page import Element
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site


class DeviceTrack:
    """The track of an open device.

    Args:
        on_lost: called once if the platform takes the device away: it was unplugged, or the
            permission withdrawn.

    Attributes:
        js_track: the ``MediaStreamTrack``, for workers, connections and meters.
    """

    def __init__(self, track: Any, on_lost: Callable[[], None]) -> None:
        self._proxies = Proxies()
        self.js_track = track
        track.onended = self._proxies.keep(lambda _event: on_lost())

    @property
    def device(self) -> str:
        """The id of the device it comes from; empty where the browser does not tell."""
        return str(getattr(self.js_track.getSettings(), "deviceId", ""))

    def close(self) -> None:
        self.js_track.onended = None
        self.js_track.stop()
        self._proxies.close_later()


class CameraTrack(DeviceTrack):
    """An open camera's."""

    async def ask_size(self, width: int, height: int) -> None:
        """Asks for pictures of about so many pixels; a camera gives what comes nearest."""
        wishes = {"width": Site.to_object({"ideal": width})}
        wishes["height"] = Site.to_object({"ideal": height})
        try:
            await self.js_track.applyConstraints(Site.to_object(wishes))
        except Exception:  # a camera that has one size only
            return


class Camera:
    """Opens the user's camera.

    Attributes:
        device: the id of the one to prefer; empty for the system's choice.
    """

    def __init__(self, module: Any) -> None:
        self.device = ""
        self._module = module

    @classmethod
    async def load(cls, site: Site) -> Self:
        return cls(await site.load("bridge/media/camera.js"))

    async def open(self, on_lost: Callable[[], None]) -> CameraTrack:
        """Asks the person for the camera and opens it.

        Args:
            on_lost: called once if the platform takes the camera away.

        Raises:
            CameraError: with code ``camera-missing``, ``camera-refused``, ``camera-busy``,
                ``camera-insecure`` or ``camera-failed``.
        """
        result = await self._module.openCamera(self.device)
        track = getattr(result, "track", None)
        if track is None:
            raise CameraError(str(result.detail), code=str(result.code))
        return CameraTrack(track, on_lost)


class Snapshot:
    """A ``<video>`` that shows a camera which somebody else opens and closes."""

    def __init__(self, module: Any, video: Element) -> None:
        self._module = module
        self._video = video.node

    @classmethod
    async def load(cls, site: Site, video: Element) -> Self:
        return cls(await site.load("bridge/media/snapshot.js"), video)

    def show(self, camera: CameraTrack | None) -> None:
        """Shows what the camera sees; nothing for None."""
        self._module.showTrack(self._video, None if camera is None else camera.js_track)

    async def take(self) -> bytes | None:
        """The picture shown now as a JPEG, not mirrored; None before there is one."""
        data = await self._module.takePhoto(self._video)
        return None if data is None else bytes(data.to_bytes())
