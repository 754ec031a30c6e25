"""Where the own face comes from: the camera, the built-in demo motion, or nothing (idle).

Demo motion is a second layer over whatever the camera gives, faded in and out: switching
never makes the face jump, and the idle life of ``FacePipeline`` shows through when it goes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from persona_core.base.machine import Machine
from persona_core.errors import CameraError, PersonaError
from persona_core.face.blend import interpolate
from persona_core.face.observation import Sighting
from persona_core.face.params import FaceParams
from persona_core.face.pipeline import FacePipeline
from persona_core.face.reading_pace import ReadingPace
from persona_core.wire.motion_track import MotionTrack
from persona_web.base.background import Latest
from persona_web.base.meter import Meter, RateMeter
from persona_web.capture.device import DEVICE_TABLE, DeviceEvent, DeviceState

DEMO_FADE_MS = 400.0


class OpenCamera(Protocol):
    """An open camera."""

    def close(self) -> None: ...


Opened = TypeVar("Opened", bound=OpenCamera)
OpenedIn = TypeVar("OpenedIn", bound=OpenCamera, contravariant=True)


class Tracker(Protocol[OpenedIn]):
    """What follows a face on an open camera."""

    def prepare(self) -> None:
        """Begins to load what it takes, while the person is asked for the camera."""
        ...

    def start(self, camera: OpenedIn) -> None: ...

    def stop(self) -> None: ...

    def take(self) -> Sighting | None:
        """The newest sighting not yet taken, else None."""
        ...


@dataclass(frozen=True, slots=True)
class FaceSourceStatus:
    """What a page shows of the source. ``problem`` is an error code, or None."""

    camera: DeviceState
    demo: bool
    problem: str | None


class FaceSource(Generic[Opened]):
    """The own face at any instant, whatever it comes from."""

    def __init__(
        self,
        pipeline: FacePipeline,
        tracker: Tracker[Opened],
        open_camera: Callable[[Callable[[], None]], Awaitable[Opened]],
        load_demo: Callable[[], MotionTrack],
        on_change: Callable[[FaceSourceStatus], None],
    ) -> None:
        """
        Args:
            open_camera: called with what to call when the platform takes the camera away;
                raises CameraError.
            on_change: hears every change of :attr:`status`.
        """
        self.pipeline = pipeline
        self.tracking = RateMeter()
        self.tracking_ms = Meter()
        self.pace = ReadingPace()
        self.face_found = False
        self.on_sighting: Callable[[Sighting], object] | None = None
        """Hears what the tracker saw, before it is filtered."""
        self._tracker = tracker
        self._open_camera = open_camera
        self._load_demo = load_demo
        self._on_change = on_change
        self._camera: Opened | None = None
        self._device = Machine(DEVICE_TABLE, DeviceState.OFF)
        self._latest = Latest()
        self._problem: str | None = None
        self._detail = ""
        self._demo: MotionTrack | None = None
        self._demo_wanted = False
        self._demo_weight = 0.0
        self._sampled_ms = 0.0

    @property
    def status(self) -> FaceSourceStatus:
        return FaceSourceStatus(self._device.state, self._demo_wanted, self._problem)

    @property
    def camera(self) -> Opened | None:
        """The open camera."""
        return self._camera

    async def use_camera(self) -> None:
        """Asks for the camera; the outcome is in :attr:`status`. Demo motion goes when it comes."""
        is_wanted = self._latest.ask()
        self._problem = None
        if self._device.state is DeviceState.OPEN:
            self._demo_wanted = False
            self._on_change(self.status)
            return
        self._enter(DeviceEvent.ASK)
        self._tracker.prepare()
        try:
            camera = await self._open_camera(lambda: self.fail("camera-lost"))
        except CameraError as error:
            if is_wanted():
                self.fail(error.code)
            return
        if not is_wanted():  # the person thought better of it while the browser asked
            camera.close()
            return
        self._camera = camera
        self._demo_wanted = False
        self._tracker.start(camera)
        self._enter(DeviceEvent.OPENED)

    async def reopen(self) -> None:
        """What a camera is opened with has changed: an open one is opened anew."""
        if self._device.state is not DeviceState.OFF:
            self._close_camera(DeviceEvent.OFF)  # many devices open one at a time
            await self.use_camera()

    def use_demo(self) -> None:
        """Plays the built-in motion; a camera is let go."""
        if self._demo is None:
            try:
                self._demo = self._load_demo()
            except PersonaError as error:
                self.fail(error.code)
                return
        self._demo_wanted = True
        self._problem = None
        self._close_camera(DeviceEvent.OFF)

    def stop(self) -> None:
        """Lets go of camera and demo: the face falls into idle life."""
        self._demo_wanted = False
        self._problem = None
        self._close_camera(DeviceEvent.OFF)

    @property
    def detail(self) -> str:
        """What the platform said of :attr:`status`' problem; empty where it said nothing."""
        return self._detail if self._problem is not None else ""

    def fail(self, code: str, detail: str = "") -> None:
        """The camera or its tracker gave up; the face falls into idle life."""
        self._problem, self._detail = code, detail
        self._close_camera(DeviceEvent.FAILED)

    def poll(self, now_ms: float) -> bool:
        """Takes in what the tracker has seen; True when there was something new."""
        sighting = self._tracker.take() if self._device.state is DeviceState.OPEN else None
        if sighting is None:
            return False
        self.face_found = sighting.face is not None
        self.tracking.tick(now_ms)
        self.tracking_ms.add(sighting.done_ms - sighting.captured_ms)
        self.pipeline.observe(sighting.face, now_ms)
        self.pace.observe(sighting.face, now_ms)
        if self.on_sighting is not None:
            self.on_sighting(sighting)
        return True

    def sample(self, now_ms: float) -> FaceParams:
        """The own face now."""
        step = max(now_ms - self._sampled_ms, 0.0) / DEMO_FADE_MS
        self._sampled_ms = now_ms
        goal = 1.0 if self._demo_wanted else 0.0
        self._demo_weight += min(max(goal - self._demo_weight, -step), step)
        if self._demo is None or self._demo_weight == 0.0:
            return self.pipeline.sample(now_ms)
        played = self._demo.sample(now_ms)
        if self._demo_weight == 1.0:
            return played
        return interpolate(self.pipeline.sample(now_ms), played, self._demo_weight)

    def close(self) -> None:
        """Lets go of the camera; the tracker's owner closes the tracker."""
        self._latest.ask()
        self._tracker.stop()
        if self._camera is not None:
            self._camera.close()
            self._camera = None

    def _close_camera(self, event: DeviceEvent) -> None:
        self.close()
        self.face_found = False
        self._enter(event)

    def _enter(self, event: DeviceEvent) -> None:
        self._device.handle(event)
        self._on_change(self.status)
