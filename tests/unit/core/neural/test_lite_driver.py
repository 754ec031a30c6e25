"""The landmarks that LivePortrait-Lite's nets are told: where the portrait's mesh really is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from tests.support.portraits import canonical_portrait

from persona_core.face import landmarks
from persona_core.face.blendshapes import COUNT, Blendshape
from persona_core.face.params import FaceParams
from persona_core.neural.families.lite_driver import LiteDriver
from persona_core.neural.families.lite_patches import CROP_SIDE, PHOTO, SOURCE, TARGET
from persona_core.neural.manifest.manifest import PhotoCrop
from persona_core.neural.portrait_crop import Square
from persona_core.portrait import layout
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig

Floats = npt.NDArray[np.float32]

CROP = PhotoCrop(2.3, -0.125, 0.3)


@pytest.fixture(scope="module")
def portrait() -> Portrait:
    return canonical_portrait()


@pytest.fixture(scope="module")
def rig(portrait: Portrait) -> PortraitRig:
    return PortraitRig(portrait)


def in_crop(portrait: Portrait, points: Floats) -> Floats:
    square = Square.about(portrait.landmarks, CROP)
    return square.units(points) * CROP_SIDE - np.float32(0.5)


def drawn(rig: PortraitRig, values: Floats) -> Floats:
    """(468, 2): where the vertex shader puts the landmarks of the skin, in the photo's pixels."""
    vectors = values.reshape(-1, 4)
    mesh, skin = rig.mesh, slice(0, landmarks.FACE_COUNT)
    weights = vectors[layout.WEIGHTS : layout.FIXES].reshape(-1)[: len(mesh.moves)]
    moved = np.tensordot(weights, mesh.moves[:, skin, :3].astype(np.float32), 1)
    fixes = vectors[layout.FIXES : layout.RIMS, :3]
    moved += (mesh.pin_weights[skin, :, None] * fixes[mesh.pins[skin]]).sum(axis=1)
    head = vectors[layout.HEAD : layout.HEAD + 3]
    return ((mesh.points[skin, :3] + moved) @ head[:, :3].T + head[:, 3])[:, :2]


def test_landmarks_are_the_photos_when_nothing_moves(portrait: Portrait, rig: PortraitRig) -> None:
    driver = LiteDriver(portrait, rig, CROP)
    values = rig.reenact(portrait.blendshapes, rig.placement)
    source = driver.settle(np.zeros((256, 256, 3), np.uint8))[SOURCE]
    assert driver.landmarks(values) == pytest.approx(source, abs=0.02)
    assert source[:, :2] == pytest.approx(in_crop(portrait, portrait.landmarks), abs=1e-3)


def test_landmarks_are_where_the_mesh_is_drawn_when_a_face_moves(
    portrait: Portrait, rig: PortraitRig
) -> None:
    shapes = np.zeros(COUNT, np.float32)
    for shape in (Blendshape.JAW_OPEN, Blendshape.EYE_BLINK_LEFT, Blendshape.MOUTH_SMILE_RIGHT):
        shapes[shape] = 0.8
    turned = np.array([0.985, 0.1, 0.12, -0.07], np.float32)
    values = rig.pose(FaceParams(0.0, shapes, turned / np.linalg.norm(turned)), 0.0)
    told = LiteDriver(portrait, rig, CROP).parameters(values)[TARGET]
    shown = in_crop(portrait, drawn(rig, values))
    assert np.abs(shown - in_crop(portrait, portrait.landmarks)[:468]).max() > 10.0
    assert told[: landmarks.FACE_COUNT, :2] == pytest.approx(shown, abs=0.1)


def test_photo_is_cut_to_what_the_nets_see(portrait: Portrait, rig: PortraitRig) -> None:
    photo = np.zeros((portrait.height, portrait.width, 3), np.uint8)
    nose = portrait.landmarks[4, :2].astype(int)
    photo[nose[1] - 3 : nose[1] + 4, nose[0] - 3 : nose[0] + 4] = 255
    settled = LiteDriver(portrait, rig, CROP).settle(photo)
    planes = settled[PHOTO]
    assert planes.shape == (1, 3, CROP_SIDE, CROP_SIDE)
    column, row = settled[SOURCE][4, :2].round().astype(int)
    assert planes[0, :, row, column] == pytest.approx(1.0)
    assert planes[0, :, row, column + 20] == pytest.approx(0.0)
