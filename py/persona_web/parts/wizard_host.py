"""The page's camera while the wizard uses it, with the light on the face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from persona_core.face.observation import Sighting
from persona_core.portrait.making.photo import BYSTANDER
from persona_core.portrait.wizard.hindrances import Glimpse
from persona_web.base.background import Background
from persona_web.bridge.media.camera import CameraTrack, Snapshot
from persona_web.bridge.media.film_frames import LiveFrames
from persona_web.parts.face_capture import FaceCapture

PICTURE_SIZE: Final = 1280, 720
"""Asked of the camera: a patch of a mouth is a tenth of the picture wide."""
USUAL_SIZE: Final = 640, 480
"""Of a call's camera; see ``camera.js``."""
LIGHT_EVERY_MS: Final = 150.0
"""How often the light is measured: it changes more slowly than a face."""


class PageCamera:
    """Gives the camera to the wizard, and leaves it as it was.

    Args:
        on_glimpse: hears every sight of the tracker; None for nobody.
        on_lost: hears an error's code when the camera is gone.
    """

    def __init__(
        self,
        face_capture: FaceCapture,
        snapshot: Snapshot,
        frames: LiveFrames,
        on_glimpse: Callable[[Glimpse | None], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self._capture = face_capture
        self._snapshot = snapshot
        self._frames = frames
        self._on_glimpse = on_glimpse
        self._on_lost = on_lost
        self._background = Background()
        self._before: tuple[bool, bool] | None = None
        self._light_ms = -LIGHT_EVERY_MS
        face_capture.on_camera(self._changed)

    async def open_camera(self) -> str | None:
        motion = self._capture.motion
        if self._before is None:
            self._before = motion.camera is not None, motion.status.demo
        await motion.use_camera()
        camera = motion.camera
        if camera is None:
            return motion.status.problem or "camera-failed"
        if self._before is None:  # closed while the browser asked
            return None
        await camera.ask_size(*PICTURE_SIZE)
        self._snapshot.show(camera)
        self._capture.watch(self._see, BYSTANDER)
        return None

    def close_camera(self) -> None:
        before, self._before = self._before, None
        if before is None:
            return
        self._capture.watch(None)
        self._snapshot.show(None)
        motion = self._capture.motion
        had_camera, had_demo = before
        if had_camera and motion.camera is not None:
            self._background.run(motion.camera.ask_size(*USUAL_SIZE))
        elif had_demo:
            motion.use_demo()
        elif motion.camera is not None:
            motion.stop()

    async def grab(self) -> Any | None:
        return await self._frames.grab()

    def _changed(self, camera: CameraTrack | None) -> None:
        if camera is None and self._before is not None:
            self._on_lost(self._capture.motion.status.problem or "camera-lost")

    def _see(self, sighting: Sighting) -> None:
        face = sighting.face
        width, height = self._frames.size
        if face is None or not width:
            self._on_glimpse(None)
        elif face.landmarks is not None:
            light = None
            if sighting.captured_ms - self._light_ms >= LIGHT_EVERY_MS:
                self._light_ms = sighting.captured_ms
                light = self._frames.light(face.landmarks)
            self._on_glimpse(
                Glimpse(
                    *(face.time_ms, face.blendshapes, face.pose.rotation, face.landmarks),
                    *(width, height, light, face.faces),
                )
            )
