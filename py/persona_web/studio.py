"""The own side of a page: camera or demo motion, the own avatar, the person's choices.

Home and room both have it; what they add is around it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from persona_core.avatar.characters import CHARACTERS, Character
from persona_core.call.ports import Storage
from persona_core.face.calibration import CalibrationPhase, CalibrationState
from persona_core.face.motion_track import load_demo
from persona_core.face.neutral import Neutral, NeutralFormatError
from persona_core.face.params import FaceParams
from persona_core.face.pipeline import FacePipeline
from persona_web.bridge.camera import Camera, CameraTrack
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.bridge.tracker import BrowserTracker
from persona_web.motion import CameraState, Motion, MotionStatus
from persona_web.render.drawn import Canvas, DrawnAvatar
from persona_web.ui.source_controls import SourceActions, SourceControls, SourceView

CHARACTER_KEY = "character"
SOURCE_KEY = "source"
NEUTRAL_KEY = "neutral"


def stored_character(storage: Storage) -> Character:
    """The character chosen last, else the first."""
    key = storage.get(CHARACTER_KEY)
    return next((one for one in CHARACTERS if one.key == key), CHARACTERS[0])


def stored_neutral(storage: Storage) -> Neutral | None:
    """The neutral face calibrated last; one that cannot be read is forgotten."""
    text = storage.get(NEUTRAL_KEY)
    if text is None:
        return None
    try:
        return Neutral.from_json(text)
    except NeutralFormatError:
        storage.remove(NEUTRAL_KEY)
        return None


class Studio:
    """Motion, its controls and the own avatar, wired together."""

    def __init__(
        self,
        site: Site,
        page: Page,
        storage: Storage,
        tracker: BrowserTracker,
        camera: Camera,
        canvas: Canvas,
    ) -> None:
        self._site = site
        self._strings = Strings()
        self._storage = storage
        self._tracker = tracker
        self._tracker_ready = False
        self._calibration = CalibrationState()
        self._tasks: set[asyncio.Task[None]] = set()
        self._seen: SourceView | None = None
        self.character = stored_character(storage)
        self.avatar = DrawnAvatar(canvas, self.character.style)
        self.motion: Motion[CameraTrack] = Motion(
            FacePipeline(neutral=stored_neutral(storage)),
            tracker,
            camera.open,
            load_demo,
            self._motion_changed,
        )
        actions = SourceActions(self.use_camera, self.use_demo, self.stop, self._calibrate)
        self._controls = SourceControls(page, self._strings, actions)
        tracker.on_event = self._tracker_event
        page.on_language(self._show)
        page.on_leave(self.motion.close)
        self._show()

    @classmethod
    async def open(cls, site: Site, page: Page, storage: Storage, canvas: Canvas) -> Studio:
        """Makes a studio; the face reader goes on loading in the background."""
        tracker, camera = await asyncio.gather(BrowserTracker.load(site), Camera.load(site))
        return cls(site, page, storage, tracker, camera, canvas)

    def use_camera(self) -> None:
        self._storage.set(SOURCE_KEY, "camera")
        self._run(self.motion.use_camera())

    def use_demo(self) -> None:
        self._storage.set(SOURCE_KEY, "demo")
        self.motion.use_demo()

    def stop(self) -> None:
        self._storage.set(SOURCE_KEY, "none")
        self.motion.stop()

    def rest(self) -> None:
        """Lets go of camera and demo without forgetting that the person wanted them."""
        self.motion.stop()

    def resume(self, default: str = "none") -> None:
        """Starts the source used last, ``default`` for a newcomer: camera, demo or none."""
        source = self._storage.get(SOURCE_KEY) or default
        if source == "camera":
            self._run(self.motion.use_camera())
        elif source == "demo":
            self.motion.use_demo()

    def choose(self, character: Character) -> None:
        """Wears another character, now and at the next visit."""
        self.character = character
        self.avatar.style = character.style
        if not self._storage.set(CHARACTER_KEY, character.key):
            self._site.notify(self._strings.text("error.storage-failed"))

    def tick(self, now_ms: float, *, visible: bool) -> FaceParams:
        """One step: takes in the newest sighting, draws the own avatar as in a mirror."""
        if self.motion.poll(now_ms):
            self._show()
        face = self.motion.sample(now_ms)
        self._follow_calibration()
        if visible:
            self.avatar.draw(face.mirrored(), now_ms)
        return face

    def _calibrate(self) -> None:
        self.motion.pipeline.calibrate()

    def _follow_calibration(self) -> None:
        state = self.motion.pipeline.calibration_state
        if state.phase is self._calibration.phase:
            return
        self._calibration = state
        neutral = self.motion.pipeline.neutral
        if state.phase is CalibrationPhase.DONE and neutral is not None:
            self._storage.set(NEUTRAL_KEY, neutral.to_json())
        if state.phase is not CalibrationPhase.NONE:
            word = state.problem or state.phase
            self._site.notify(self._strings.text(f"calibrate.{word.value}"))

    def _tracker_event(self, kind: str, _detail: str) -> None:
        if kind == "ready":
            self._tracker_ready = True
            self._show()
        elif self.motion.status.camera is not CameraState.OFF:
            self.motion.fail("tracker-failed" if kind == "failed" else "camera-lost")

    def _motion_changed(self, _status: MotionStatus) -> None:
        self._show()

    def _show(self) -> None:
        self._controls.show(
            SourceView(self.motion.status, self._tracker_ready, self.motion.face_found)
        )

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # the event loop keeps only weak references
        task.add_done_callback(self._tasks.discard)
