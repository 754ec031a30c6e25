"""What is completed of a photo: eyes, the place of the teeth, the background."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from tests.unit.core.portrait.portrait_faces import (
    HEIGHT,
    SKIN,
    WIDTH,
    face_points,
    make_rig,
    matte,
)

from persona_core.face import landmarks
from persona_core.portrait.inpaint import blurred, fill, reduced
from persona_core.portrait.plate import plate
from persona_core.portrait.tiles import COUNT, SIDE, Tiles

WHITE, BROWN, TEETH = (230, 226, 222), (96, 60, 40), (240, 236, 225)


def photo(lashes: bool = False) -> np.ndarray:
    """The mean face with painted eyes: a brown iris in a white, cut off by the lids."""
    image = Image.new("RGB", (WIDTH, HEIGHT), SKIN)
    points = face_points()
    draw = ImageDraw.Draw(image)
    for loop, iris in (
        (landmarks.EYE_RIGHT, landmarks.IRIS_RIGHT),
        (landmarks.EYE_LEFT, landmarks.IRIS_LEFT),
    ):
        eye = Image.new("RGB", image.size, WHITE)
        x, y, radius = *points[iris[0], :2], iris_radius(points, iris)
        ImageDraw.Draw(eye).ellipse([x - radius, y - radius, x + radius, y + radius], fill=BROWN)
        mask = Image.new("L", image.size, 0)
        ImageDraw.Draw(mask).polygon([tuple(p) for p in points[loop, :2]], fill=255)
        image.paste(eye, mask=mask)
        if lashes:
            for x, y, _ in points[loop[9:]]:
                draw.line([x, y - 1, x, y - 5], fill=(30, 20, 20), width=1)
    return np.asarray(image)


def iris_radius(points: np.ndarray, iris: np.ndarray) -> float:
    return float(np.linalg.norm(points[iris[[1, 3]], :2] - points[iris[0], :2], axis=1).mean())


def tiles(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(COUNT, SIDE, SIDE, 4) and the look's block."""
    rig = make_rig()
    made = Tiles.of(picture, face_points(), rig.mouth, rig.placement.scale)
    return made.atlas.reshape(SIDE, COUNT, SIDE, 4).transpose(1, 0, 2, 3), made.look


def test_iris_is_whole_and_round_when_lids_hide_a_part() -> None:
    atlas, look = tiles(photo())
    for eye, iris in enumerate((landmarks.IRIS_RIGHT, landmarks.IRIS_LEFT)):
        disc = atlas[2 * eye + 1].astype(int)
        x, y, side, radius = look[eye]
        assert radius == pytest.approx(iris_radius(face_points(), iris), rel=0.01)
        column, row = ((look[3, 2 * eye : 2 * eye + 2] - (x, y)) * SIDE / side).astype(int)
        reach = int(0.6 * radius * SIDE / side)
        for up in (-reach, 0, reach):  # above and below, where the lids were, too
            assert np.abs(disc[row + up, column, :3] - BROWN).max() < 25
            assert disc[row + up, column, 3] > 240
        assert disc[2, 2, 3] == 0


def test_white_goes_on_under_the_iris_when_the_gaze_leaves() -> None:
    atlas, look = tiles(photo())
    x, y, side, _ = look[0]
    column, row = ((look[3, :2] - (x, y)) * SIDE / side).astype(int)
    assert np.abs(atlas[0][row, column, :3].astype(int) - WHITE).max() < 30


def test_lids_are_cleared_of_lashes_when_there_are_any() -> None:
    bare, _ = tiles(photo())
    lashed, _ = tiles(photo(lashes=True))
    for lid in (5, 6):
        hidden = lashed[lid][..., 3] > 100
        assert hidden.mean() > 0.002
        assert hidden.mean() > 3.0 * (bare[lid][..., 3] > 100).mean()
        colours = lashed[lid][hidden][:, :3].astype(int)
        assert np.abs(colours.mean(axis=0) - SKIN).max() < 45


def test_teeth_are_the_photos_own_when_its_lips_are_apart() -> None:
    from persona_core.face.face_frame import FacePlacement
    from persona_core.face.residual.landmark_basis import LandmarkBasis
    from persona_core.portrait.mouth import MouthPlane

    points = face_points().copy()
    points[landmarks.LIPS_INNER[1:10], 1] += 9.0  # the lower lip
    placement = FacePlacement.fit(points)
    face = placement.to_face(points)
    mouth = MouthPlane.of(face, LandmarkBasis.load().mean)
    image = Image.fromarray(photo())
    ImageDraw.Draw(image).polygon([tuple(p) for p in points[landmarks.LIPS_INNER, :2]], fill=TEETH)
    made = Tiles.of(np.asarray(image), points, mouth, placement.scale)
    assert made.look[2, 3] == 1.0
    np.testing.assert_allclose(made.look[4, :3] * 255.0, TEETH, atol=12.0)
    assert (made.atlas[:, 4 * SIDE : 5 * SIDE, 3] > 200).mean() > 0.02
    closed, look = tiles(photo())
    assert look[2, 3] == 0.0
    assert closed[4][..., 3].max() == 0


def test_tiles_are_made_when_the_eyes_are_shut() -> None:
    points = face_points().copy()
    for loop in (landmarks.EYE_RIGHT, landmarks.EYE_LEFT):
        points[loop, 1] = points[loop, 1].mean()
    rig = make_rig()
    made = Tiles.of(np.full((HEIGHT, WIDTH, 3), SKIN, np.uint8), points, rig.mouth, 12.0)
    disc = made.atlas.reshape(SIDE, COUNT, SIDE, 4)[:, 1]
    iris = disc[disc[..., 3] > 250][:, :3].astype(int)
    assert len(iris) > 50
    assert iris.mean() < 110  # an iris all the same, not skin


def test_plate_shows_the_background_where_the_person_stands_when_it_is_even() -> None:
    picture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    picture[:] = (20, 90, 200)
    person = np.asarray(Image.fromarray(matte()).resize((WIDTH, HEIGHT), Image.Resampling.NEAREST))
    picture[person > 128] = SKIN
    made = plate(picture, matte())
    behind = made[matte() > 128]
    assert np.abs(behind[:, :3].astype(int) - (20, 90, 200)).max() < 6
    assert behind[:, 3].min() > 180
    assert made[0, 0, 3] == 0


def test_gaps_take_their_surroundings_colour_when_they_are_filled() -> None:
    ramp = np.linspace(0.0, 100.0, 37, dtype=np.float32)
    picture = np.broadcast_to(ramp[None, :, None], (23, 37, 1)).copy()
    seen = np.ones((23, 37), dtype=np.float32)
    seen[8:14, 14:22] = 0.0
    picture[seen == 0.0] = 999.0
    filled = fill(picture, seen)
    np.testing.assert_array_equal(filled[seen == 1.0], picture[seen == 1.0])
    assert np.abs(filled[seen == 0.0][:, 0] - np.tile(ramp[14:22], 6)).max() < 16.0
    assert fill(picture, np.zeros_like(seen)).max() == 0.0


def test_blur_and_reduction_keep_the_mean_when_the_picture_is_even() -> None:
    np.testing.assert_allclose(blurred(np.full((9, 7), 3.0, np.float32), 4), 3.0, atol=1e-5)
    small = reduced(np.full((50, 31, 3), 77, np.uint8), 8, 5)
    assert small.shape == (8, 5, 3)
    np.testing.assert_allclose(small, 77.0)
