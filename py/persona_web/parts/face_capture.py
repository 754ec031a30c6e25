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
from persona_core.face.blend import Crossfade
from persona_core.face.calibration import CalibrationPhase, CalibrationState
from persona_core.face.neutral import Neutral, NeutralFormatError
from persona_core.face.observation import Sighting
from persona_core.face.params import FaceParams
from persona_core.face.pipeline import FacePipeline, ReadsResidual
from persona_core.wire.motion_track import load_demo
from persona_web.base.background import Background
from persona_web.bridge.media.camera import Camera, CameraTrack
from persona_web.bridge.media.face_tracker import BrowserTracker, KeepsDelegate
from persona_web.bridge.page import Page, Strings
from persona_web.bridge.site import Site
from persona_web.capture.device import DeviceState
from persona_web.capture.face_source import FaceSource, FaceSourceStatus
from persona_web.ui.source_controls import (
    LOADING,
    ShowsSource,
    SourceActions,
    SourceControls,
    SourceView,
    source_sentence,
)
from persona_web.view.avatar import Avatar

if TYPE_CHECKING:
    from persona_core.face.residual.person_rest import FacePhoto

SOURCE_KEY = "source"
MOST_HZ = 30.0
"""Own faces read a second at most: as many as a camera shows."""
NEUTRAL_KEY = "neutral"
WAKING_MS = 500.0
"""Over which an own avatar that stood still goes on: idle life has gone on meanwhile."""


_TRACKER_WAITS = {"slow": "slow-tracker", "stuck": "restarting-tracker"}
"""What there is to say, as ``source.<word>``, while the tracker is waited for."""
_TRACKER_ENDS = {
    "failed": "tracker-failed",
    "no-webgl": "tracker-no-webgl",
    "scrambled": "pictures-scrambled",
    "hung": "tracker-hung",
}

FaceListener = Callable[[FaceParams, float], None]
"""Hears the own face of a step as others see it, and the time in ms."""

FaceLayer = Callable[[FaceParams, float], FaceParams]
"""Changes the own face before it is shown and sent; called with the time in ms."""

CameraListener = Callable[[CameraTrack | None], None]
"""Hears the camera that was opened, None when it was let go."""


MakeControls = Callable[[Page, Strings, SourceActions], ShowsSource]
"""Makes the buttons that choose the source, and the sentence that says so."""


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
        make_controls: MakeControls = SourceControls,
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
        self._opener = camera
        self._tracker_ready = False
        self._tracker_wait = LOADING
        self._calibration = CalibrationState()
        self._background = Background()
        self._seen: SourceView | None = None
        self._avatar = avatar
        self._wearer = avatar if isinstance(avatar, WearsPortraits) else None
        self._reads_residuals = False
        self._most_hz = MOST_HZ
        self._likeness: FacePhoto | None = None
        self._layers: list[FaceLayer] = []
        self._face_listeners: list[FaceListener] = []
        self._is_idle = False
        self._is_stirred = False
        self._idle_listeners: list[Callable[[bool], None]] = []
        self._drawn: FaceParams | None = None
        self._mirrored: FaceParams | None = None
        self._waking = Crossfade()
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
        self._controls = make_controls(page, self._strings, actions)
        tracker.on_event = self._tracker_event
        page.on_language(self._show)
        page.on_leave(self.motion.close)
        self._show()

    @classmethod
    async def open(
        cls,
        site: Site,
        page: Page,
        storage: Storage,
        avatar: Avatar,
        make_controls: MakeControls = SourceControls,
    ) -> FaceCapture:
        """Makes one; the face reader is loaded when a camera is asked for."""
        tracker, camera = await asyncio.gather(BrowserTracker.load(site), Camera.load(site))
        return cls(site, page, storage, tracker, camera, avatar, make_controls)

    def use_camera(self) -> None:
        self._storage.set(SOURCE_KEY, "camera")
        self._background.run(self.motion.use_camera())

    def use_demo(self) -> None:
        self._storage.set(SOURCE_KEY, "demo")
        self.motion.use_demo()

    def stop(self) -> None:
        self._storage.set(SOURCE_KEY, "none")
        self.motion.stop()

    def prefer(self, source: str) -> None:
        """What :meth:`resume` starts from now on, as if it had been used last."""
        self._storage.set(SOURCE_KEY, source)

    def choose_camera(self, device: str) -> None:
        """Uses another camera from now on, empty for the system's choice; an open one gives place
        to it."""
        self._opener.device = device
        self._background.run(self.motion.reopen())

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
        self.stir()

    def read_by(self, delegates: KeepsDelegate) -> None:
        """Lets it be decided what reads the face, from the next camera on."""
        self._tracker.read_by(delegates)

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
        self._most_hz = rate_hz

    @property
    def is_moving(self) -> bool:
        """Whether there is a face to follow, or soon may be, the demo motion, or a new look."""
        status = self.motion.status
        is_starting = status.camera is DeviceState.OPENING or (
            status.camera is DeviceState.OPEN and not self._tracker_ready
        )
        return self._is_stirred or status.demo or self.motion.face_found or is_starting

    def set_idle(self, *, idle: bool) -> None:
        """The own avatar stands still while the page is idle."""
        self._is_idle = idle
        for listener in self._idle_listeners:
            listener(idle)

    def stir(self) -> None:
        """The own avatar looks otherwise: it is to be drawn, however idle the page is."""
        self._is_stirred = True

    def on_idle(self, listener: Callable[[bool], None]) -> None:
        """Calls ``listener`` when the own avatar begins to stand still, and when it goes on."""
        self._idle_listeners.append(listener)

    def add_layer(self, layer: FaceLayer) -> None:
        """Lets a layer change the own face from the next step on, after those before it."""
        self._layers.append(layer)

    def on_face(self, listener: FaceListener) -> None:
        """Calls ``listener`` at every step, after all layers."""
        self._face_listeners.append(listener)

    def on_camera(self, listener: CameraListener) -> None:
        """Calls ``listener`` when a camera opens and when it is let go.

        The track is for reading alongside: only this closes it.
        """
        self._camera_listeners.append(listener)

    def watch(self, listener: Callable[[Sighting], object] | None, company: float = 0.0) -> None:
        """Lets ``listener`` hear what the tracker sees, landmarks included; None for nobody.

        Args:
            company: how wide another face is, of the nearest, to be counted; 0 counts none.
        """
        self.motion.on_sighting = listener
        self._tracker.look_for_company(company)
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
            self._tracker.limit(min(self._most_hz, self.motion.pace.most_hz(now_ms)))
        face = self.motion.sample(now_ms)
        self._follow_calibration()
        for layer in self._layers:
            face = layer(face, now_ms)
        for listener in self._face_listeners:
            listener(face, now_ms)
        if visible:
            self._is_stirred = False
            self._draw(face, now_ms)
        return face

    def _draw(self, face: FaceParams, now_ms: float) -> None:
        if self._is_idle:
            if self._drawn is not None:
                self._waking.start(self._drawn, now_ms, WAKING_MS)
            return
        face = self._waking.apply(face, now_ms)
        if self._mirrored is None or face is not self._drawn:
            self._drawn, self._mirrored = face, face.mirrored()
        self._avatar.draw(self._mirrored, now_ms)

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

    def _tracker_event(self, kind: str, detail: str) -> None:
        self._tracker_ready = kind in ("ready", "ended")
        self._tracker_wait = _TRACKER_WAITS.get(kind, LOADING)
        if kind in ("ready", *_TRACKER_WAITS):
            self._show()
        elif self.motion.status.camera is not DeviceState.OFF:
            self.motion.fail(_TRACKER_ENDS.get(kind, "camera-lost"), detail)

    def _motion_changed(self, _status: FaceSourceStatus) -> None:
        self._show()
        if self.motion.camera is not self._camera:
            self._camera = self.motion.camera
            for listener in self._camera_listeners:
                listener(self._camera)

    @property
    def sentence(self) -> str:
        """The key of what there is to say of the source now."""
        return source_sentence(self._view())

    def _view(self) -> SourceView:
        motion = self.motion
        return SourceView(motion.status, self._tracker_ready, motion.face_found, self._tracker_wait)

    def _show(self) -> None:
        self._controls.show(self._view())
