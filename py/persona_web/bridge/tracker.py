"""Face tracking in a worker: MediaPipe's Face Landmarker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from persona_core.face.observation import ARRAY_LENGTH, FaceObservation
from persona_web.bridge.camera import CameraTrack
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site
from persona_web.motion import Sighting

MEDIAPIPE = {"bundle": "vendor/mediapipe/vision_bundle.mjs", "wasm": "vendor/mediapipe/wasm"}
FILES = MEDIAPIPE | {"model": "vendor/models/face_landmarker.task"}


class BrowserTracker:
    """One tracking worker. Loading starts at once and needs no camera."""

    def __init__(self, module: Any, site: Site) -> None:
        self.on_event: Callable[[str, str], None] = lambda _kind, _detail: None
        """Hears ``ready``, ``failed`` with a detail, and ``ended`` (the camera's stream)."""
        self._proxies = Proxies()
        self._values = np.zeros(ARRAY_LENGTH, dtype=np.float64)
        files = {name: site.address(path) for name, path in FILES.items()}
        self._tracker = module.createTracker(
            site.web_address("bridge/tracker.worker.js"),
            site.to_object(files),
            self._proxies.keep(lambda kind, detail: self.on_event(kind, detail)),
        )

    @classmethod
    async def load(cls, site: Site) -> Self:
        return cls(await site.load("bridge/tracker.js"), site)

    def start(self, camera: CameraTrack) -> None:
        """Follows a camera from now on."""
        self._tracker.start(camera.js_track)

    def stop(self) -> None:
        self._tracker.stop()

    def take(self) -> Sighting | None:
        """The newest sighting that was not yet taken; never a queue."""
        values = self._tracker.take()
        if values is None:
            return None
        values.assign_to(self._values)
        _, captured_ms, done_ms = self._values[:3].tolist()
        return Sighting(captured_ms, done_ms, FaceObservation.from_array(self._values))

    def close(self) -> None:
        self._tracker.close()
        self._proxies.close()
