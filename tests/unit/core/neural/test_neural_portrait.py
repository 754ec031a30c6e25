"""From a photo to a model's picture: the square about the face, and what bends it afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from tests.support.portraits import SIZE, canonical_portrait

from persona_core.face import landmarks
from persona_core.face.blendshapes import COUNT, Blendshape
from persona_core.face.params import FaceParams
from persona_core.neural.families.liveportrait_driver import KeypointDriver
from persona_core.neural.families.liveportrait_motion import HEADS
from persona_core.neural.manifest.manifest import PhotoCrop
from persona_core.neural.portrait_crop import Square
from persona_core.neural.reprojection import VERTICES, Reprojection

CROP = PhotoCrop(2.3, -0.125, 1.0 / 3.0)


def params(**shapes: float) -> FaceParams:
    values = np.zeros(COUNT, np.float32)
    for name, value in shapes.items():
        values[Blendshape[name]] = value
    return FaceParams(0.0, values)


def rig() -> Reprojection:
    portrait = canonical_portrait()
    return Reprojection(portrait, Square.about(portrait.landmarks, CROP))


def test_square_holds_the_face_in_its_share_and_the_hair_above_it() -> None:
    points = canonical_portrait().landmarks
    square = Square.about(points, CROP)
    inside = square.units(points)
    assert 0.0 < inside.min()
    assert inside.max() < 1.0
    low, high = inside[landmarks.OVAL].min(axis=0), inside[landmarks.OVAL].max(axis=0)
    assert 0.35 < (high - low).max() < 0.6
    assert inside[:, 1].mean() > 0.5, "the face is below the middle: hair needs room"


def test_cut_keeps_a_slope_where_the_photo_is_finer_than_the_model() -> None:
    across = np.linspace(0, 255, SIZE).astype(np.uint8)
    photo = np.zeros((SIZE, SIZE, 4), np.uint8)
    photo[..., 0] = across
    photo[..., 1] = across[:, np.newaxis]
    cut = Square(64.0, 32.0, 128.0).cut(photo, 32, 32)
    assert cut.shape == (1, 3, 32, 32)
    assert cut.dtype == np.float32
    centres = (64.0 + (np.arange(32) + 0.5) * 4.0 - 0.5) / (SIZE - 1)
    assert cut[0, 0, 7] == pytest.approx(centres, abs=0.003)
    assert cut[0, 1, :, 5] == pytest.approx(centres - 32.0 / (SIZE - 1), abs=0.003)
    assert not cut[0, 2].any()


def test_cut_goes_on_with_the_border_where_the_square_leaves_the_photo() -> None:
    photo = np.full((40, 40, 3), 51, np.uint8)
    cut = Square(-100.0, -100.0, 300.0).cut(photo, 16, 16)
    assert cut == pytest.approx(np.full_like(cut, 0.2), abs=1e-6)


def test_mesh_covers_the_square_and_leaves_the_picture_as_it_is_when_nothing_has_moved() -> None:
    mesh, face = rig(), params(JAW_OPEN=0.4)
    bent = mesh.bend(face, face)
    assert bent.shape == (VERTICES, 4)
    assert (bent[:, :2] == bent[:, 2:]).all()
    rim = bent[landmarks.COUNT :, :2]
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    turns = np.roll(rim, -1, axis=0) - rim
    for corner in corners:
        off = corner - rim
        crossed = turns[:, 0] * off[:, 1] - turns[:, 1] * off[:, 0]
        assert (crossed > 0).all() or (crossed < 0).all(), "a corner lies outside of the mesh"
    assert mesh.triangles.max() < VERTICES


def test_mesh_moves_the_jaw_and_not_the_brows_when_the_mouth_opens() -> None:
    bent = rig().bend(params(), params(JAW_OPEN=1.0))
    moved = np.abs(bent[:, :2] - bent[:, 2:]).max(axis=1)
    assert moved[landmarks.LIPS_INNER[5]] > 0.02
    assert moved[landmarks.BROW_LEFT].max() < 0.01
    assert moved[landmarks.COUNT :].max() == 0.0


def test_mesh_starts_from_the_newest_picture() -> None:
    mesh, first, second = rig(), params(), params(JAW_OPEN=1.0)
    mesh.bend(first, second)
    bent = mesh.bend(second, second)
    assert (bent[:, :2] == bent[:, 2:]).all()
    assert bent[:, 2:] == pytest.approx(mesh.points(second))


def test_driver_of_liveportrait_settles_on_the_keypoints_that_the_extractor_sees() -> None:
    driver = KeypointDriver()
    rng = np.random.default_rng(3)
    sizes = {"pitch": 66, "yaw": 66, "roll": 66, "t": 3, "exp": 63, "scale": 1, "kp": 63}
    seen = {name: rng.random(size, np.float32) for name, size in sizes.items()}
    assert set(HEADS) == set(sizes)
    assert driver.settle(seen)["kp_source"].shape == (1, 21, 3)
    still, speaking = (
        driver.parameters(face)["kp_target"] for face in (params(), params(JAW_OPEN=1))
    )
    assert still.shape == (1, 21, 3)
    assert np.abs(still - speaking).max() > 1e-3
