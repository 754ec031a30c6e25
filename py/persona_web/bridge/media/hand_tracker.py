"""Hand tracking in a worker of its own: MediaPipe's GestureRecognizer where the site has its
bundle, else its HandLandmarker, whose landmarks are read by ``persona_core.hands.gestures``.

Nothing is loaded before the first :meth:`BrowserHands.start`: the bundles weigh 8 MB, and a
second worker costs the face frames.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np

from persona_core.hands.hand_observation import ARRAY_LENGTH, HandObservation
from persona_web.bridge.media.camera import CameraTrack
from persona_web.bridge.media.face_tracker import MEDIAPIPE
from persona_web.bridge.proxies import Proxies
from persona_web.bridge.site import Site

RECOGNIZER = "vendor/models/gesture_recognizer.task"
LANDMARKER = "vendor/models/hand_landmarker.task"


class BrowserHands:
    """One hand tracking worker, made when it is first wanted."""

    def __init__(self, module: Any, site: Site) -> None:
        self.on_event: Callable[[str, str], None] = lambda _kind, _detail: None
        """Hears what :attr:`BrowserTracker.on_event` does."""
        self.recognises = site.has(RECOGNIZER)
        """Whether gestures come from the recogniser and not from our own rule."""
        self._module = module
        self._site = site
        self._proxies = Proxies()
        self._values = np.zeros(ARRAY_LENGTH, dtype=np.float64)
        self._tracker: Any = None

    @classmethod
    async def load(cls, site: Site) -> Self:
        return cls(await site.load("bridge/media/tracker.js"), site)

    def start(self, camera: CameraTrack) -> None:
        """Looks for hands before a camera from now on; the first time, loads what it takes."""
        if self._tracker is None:
            self._tracker = self._create()
        self._tracker.start(camera.js_track)

    def stop(self) -> None:
        """Looks no more; the worker stays loaded and costs nothing."""
        if self._tracker is not None:
            self._tracker.stop()

    def take(self) -> HandObservation | None:
        """The newest observation that was not yet taken; never a queue."""
        values = None if self._tracker is None else self._tracker.take()
        if values is None:
            return None
        values.assign_to(self._values)
        return HandObservation.from_array(self._values)

    def close(self) -> None:
        """Ends the worker; the next start makes another."""
        if self._tracker is not None:
            self._tracker.close()
            self._tracker = None
        self._proxies.close()

    def _create(self) -> Any:
        files = MEDIAPIPE | {"model": RECOGNIZER if self.recognises else LANDMARKER}
        addresses = {name: self._site.address(path) for name, path in files.items()}
        return self._module.createTracker(
            self._site.web_address("bridge/media/hands.worker.js"),
            self._site.to_object(addresses | {"gestures": self.recognises}),
            self._proxies.keep(lambda kind, detail: self.on_event(kind, detail)),
            True,  # most frames of a stream would only be thrown away
        )
