"""What tells people apart by their landmarks: how it is fitted, and what the shipped one does."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support import extra_data
from tests.support.photo_albums import face, write_album

from persona_core.face.face_frame import FacePlacement
from persona_core.portrait.making.person_metric import PersonMetric, same_person
from persona_models.data.photo_album import PhotoAlbum
from persona_models.evaluate.set_protocol import accepted_share
from persona_models.faces.tracks import FaceTracks
from persona_models.shipped import person_metric


def clip(seed: int) -> FaceTracks:
    """Somebody with a face of their own, who only shakes a little."""
    draw = np.random.default_rng(seed)
    own = face() * np.array([1.0, draw.uniform(0.9, 1.1), 1.0])
    count = 12
    points = np.stack([own + draw.normal(0.0, 0.4, own.shape) for _ in range(count)])
    nothing = np.zeros((count, 16), np.float32)
    return FaceTracks(
        *(np.ones(count, np.bool_), np.zeros(count), points.astype(np.float32)),
        *(np.zeros((count, 52), np.float32), nothing, np.full((count, 2), 256, np.int32)),
    )


def test_metric_keeps_people_together_and_others_apart_when_it_is_fitted(tmp_path):
    path = write_album(tmp_path / "album.npz", 40)
    with np.load(path) as file:
        kept = dict(file)
    draw = np.random.default_rng(3)
    shape = (40, 478, 3)
    kept["landmarks"] = kept["landmarks"] * draw.uniform(0.8, 1.2, (40, 1, 3)) + draw.normal(
        0.0, 1.5, shape
    )
    np.savez(path, **kept)
    said: list[str] = []
    clips = {str(seed): clip(seed) for seed in (1, 2, 3)}
    metric = person_metric.make(PhotoAlbum(path), clips, said.append)
    assert metric.axes.shape == (person_metric.AXES, 78)
    first = clips["1"].landmarks
    assert max(metric.unlikeness(first[0], other) for other in first) < 1.5
    broad = first[0] * np.array([1.4, 1.0, 1.0], np.float32)
    assert metric.unlikeness(first[0], broad) > 3.0
    assert len(said) == 2 + len(clips)


def test_metric_is_read_again_as_it_was_written():
    axes = PersonMetric.load().axes
    assert axes.shape == (person_metric.AXES, 78)
    assert person_metric.TARGET.read_bytes()[:2] == b"PK"
    with np.load(person_metric.TARGET) as file:
        assert np.array_equal(file["axes"], axes)


def test_most_strangers_are_told_from_each_other_and_nobody_from_themselves():
    album = PhotoAlbum(extra_data.path(extra_data.PHOTO_ALBUM))
    faces = [album.photo(place).landmarks for place in range(len(album))]
    assert accepted_share(faces) < 0.6
    seen = faces[0]
    placement = FacePlacement.fit(seen)
    assert same_person(seen, placement.to_image(placement.to_face(seen)))


@pytest.mark.parametrize("seed", [1, 2])
def test_person_who_hardly_moves_is_accepted(seed):
    shown = clip(seed).landmarks
    assert all(same_person(shown[0], other) for other in shown)
