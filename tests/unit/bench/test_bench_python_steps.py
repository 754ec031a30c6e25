"""The script that runs in Pyodide, run here: it follows the product's own steps."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from tools.bench import in_pyodide
from tools.bench.python_steps import TARGETS

from persona_core.drawn.characters import CHARACTERS
from persona_core.face import quaternion
from persona_core.face.observation import FaceObservation
from persona_core.wire.motion_track import load_demo

FRAMES = 8


class Float32Array:
    """What JavaScript's is to Pyodide, as far as drawing goes."""

    def __init__(self, length: int) -> None:
        self.numbers = np.zeros(length, dtype=np.float32)

    def assign(self, values: npt.NDArray[Any]) -> None:
        assert values.dtype == np.float32
        self.numbers[:] = values


@pytest.fixture(scope="module")
def timed() -> dict[str, list[float]]:
    times: dict[str, list[float]] = json.loads(in_pyodide.measure(Float32Array, FRAMES))
    return times


def test_every_step_is_timed_when_frames_are_shown(timed: dict[str, list[float]]) -> None:
    assert all(time > 0.0 for times in timed.values() for time in times)
    counts = {name: len(times) for name, times in timed.items()}
    faces = FRAMES // in_pyodide.FRAMES_A_FACE
    assert counts["encode"] == counts["room frame with a new face"] == faces
    assert counts["rig: pose"] == FRAMES
    assert counts["values to the canvas"] == 2 * FRAMES


def test_targets_belong_to_steps_when_they_are_shown(timed: dict[str, list[float]]) -> None:
    assert TARGETS.keys() <= timed.keys()


def test_tracker_array_holds_the_demo_face_when_it_is_read() -> None:
    for face, array in zip(load_demo().frames, in_pyodide.tracker_arrays(), strict=True):
        seen = FaceObservation.from_array(array)
        assert seen is not None
        np.testing.assert_array_equal(seen.blendshapes, face.blendshapes)
        assert quaternion.angle_between(seen.pose.rotation, face.rotation) < 0.1


def test_faces_reach_the_other_end_when_frames_are_shown() -> None:
    person = in_pyodide.Person(CHARACTERS[0], Float32Array)
    tracked = list(in_pyodide.tracker_arrays())
    watch = in_pyodide.Stopwatch([person])
    for number in range(120):
        in_pyodide.show_frame(watch, number, tracked)
    assert person.remote.stats.frames == 60
    assert person.remote.stats.lost == 0
    assert person.theirs.tracked
    assert person.papers[1].values.numbers.any()
