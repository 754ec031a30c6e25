"""Patches: the right square of a face, and inputs that agree with it."""

from __future__ import annotations

import numpy as np
import pytest

from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_models.lite.patch_frame import DESCRIBED, PatchFrame, PatchPart
from persona_models.lite.patch_inputs import FINE, INSIDE, PLANES, patch_inputs, patch_truth

SIZE = 256


@pytest.fixture
def face():
    """The canonical face in the middle of a picture, eyes and lips a little open."""
    placement = FacePlacement(8.0, np.eye(3), np.array([128.0, 128.0, 0.0]))
    points = landmarks.canonical_points().copy()
    points[landmarks.LIPS_INNER[1:10], 1] -= 0.6
    return placement.to_image(points)


@pytest.fixture
def picture():
    """Smooth, so that sampling it twice changes nothing much, and different everywhere."""
    row, column = np.mgrid[:SIZE, :SIZE]
    waves = [128 + 100 * np.sin(row / 17 + k) * np.cos(column / 23 - k) for k in range(3)]
    return np.stack(waves, axis=2).astype(np.uint8)


def turned(points, angle):
    cos, sin = np.cos(angle), np.sin(angle)
    middle = np.array([128.0, 128.0, 0.0], dtype=np.float32)
    about = points - middle
    spun = about @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]], dtype=np.float32)
    return (spun + middle).astype(np.float32)


@pytest.mark.parametrize("part", list(PatchPart))
def test_patch_is_level_when_the_head_is_tilted(face, part):
    frames = [PatchFrame.of(part, points, 64) for points in (face, turned(face, 0.5))]
    straight, tilted = (
        frame.to_patch(points)
        for frame, points in zip(frames, (face, turned(face, 0.5)), strict=True)
    )
    assert tilted[DESCRIBED[part]] == pytest.approx(straight[DESCRIBED[part]], abs=0.3)
    assert straight[DESCRIBED[part]].min() > 4.0
    assert straight[DESCRIBED[part]].max() < 60.0


def test_places_undo_the_way_into_the_patch(face):
    frame = PatchFrame.of(PatchPart.MOUTH, turned(face, -0.3), 96)
    back = frame.to_patch(frame.places())
    column, row = np.meshgrid(np.arange(96), np.arange(96))
    assert back == pytest.approx(np.stack([column, row], axis=-1), abs=1e-2)


def test_left_eye_is_the_right_one_when_the_picture_is_mirrored(face, picture):
    mirrored = face[landmarks.mirror_order()].copy()
    mirrored[:, 0] = SIZE - 1 - mirrored[:, 0]
    right = patch_inputs(PatchPart.EYE_RIGHT, picture, face, face, 48)
    left = patch_inputs(PatchPart.EYE_LEFT, picture[:, ::-1].copy(), mirrored, mirrored, 48)
    assert left.vector == pytest.approx(right.vector, abs=0.02)
    assert np.abs(left.planes - right.planes).mean() < 0.01


@pytest.mark.parametrize("part", list(PatchPart))
def test_warp_is_the_photo_when_nothing_moves(face, picture, part):
    seen = patch_inputs(part, picture, face, face, 64)
    assert seen.planes.shape == (PLANES, 64, 64)
    assert seen.planes[:3] == pytest.approx(seen.planes[3:6], abs=0.03)
    assert seen.planes[:3] == pytest.approx(patch_truth(picture, seen.frame), abs=0.03)
    half = len(seen.vector) // 2
    assert seen.vector[:half] == pytest.approx(seen.vector[half:], abs=1e-6)
    assert (
        0.0 < seen.planes[INSIDE].mean() < seen.planes[FINE].mean() or part is not PatchPart.MOUTH
    )
    assert seen.planes[INSIDE].sum() > 10.0


def test_masks_tell_what_opened_when_the_mouth_moves(face, picture):
    wide = face.copy()
    wide[landmarks.LIPS_INNER[1:10], 1] += 10.0
    wide[landmarks.LIPS_OUTER[1:10], 1] += 10.0
    seen = patch_inputs(PatchPart.MOUTH, picture, face, wide, 64)
    moved, _, warped, before, _ = seen.planes[INSIDE:]
    assert moved.sum() > 2.0 * before.sum()
    assert warped.sum() == pytest.approx(moved.sum(), rel=0.25)
