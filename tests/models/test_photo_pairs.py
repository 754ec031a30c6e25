"""Photographs to learn from: read, closed by warp, and looking elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support import extra_data
from tests.support.photo_albums import TEETH, face, portrait, write_album

from persona_core.face import blendshapes, landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_models.data.closing import LIDS, LIPS, closed, gap
from persona_models.data.gaze import moved_irises
from persona_models.data.photo_album import Photo, PhotoAlbum, PhotoAlbumError
from persona_models.data.photo_pairs import bend, closed_pair, photo_pair, shows_teeth
from persona_models.faces.mesh_warp import warp_picture
from persona_models.faces.sampling import filled

SIZE = 256


@pytest.fixture
def photo():
    points = face()
    return Photo("one", portrait(points), points, np.zeros(52, np.float32))


def in_face(points):
    return FacePlacement.fit(points).to_face(points)


def test_album_holds_out_every_tenth_by_name(tmp_path):
    album = PhotoAlbum(write_album(tmp_path / "album.npz", 21))
    assert [photo.name for photo in album.held_out_photos()] == [
        "0001.jpg",
        "0011.jpg",
        "0021.jpg",
    ]
    assert len(album.training()) == 18
    assert not set(album.training()) & set(album.held_out())


def test_album_gives_each_name_its_own_picture(tmp_path):
    album = PhotoAlbum(write_album(tmp_path / "album.npz", 5))
    means = [float(album.photo(place).picture.mean()) for place in range(5)]
    # The pictures grow lighter in the order of the file, which is not that of the names.
    assert np.diff(means) == pytest.approx([-1.0] * 4, abs=0.3)


def test_album_gives_no_colour_of_black_and_white(tmp_path):
    album = PhotoAlbum(write_album(tmp_path / "album.npz", 2, grey={0}))
    assert np.ptp(album.photo(0).picture, axis=2).max() > 60
    assert np.ptp(album.photo(1).picture, axis=2).max() == 0


def test_album_is_refused_when_it_is_none(tmp_path):
    whole = dict(np.load(write_album(tmp_path / "album.npz", 3)))
    for number, change in enumerate(
        (
            {"landmarks": whole["landmarks"][:2]},
            {"ends": whole["ends"][:1]},
            {"names": whole["names"][:0]},
        )
    ):
        path = tmp_path / f"{number}.npz"
        np.savez(path, **(whole | change))
        with pytest.raises(PhotoAlbumError, match=str(path)):
            PhotoAlbum(path)
    (tmp_path / "text.npz").write_text("no album")
    with pytest.raises(PhotoAlbumError):
        PhotoAlbum(tmp_path / "text.npz")
    np.savez(tmp_path / "damaged.npz", **(whole | {"jpegs": np.zeros_like(whole["jpegs"])}))
    with pytest.raises(PhotoAlbumError, match="decoded"):
        PhotoAlbum(tmp_path / "damaged.npz").photo(0)


def test_mirrored_photo_has_its_landmarks_where_its_picture_shows_them(photo):
    photo.blendshapes[blendshapes.Blendshape.MOUTH_SMILE_LEFT] = 1.0
    other = photo.mirrored()
    assert other.blendshapes[blendshapes.Blendshape.MOUTH_SMILE_RIGHT] == 1.0
    for points, picture in ((photo.landmarks, photo.picture), (other.landmarks, other.picture)):
        inside = filled(points[landmarks.LIPS_INNER, :2], SIZE, SIZE) > 0.99
        assert picture[inside].mean(axis=0) == pytest.approx(TEETH, abs=6)
    assert other.landmarks[landmarks.EYE_RIGHT[0], 0] < other.landmarks[landmarks.EYE_LEFT[0], 0]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_lips_meet_when_they_are_closed(photo, share):
    before = in_face(photo.landmarks)
    after = closed(before, LIPS, 1.0, share)
    assert gap(before, LIPS) > 0.1
    assert gap(after, LIPS) == pytest.approx(0.0, abs=1e-4)
    lower, upper = LIPS.sides
    moved = after - before
    assert moved[lower, 1].min() >= -1e-6
    assert moved[upper, 1].max() <= 1e-6
    # The chin follows the lower lip, nose and eyes follow nothing.
    chin = 152
    assert 0.0 <= moved[chin, 1] <= moved[lower, 1].max()
    assert (moved[chin, 1] > 0.05) == (share > 0.0)
    still = np.concatenate([landmarks.EYE_RIGHT, landmarks.EYE_LEFT, [1, 168]])
    assert np.abs(moved[still]).max() < 0.02


def test_lids_meet_when_they_are_closed_and_irises_stay(photo):
    before = in_face(photo.landmarks)
    after = before
    for lids in LIDS:
        assert gap(before, lids) > 0.1
        after = closed(after, lids, 1.0, 0.2)
    assert max(gap(after, lids) for lids in LIDS) == pytest.approx(0.0, abs=1e-3)
    irises = slice(landmarks.FACE_COUNT, None)
    assert np.array_equal(after[irises], before[irises])
    assert np.abs((after - before)[landmarks.LIPS_OUTER]).max() < 0.02


def test_teeth_are_gone_when_closed_lips_are_opened_by_warp(photo):
    pair = closed_pair(photo, LandmarkBasis.load())
    assert np.array_equal(pair.goal, photo.picture)
    assert np.array_equal(pair.target, photo.landmarks)
    inside = filled(photo.landmarks[landmarks.LIPS_INNER, :2], SIZE, SIZE) > 0.99
    opened = warp_picture(pair.photo, pair.source, pair.target)
    assert photo.picture[inside][:, 1].mean() > 220  # teeth
    assert opened[inside][:, 1].mean() < 130  # lips
    outside = filled(photo.landmarks[landmarks.LIPS_OUTER, :2], SIZE, SIZE) == 0.0
    assert np.abs(opened[outside].astype(int) - photo.picture[outside]).mean() < 3.0


def test_photo_is_the_goal_of_every_pair_and_each_pair_another(photo):
    basis, random = LandmarkBasis.load(), np.random.default_rng(2)
    pairs = [photo_pair(photo, basis, random) for _ in range(8)]
    for pair in pairs:
        assert any(np.array_equal(pair.goal, each.picture) for each in (photo, photo.mirrored()))
        assert pair.photo.shape == (SIZE, SIZE, 3)
        assert np.isfinite(pair.source).all()
    sources = [pair.source.tobytes() for pair in pairs]
    assert len(set(sources)) == len(pairs)
    assert any(gap(in_face(pair.source), LIPS) < 0.01 for pair in pairs)


def test_irises_move_within_the_lids_when_the_gaze_does(photo):
    shift = np.array([4.0, 0.0], np.float32)
    picture, points = moved_irises(photo.picture, photo.landmarks, shift)
    iris = landmarks.IRIS_RIGHT
    assert points[iris, :2] == pytest.approx(photo.landmarks[iris, :2] + shift)
    x, y = np.rint(points[iris[0], :2]).astype(int)
    assert picture[y, x].mean() < 80  # the iris is where its landmarks say
    outside = sum(filled(points[lids, :2], SIZE, SIZE) for lids, _ in _eyes()) == 0.0
    assert np.array_equal(picture[outside], photo.picture[outside])
    same, there = moved_irises(photo.picture, photo.landmarks, np.zeros(2, np.float32))
    assert np.abs(same.astype(int) - photo.picture).max() <= 1
    assert np.array_equal(there, photo.landmarks)


def _eyes():
    return (
        (landmarks.EYE_RIGHT, landmarks.IRIS_RIGHT),
        (landmarks.EYE_LEFT, landmarks.IRIS_LEFT),
    )


def test_bent_picture_stays_in_its_place_and_sharper_than_by_the_plain_warp(photo):
    random = np.random.default_rng(1)
    fine = random.integers(0, 255, (SIZE, SIZE, 3)).astype(np.uint8)
    moved = photo.landmarks + np.array([0.5, 0.5, 0.0], np.float32)
    plain, ours = (each(fine, photo.landmarks, moved) for each in (warp_picture, bend))
    middle = np.s_[110:150, 110:150]
    assert ours[middle].std() > 1.1 * plain[middle].std()
    again = bend(photo.picture, photo.landmarks, photo.landmarks)
    assert np.abs(again.astype(int) - photo.picture)[middle].mean() < 2.0


def test_only_parted_lips_show_teeth():
    for apart, shown in ((0.0, False), (0.2, False), (1.0, True)):
        points = face(apart)
        assert shows_teeth(Photo("", portrait(points), points, np.zeros(52))) is shown


def test_real_photographs_close_and_open(tmp_path):
    album = PhotoAlbum(extra_data.path(extra_data.PHOTO_ALBUM))
    assert len(album) > 900
    photo = album.photo(album.held_out()[1])
    assert photo.picture.shape == (SIZE, SIZE, 3)
    pair = closed_pair(photo, LandmarkBasis.load())
    assert gap(in_face(pair.source), LIPS) < 0.01
