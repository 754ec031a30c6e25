"""A call's frames without a browser around them, every step timed. Run inside Pyodide.

Six people, one a character, are tracked 30 times a second and shown 60 times, each beside a
peer who sends as much. Each step is done for all six and the time divided: that evens out the
characters and makes more of the browser's coarse clock.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.call.remote_peer import RemotePeer
from persona_core.drawn.characters import CHARACTERS, Character
from persona_core.drawn.rig import Rig
from persona_core.face.face_frame import FacePlacement
from persona_core.face.observation import FaceObservation
from persona_core.face.params import FaceParams
from persona_core.face.pipeline import FacePipeline
from persona_core.face.pose import FACE_WIDTH_CM
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.face.residual.residual_reader import ResidualReader
from persona_core.graphics.monitor import PerformanceMonitor
from persona_core.wire.codec import encode_frame
from persona_core.wire.motion_track import load_demo
from persona_web.room.peer_view import PeerView

FRAME_MS = 1000.0 / 60.0
FRAMES_A_FACE = 2
WAY_MS = 25.0
"""From one end to the other."""
WARM_UP_FRAMES = 60
DISTANCE_CM = 50.0

NewArray = Callable[[int], Any]


class Paper:
    """A canvas that takes the values over to JavaScript and draws nothing."""

    def __init__(self, new_array: NewArray) -> None:
        self._new_array = new_array

    def set_program(self, program: Floats, colours: tuple[str, ...], value_count: int) -> None:
        self.values = self._new_array(value_count)

    def draw(self, values: Floats) -> None:
        self.values.assign(values)


class Person:
    """All that one page of a call does in Python, step by step."""

    def __init__(self, character: Character, new_array: NewArray) -> None:
        self.pipeline = FacePipeline()
        self.rigs = Rig(character.style), Rig(character.style)
        self.papers = Paper(new_array), Paper(new_array)
        for rig, paper in zip(self.rigs, self.papers, strict=True):
            paper.set_program(rig.program, rig.colours, rig.value_count)
        self.monitor = PerformanceMonitor()
        self.remote = RemotePeer("peer")
        self.view = PeerView(Paper(new_array), self.remote)
        self.seen: FaceObservation | None = None
        self.face = self.theirs = FaceParams(time_ms=0.0)
        self.wire = b""
        self.values = self.rigs[0].pose(self.face, 0.0), self.rigs[1].pose(self.face, 0.0)

    def read(self, tracked: npt.NDArray[np.float64]) -> None:
        self.seen = FaceObservation.from_array(tracked)

    def observe(self, now_ms: float) -> None:
        self.pipeline.observe(self.seen, now_ms)

    def sample(self, now_ms: float) -> None:
        self.face = self.pipeline.sample(now_ms)

    def pose_own(self, now_ms: float) -> None:
        self.values = self.rigs[0].pose(self.face.mirrored(), now_ms), self.values[1]

    def hand_over(self, which: int) -> None:
        self.papers[which].draw(self.values[which])

    def encode(self, sequence: int) -> None:
        self.wire = encode_frame(self.face, sequence)

    def receive(self, now_ms: float) -> None:
        self.remote.take_frame(self.wire, now_ms)

    def play(self, now_ms: float) -> None:
        self.theirs = self.view.sample(now_ms)

    def monitor_frame(self, now_ms: float) -> None:
        self.monitor.frame(now_ms, 1.0)

    def pose_peer(self, now_ms: float) -> None:
        self.values = self.values[0], self.rigs[1].pose(self.theirs, now_ms)


P = TypeVar("P")


class Stopwatch(Generic[P]):
    """Times by name, in microseconds for one person."""

    def __init__(self, people: list[P]) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.total_us = 0.0
        self._people = people

    def each(self, name: str, step: Callable[[P], object]) -> None:
        """Does one step for everybody."""
        start = time.perf_counter()
        for person in self._people:
            step(person)
        spent_us = (time.perf_counter() - start) * 1e6 / len(self._people)
        self.times[name].append(spent_us)
        self.total_us += spent_us


def measure(new_array: NewArray, frames: int) -> str:
    """JSON of microseconds, one for every time a step was done, by the step's name.

    Args:
        new_array: makes a JavaScript ``Float32Array`` of a length.
        frames: displayed frames to time, after as many as it takes to warm up.
    """
    people = [Person(character, new_array) for character in CHARACTERS]
    watch = Stopwatch(people)
    tracked = list(tracker_arrays())
    for number in range(WARM_UP_FRAMES + frames):
        if number == WARM_UP_FRAMES:
            watch.times.clear()
        show_frame(watch, number, tracked)
    return json.dumps(watch.times | residual_times(tracked, frames))


def residual_times(tracked: list[npt.NDArray[np.float64]], frames: int) -> dict[str, list[float]]:
    """What each new face costs a page more whose person goes as a portrait."""
    person, receiver = ResidualPerson(), RemotePeer("peer")
    watch = Stopwatch([person])
    posted = [np.concatenate([seen, person.landmarks(seen)]) for seen in tracked]
    for number in range(frames):
        if number == frames // 2:  # the rest is known by then
            watch.times.clear()
        send_residual(watch, number, posted[number % len(posted)], receiver)
    return watch.times


def send_residual(
    watch: Stopwatch[ResidualPerson],
    number: int,
    seen: npt.NDArray[np.float64],
    receiver: RemotePeer,
) -> None:
    """One new face on its way."""
    now_ms = 1000.0 + number * FRAME_MS * FRAMES_A_FACE
    seen[1:3] = now_ms - WAY_MS, now_ms
    watch.each("portrait: array with landmarks to observation", lambda person: person.read(seen))
    watch.each("portrait: landmarks to residual", lambda person: person.read_residual(now_ms))
    watch.each("portrait: mirror", lambda person: person.face.mirrored())
    watch.each("portrait: encode", lambda person: person.encode(number))
    watch.each("portrait: decode", lambda person: receiver.take_frame(person.wire, now_ms + WAY_MS))


class ResidualPerson:
    """Someone whose landmarks are those of the basis, a little deformed."""

    def __init__(self) -> None:
        self.basis = LandmarkBasis.load()
        self.reader = ResidualReader(self.basis)
        self.seen: FaceObservation | None = None
        self.face = FaceParams(time_ms=0.0)
        self.wire = b""

    def landmarks(self, seen: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """(1434,) pixels, for a tracker's array without them."""
        shapes = seen[3:55]
        points = self.basis.mean + self.basis.displacement(shapes)
        points = points + 0.5 * float(shapes.sum()) * self.basis.residual[0]
        turn = seen[55:].reshape(4, 4).T[:3, :3]
        at = FacePlacement(12.0, turn, np.array([320.0, 180.0, 0.0]))
        return at.to_image(points).astype(np.float64).reshape(-1)

    def read(self, posted: npt.NDArray[np.float64]) -> None:
        self.seen = FaceObservation.from_array(posted)

    def read_residual(self, now_ms: float) -> None:
        assert self.seen is not None
        assert self.seen.landmarks is not None
        shapes = self.seen.blendshapes
        residual = self.reader.read(now_ms, self.seen.landmarks, shapes)
        self.face = FaceParams(now_ms, blendshapes=shapes, residual=residual)

    def encode(self, sequence: int) -> None:
        self.wire = encode_frame(self.face, sequence)


def show_frame(
    watch: Stopwatch[Person], number: int, tracked: list[npt.NDArray[np.float64]]
) -> None:
    """One displayed frame of a room, for everybody."""
    now_ms = 1000.0 + number * FRAME_MS
    turn, passed = divmod(number, FRAMES_A_FACE)
    is_new = passed == 0
    watch.total_us = 0.0
    if is_new:
        seen = tracked[turn % len(tracked)]
        seen[1:3] = now_ms - WAY_MS, now_ms
        watch.each("tracker's array to observation", lambda person: person.read(seen))
        watch.each("pipeline: observe", lambda person: person.observe(now_ms))
    watch.each("pipeline: sample", lambda person: person.sample(now_ms))
    watch.each("rig: mirror and pose", lambda person: person.pose_own(now_ms))
    watch.each("values to the canvas", lambda person: person.hand_over(0))
    if is_new:
        watch.each("encode", lambda person: person.encode(turn))
        watch.each("decode, into the jitter buffer", lambda person: person.receive(now_ms + WAY_MS))
    news = "with news" if is_new else "without news"
    watch.each(f"out of the jitter buffer, {news}", lambda person: person.play(now_ms + WAY_MS))
    watch.each("rig: pose", lambda person: person.pose_peer(now_ms))
    watch.each("values to the canvas", lambda person: person.hand_over(1))
    watch.each("performance monitor", lambda person: person.monitor_frame(now_ms))
    kind = "room frame with a new face" if is_new else "room frame between faces"
    watch.times[kind].append(watch.total_us)


def tracker_arrays() -> Iterator[npt.NDArray[np.float64]]:
    """The demo motion as the tracker would post it; times are for the caller to set."""
    for face in load_demo().frames:
        matrix = np.eye(4)  # column-major: a row here is a column there
        matrix[:3, :3] = rotation_matrix(face.rotation).T
        matrix[3, :2] = face.translation * FACE_WIDTH_CM
        matrix[3, 2] = -DISTANCE_CM / face.scale
        yield np.concatenate([[1.0, 0.0, 0.0], face.blendshapes, matrix.ravel()])


def rotation_matrix(rotation: Floats) -> npt.NDArray[np.float64]:
    """(3, 3) of a unit quaternion (w, x, y, z)."""
    w, x, y, z = rotation.tolist()
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    matrix: npt.NDArray[np.float64] = np.eye(3) + 2.0 * w * cross + 2.0 * cross @ cross
    return matrix
