"""A photo of what the camera sees, with a preview before it."""

from __future__ import annotations

from typing import Any, Self

from persona_web.bridge.media.camera import CameraTrack
from persona_web.bridge.page import Element
from persona_web.bridge.site import Site


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
