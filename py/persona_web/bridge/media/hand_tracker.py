"""Hand tracking in a worker of its own: MediaPipe's GestureRecognizer where the site has its
bundle, else its HandLandmarker, whose landmarks are read by ``persona_core.hands.gestures``.

Nothing is loaded before the first :meth:`BrowserHands.start`: the bundles weigh 8 MB, and a
second worker costs the face frames.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from persona_core.hands.hand_observation import ARRAY_LENGTH, HandObservation
from persona_web.bridge.media.face_tracker import MEDIAPIPE, Detector
from persona_web.bridge.site import Site

RECOGNIZER = "vendor/models/gesture_recognizer.task"
LANDMARKER = "vendor/models/hand_landmarker.task"


class BrowserHands(Detector):
    """Looks for hands.

    Attributes:
        recognises: whether gestures come from the recogniser and not from our own rule.
    """

    _worker = "bridge/media/hands.worker.js"
    _stills = True

    def __init__(self, module: Any, site: Site) -> None:
        super().__init__(module, site)
        self.recognises = site.has(RECOGNIZER)
        self._files = MEDIAPIPE | {"model": RECOGNIZER if self.recognises else LANDMARKER}
        self._options = {"gestures": self.recognises}
        self._values = np.zeros(ARRAY_LENGTH, dtype=np.float64)

    def take(self) -> HandObservation | None:
        """The newest observation that was not yet taken; never a queue."""
        values = None if self._tracker is None else self._tracker.take()
        if values is None:
            return None
        values.assign_to(self._values)
        return HandObservation.from_array(self._values)
