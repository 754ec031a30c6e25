"""The motion source over a camera and a tracker in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import pairwise, product

import numpy as np
import pytest

from persona_core.errors import CameraError, PersonaError
from persona_core.face.blendshapes import Blendshape
from persona_core.face.observation import ARRAY_LENGTH, FaceObservation, Sighting
from persona_core.face.params import FaceParams
from persona_core.face.pipeline import FacePipeline
from persona_core.wire.motion_track import MotionTrack, MotionTrackError
from persona_web.capture.device import DEVICE_TABLE, DeviceEvent, DeviceState
from persona_web.capture.face_source import DEMO_FADE_MS, FaceSource, FaceSourceStatus


class MemoryCamera:
    def __init__(self) -> None:
        self.open = True

    def close(self) -> None:
        self.open = False


class MemoryTracker:
    """Follows a camera; ``next`` is what it saw."""

    def __init__(self) -> None:
        self.camera: MemoryCamera | None = None
        self.next: Sighting | None = None
        self.prepared = False

    def prepare(self) -> None:
        self.prepared = True

    def start(self, camera: MemoryCamera) -> None:
        self.camera = camera

    def stop(self) -> None:
        self.camera = None

    def take(self) -> Sighting | None:
        taken, self.next = self.next, None
        return taken


def face(jaw_open: float, time_ms: float) -> FaceObservation:
    values = np.zeros(ARRAY_LENGTH)
    values[:3] = 1.0, time_ms, time_ms + 20.0
    values[3 + Blendshape.JAW_OPEN] = jaw_open
    matrix = np.eye(4)
    matrix[2, 3] = -50.0
    values[-16:] = matrix.T.ravel()
    observation = FaceObservation.from_array(values)
    assert observation is not None
    return observation


def smiling_track() -> MotionTrack:
    shapes = np.zeros(52, dtype=np.float32)
    shapes[Blendshape.MOUTH_SMILE_LEFT] = 0.8
    return MotionTrack([FaceParams(time_ms=time * 33.0, blendshapes=shapes) for time in range(60)])


class Stage:
    """A motion source with everything around it."""

    def __init__(self) -> None:
        self.tracker = MemoryTracker()
        self.cameras: list[MemoryCamera] = []
        self.lost: list[Callable[[], None]] = []
        self.refusal: str | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.seen: list[FaceSourceStatus] = []
        self.track_error: PersonaError | None = None
        self.motion: FaceSource[MemoryCamera] = FaceSource(
            FacePipeline(), self.tracker, self.open_camera, self.load, self.seen.append
        )

    async def open_camera(self, on_lost: Callable[[], None]) -> MemoryCamera:
        await self.gate.wait()
        if self.refusal is not None:
            raise CameraError(code=self.refusal)
        self.lost.append(on_lost)
        self.cameras.append(MemoryCamera())
        return self.cameras[-1]

    def load(self) -> MotionTrack:
        if self.track_error is not None:
            raise self.track_error
        return smiling_track()

    def smile(self, now_ms: float) -> float:
        return float(self.motion.sample(now_ms).blendshapes[Blendshape.MOUTH_SMILE_LEFT])


def test_camera_table_leads_somewhere_from_every_state() -> None:
    for state in DeviceState:
        following = {after for (before, _), (after, _) in DEVICE_TABLE.items() if before is state}
        assert following - {state}


def test_camera_table_ends_off_whenever_told_or_failed() -> None:
    for state, event in product(DeviceState, (DeviceEvent.OFF, DeviceEvent.FAILED)):
        assert DEVICE_TABLE[state, event] == (DeviceState.OFF, ())


async def test_motion_follows_the_camera_when_it_opens() -> None:
    stage = Stage()
    await stage.motion.use_camera()
    assert [status.camera for status in stage.seen] == [DeviceState.OPENING, DeviceState.OPEN]
    assert stage.tracker.camera is stage.cameras[0]


async def test_poll_feeds_the_pipeline_when_a_face_was_seen() -> None:
    stage = Stage()
    await stage.motion.use_camera()
    assert not stage.motion.poll(0.0)
    for step in range(40):
        time_ms = step * 33.0
        stage.tracker.next = Sighting(time_ms, time_ms + 20.0, face(0.9, time_ms))
        assert stage.motion.poll(time_ms + 20.0)
    params = stage.motion.sample(39 * 33.0 + 21.0)
    assert params.tracked
    assert params.blendshapes[Blendshape.JAW_OPEN] > 0.5
    assert stage.motion.tracking.rate(1310.0) == pytest.approx(1000 / 33, rel=0.02)
    assert stage.motion.tracking_ms.median == 20.0


async def test_poll_says_no_face_when_the_frame_shows_none() -> None:
    stage = Stage()
    await stage.motion.use_camera()
    stage.tracker.next = Sighting(0.0, 20.0, face(0.1, 0.0))
    stage.motion.poll(20.0)
    assert stage.motion.face_found
    stage.tracker.next = Sighting(33.0, 53.0, None)
    stage.motion.poll(53.0)
    assert not stage.motion.face_found


@pytest.mark.parametrize("code", ["camera-missing", "camera-refused", "camera-busy"])
async def test_motion_goes_on_idle_when_the_camera_is_refused(code: str) -> None:
    stage = Stage()
    stage.refusal = code
    await stage.motion.use_camera()
    assert stage.motion.status == FaceSourceStatus(DeviceState.OFF, demo=False, problem=code)
    assert not stage.motion.sample(100.0).tracked


async def test_motion_forgets_the_problem_when_the_camera_opens_after_all() -> None:
    stage = Stage()
    stage.refusal = "camera-busy"
    await stage.motion.use_camera()
    stage.refusal = None
    await stage.motion.use_camera()
    assert stage.motion.status == FaceSourceStatus(DeviceState.OPEN, demo=False, problem=None)


async def test_open_camera_gives_place_to_another_and_a_closed_one_stays_closed() -> None:
    stage = Stage()
    await stage.motion.reopen()
    assert stage.cameras == []
    await stage.motion.use_camera()
    await stage.motion.reopen()
    assert [camera.open for camera in stage.cameras] == [False, True]
    assert stage.tracker.camera is stage.cameras[1]
    assert stage.motion.status == FaceSourceStatus(DeviceState.OPEN, demo=False, problem=None)


async def test_motion_closes_the_camera_when_stopped_while_it_opens() -> None:
    stage = Stage()
    stage.gate.clear()
    opening = asyncio.ensure_future(stage.motion.use_camera())
    await asyncio.sleep(0)
    stage.motion.stop()
    stage.gate.set()
    await opening
    assert not stage.cameras[0].open
    assert stage.tracker.camera is None
    assert stage.motion.status.camera is DeviceState.OFF


async def test_motion_says_so_when_the_platform_takes_the_camera() -> None:
    stage = Stage()
    await stage.motion.use_camera()
    stage.lost[0]()
    assert stage.motion.status == FaceSourceStatus(
        DeviceState.OFF, demo=False, problem="camera-lost"
    )
    assert not stage.cameras[0].open


async def test_demo_lets_the_camera_go_when_it_plays() -> None:
    stage = Stage()
    await stage.motion.use_camera()
    stage.motion.use_demo()
    assert not stage.cameras[0].open
    assert stage.motion.status == FaceSourceStatus(DeviceState.OFF, demo=True, problem=None)


def test_demo_fades_in_and_out_when_switched() -> None:
    stage = Stage()
    assert stage.smile(1000.0) < 0.2
    stage.motion.use_demo()
    rising = [stage.smile(1000.0 + step * DEMO_FADE_MS / 8) for step in range(1, 9)]
    assert all(later > earlier for earlier, later in pairwise(rising))
    assert rising[-1] == pytest.approx(0.8, abs=0.01)
    stage.motion.stop()
    falling = [stage.smile(1000.0 + DEMO_FADE_MS * (1 + step / 8)) for step in range(1, 9)]
    assert max(abs(a - b) for a, b in pairwise(falling)) < 0.2
    assert falling[-1] < 0.2


async def test_demo_is_told_of_when_the_camera_was_refused_before() -> None:
    stage = Stage()
    stage.refusal = "camera-missing"
    await stage.motion.use_camera()
    stage.motion.use_demo()
    assert stage.motion.status == FaceSourceStatus(DeviceState.OFF, demo=True, problem=None)


def test_demo_is_a_problem_when_its_track_is_damaged() -> None:
    stage = Stage()
    stage.track_error = MotionTrackError("cut short")
    stage.motion.use_demo()
    assert stage.motion.status.problem == "bad-motion-track"
    assert not stage.motion.status.demo


async def test_tracker_loads_when_the_person_is_still_being_asked_for_the_camera() -> None:
    stage = Stage()
    stage.gate.clear()
    asking = asyncio.ensure_future(stage.motion.use_camera())
    await asyncio.sleep(0)
    assert stage.tracker.prepared
    assert not stage.cameras
    stage.gate.set()
    await asking


async def test_motion_keeps_one_camera_when_asked_twice() -> None:
    stage = Stage()
    await stage.motion.use_camera()
    await stage.motion.use_camera()
    assert len(stage.cameras) == 1
    assert stage.cameras[0].open
