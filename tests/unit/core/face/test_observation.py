from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from persona_core.face import landmarks
from persona_core.face.blendshapes import Blendshape
from persona_core.face.observation import (
    ARRAY_LENGTH,
    DETAILED_LENGTH,
    LANDMARK_COUNT,
    FaceObservation,
)


def test_from_array_reads_times_and_shapes_of_a_found_face(flat):
    observation = FaceObservation.from_array(flat(1234.5, {Blendshape.JAW_OPEN: 0.4}))
    assert observation is not None
    assert (observation.time_ms, observation.done_ms) == (1234.5, 1254.5)
    assert observation.blendshapes[Blendshape.JAW_OPEN] == pytest.approx(0.4)
    assert observation.blendshapes.dtype == np.float32


def test_from_array_gives_none_when_no_face_was_found(flat):
    values = flat(0.0)
    values[0] = 0.0
    assert FaceObservation.from_array(values) is None


@pytest.mark.parametrize("faces", [1, 2])
def test_from_array_tells_how_many_faces_are_about_as_near(flat, faces):
    values = flat(0.0)
    values[0] = faces
    observation = FaceObservation.from_array(values)
    assert observation is not None
    assert observation.faces == faces


def test_from_array_clips_shapes_that_leave_the_range(flat):
    observation = FaceObservation.from_array(
        flat(0.0, {Blendshape.JAW_OPEN: 1.2, Blendshape.JAW_LEFT: -0.1})
    )
    assert observation is not None
    assert observation.blendshapes[Blendshape.JAW_OPEN] == 1.0
    assert observation.blendshapes[Blendshape.JAW_LEFT] == 0.0


def test_from_array_gives_none_when_any_number_is_not_finite(flat):
    for index, bad in product(range(1, ARRAY_LENGTH), [np.nan, np.inf]):
        values = flat(0.0)
        values[index] = bad
        assert FaceObservation.from_array(values) is None, (index, bad)


def test_from_array_raises_when_the_layout_is_another():
    with pytest.raises(ValueError, match="71"):
        FaceObservation.from_array(np.zeros(68))


@given(hnp.arrays(np.float64, ARRAY_LENGTH))
def test_from_array_lets_nothing_unusable_through_for_any_numbers(values):
    observation = FaceObservation.from_array(values)
    if observation is not None:
        shapes = observation.blendshapes
        assert np.isfinite(shapes).all()
        assert shapes.min() >= 0.0
        assert shapes.max() <= 1.0


def test_from_array_reads_the_landmarks_when_they_were_posted(flat):
    assert LANDMARK_COUNT == landmarks.COUNT
    points = np.arange(3.0 * LANDMARK_COUNT)
    posted = np.concatenate([flat(5.0, {Blendshape.JAW_OPEN: 0.4}), points])
    assert len(posted) == DETAILED_LENGTH
    observation = FaceObservation.from_array(posted)
    assert observation is not None
    assert observation.blendshapes[Blendshape.JAW_OPEN] == pytest.approx(0.4)
    assert observation.landmarks is not None
    assert observation.landmarks.dtype == np.float32
    assert (observation.landmarks == points.reshape(-1, 3)).all()
    posted[:] = 0.0  # the array is written again for the next face
    assert observation.landmarks[-1, -1] == points[-1]


def test_from_array_has_no_landmarks_when_none_were_posted(flat):
    observation = FaceObservation.from_array(flat(5.0))
    assert observation is not None
    assert observation.landmarks is None


@pytest.mark.parametrize("index", [ARRAY_LENGTH, DETAILED_LENGTH - 1])
def test_from_array_gives_none_when_a_landmark_is_not_finite(flat, index):
    posted = np.concatenate([flat(5.0), np.zeros(3 * LANDMARK_COUNT)])
    posted[index] = np.nan
    assert FaceObservation.from_array(posted) is None
