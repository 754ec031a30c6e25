"""The own side of a page: camera or demo motion, its layers, the own avatar.

Every page with Python has it; what they add is around it.

    motion ─► layers, in the order in which they were added ─► own avatar, mirrored
                                                            └► whoever called ``step``
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from persona_core.base.ports import Storage
from persona_core.drawn.style import AvatarStyle
from persona_core.face.calibration import CalibrationPhase, CalibrationState
from persona_core.face.neutral import Neutral, NeutralFormatError
from persona_core.face.observation import Sighting
from persona_core.face.params import FaceParams
from persona_core.face.pipeline import FacePipeline, ReadsResidual
from persona_core.wire.motion_track import load_demo
from persona_web.base.background import Background
from persona_web.bridge.media.camera import Camera, CameraTrack
from persona_web.bridge.media.face_tracker import BrowserTracker
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.capture.device import DeviceState
from persona_web.capture.face_source import FaceSource, FaceSourceStatus
from persona_web.ui.source_controls import LOADING, SourceActions, SourceControls, SourceView
from persona_web.view.avatar import Avatar

if TYPE_CHECKING:
    from persona_core.face.residual.person_rest import FacePhoto

SOURCE_KEY = "source"
NEUTRAL_KEY = "neutral"


_TRACKER_WAITS = {"slow": "slow-tracker", "stuck": "restarting-tracker"}
"""What there is to say, as ``source.<word>``, while the tracker is waited for."""
_TRACKER_ENDS = {"failed": "tracker-failed", "hung": "tracker-hung"}

FaceLayer = Callable[[FaceParams, float], FaceParams]
"""Changes the own face before it is shown and sent; called with the time in ms."""

CameraListener = Callable[[CameraTrack | None], None]
"""Hears the camera that was opened, None when it was let go."""


@runtime_checkable
class WearsPortraits(Protocol):
    """An own avatar that can be a portrait: an ``AvatarView``."""

    @property
    def portrait(self) -> object | None: ...


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


def residual_reader() -> ReadsResidual:
    """Reads residuals against what portraits are drawn with."""
    # Only now: whoever goes as a drawn character needs neither.
    from persona_core.face.residual.residual_reader import ResidualReader
    from persona_core.portrait.support import supported

    return ResidualReader(supported())


class FaceCapture:
    """The face's source, its controls and the own avatar, wired together."""

    def __init__(
        self,
        site: Site,
        page: Page,
        storage: Storage,
        tracker: BrowserTracker,
        camera: Camera,
        avatar: Avatar,
    ) -> None:
        """
        Args:
            storage: keeps the source and the neutral face between visits.
            avatar: shows the own face, in the style to begin with.
        """
        self._site = site
        self._strings = Strings()
        self._storage = storage
        self._tracker = tracker
        self._tracker_ready = False
        self._tracker_wait = LOADING
        self._calibration = CalibrationState()
        self._background = Background()
        self._seen: SourceView | None = None
        self._avatar = avatar
        self._wearer = avatar if isinstance(avatar, WearsPortraits) else None
        self._reads_residuals = False
        self._likeness: FacePhoto | None = None
        self._layers: list[FaceLayer] = []
        self._camera: CameraTrack | None = None
        self._camera_listeners: list[CameraListener] = []
        self.motion: FaceSource[CameraTrack] = FaceSource(
            FacePipeline(neutral=stored_neutral(storage)),
            tracker,
            camera.open,
            load_demo,
            self._motion_changed,
        )
        calibrate = self.motion.pipeline.calibrate
        actions = SourceActions(self.use_camera, self.use_demo, self.stop, calibrate)
        self._controls = SourceControls(page, self._strings, actions)
        tracker.on_event = self._tracker_event
        page.on_language(self._show)
        page.on_leave(self.motion.close)
        self._show()

    @classmethod
    async def open(cls, site: Site, page: Page, storage: Storage, avatar: Avatar) -> FaceCapture:
        """Makes one; the face reader is loaded when a camera is asked for."""
        tracker, camera = await asyncio.gather(BrowserTracker.load(site), Camera.load(site))
        return cls(site, page, storage, tracker, camera, avatar)

    def use_camera(self) -> None:
        self._storage.set(SOURCE_KEY, "camera")
        self._background.run(self.motion.use_camera())

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
            self._background.run(self.motion.use_camera())
        elif source == "demo":
            self.motion.use_demo()

    @property
    def style(self) -> AvatarStyle:
        """What the own avatar looks like."""
        return self._avatar.style

    def choose(self, style: AvatarStyle) -> None:
        """Wears another style from now on."""
        self._avatar.style = style

    def take_rest_from(self, likeness: FacePhoto | None) -> None:
        """Measures the own face from its rest in a photo, from the next frame on.

        Args:
            likeness: the portrait that is worn, where it shows the person who wears it; None
                measures from a rest that is learned by watching.
        """
        if likeness is self._likeness:
            return
        self._likeness = likeness
        if self.motion.pipeline.residuals is not None:
            self.motion.pipeline.residuals.take_rest_from(likeness)

    def limit_tracking(self, rate_hz: float) -> None:
        """Reads no more own faces a second than this: where the machine has other worries."""
        self._tracker.limit(rate_hz)

    def add_layer(self, layer: FaceLayer) -> None:
        """Lets a layer change the own face from the next step on, after those before it."""
        self._layers.append(layer)

    def on_camera(self, listener: CameraListener) -> None:
        """Calls ``listener`` when a camera opens and when it is let go.

        The track is for reading alongside: only this closes it.
        """
        self._camera_listeners.append(listener)

    def watch(self, listener: Callable[[Sighting], object] | None) -> None:
        """Lets ``listener`` hear what the tracker sees, landmarks included; None for nobody."""
        self.motion.on_sighting = listener
        self._tracker.read_landmarks(self._reads_residuals or listener is not None)

    def step(self, now_ms: float, visible: bool) -> FaceParams:
        """One frame: takes in the newest sighting, draws the own avatar as in a mirror.

        Returns:
            the own face as others see it, layers included; with a residual while the own avatar
            wears a portrait, which is what moves by it, here and before the peers.
        """
        self._read_residuals(self._wearer is not None and self._wearer.portrait is not None)
        if self.motion.poll(now_ms):
            self._show()
        face = self.motion.sample(now_ms)
        self._follow_calibration()
        for layer in self._layers:
            face = layer(face, now_ms)
        if visible:
            self._avatar.draw(face.mirrored(), now_ms)
        return face

    def _read_residuals(self, wanted: bool) -> None:
        if wanted is self._reads_residuals:
            return
        self._reads_residuals = wanted
        self._tracker.read_landmarks(wanted or self.motion.on_sighting is not None)
        reader = residual_reader() if wanted else None
        if reader is not None:
            reader.take_rest_from(self._likeness)
        self.motion.pipeline.residuals = reader

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
        self._tracker_ready = kind in ("ready", "ended")
        self._tracker_wait = _TRACKER_WAITS.get(kind, LOADING)
        if kind in ("ready", *_TRACKER_WAITS):
            self._show()
        elif self.motion.status.camera is not DeviceState.OFF:
            self.motion.fail(_TRACKER_ENDS.get(kind, "camera-lost"))

    def _motion_changed(self, _status: FaceSourceStatus) -> None:
        self._show()
        if self.motion.camera is not self._camera:
            self._camera = self.motion.camera
            for listener in self._camera_listeners:
                listener(self._camera)

    def _show(self) -> None:
        self._controls.show(
            SourceView(
                self.motion.status, self._tracker_ready, self.motion.face_found, self._tracker_wait
            )
        )
