"""The tools under the evaluation: rasteriser, mesh warp, crop and scores."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from persona_core.face import landmarks
from persona_models.evaluate.crop import FaceCrop
from persona_models.evaluate.scores import face_boxes, score
from persona_models.faces.mesh_warp import warp_picture
from persona_models.faces.rasteriser import rasterise, vertex_normals

SIZE = 128


@pytest.fixture(scope="module")
def face():
    """Landmarks of the canonical face in the middle of a small picture."""
    points = landmarks.canonical_points() * np.array([2.5, -2.5, -2.5], dtype=np.float32)
    return points + np.array([64.0, 64.0, 0.0], dtype=np.float32)


@pytest.fixture(scope="module")
def picture():
    """Smooth colours with detail in them."""
    y, x = np.mgrid[:SIZE, :SIZE].astype(float)
    waves = [np.sin(x / 5.0) * np.cos(y / 7.0), np.sin((x + y) / 9.0), np.cos(y / 4.0)]
    return ((np.stack(waves, axis=2) + 1.0) * 127.0).astype(np.uint8)


def test_rasterise_weights_give_each_pixel_its_own_place():
    points = np.array([[2.0, 3.0, 5.0], [40.0, 6.0, 5.0], [10.0, 50.0, 5.0]])
    triangles = np.array([[0, 1, 2]])
    coverage = rasterise(points, triangles, 48, 56)
    places = coverage.interpolate(triangles, points.astype(np.float32))
    y, x = np.nonzero(coverage.triangle == 0)
    area = 0.5 * abs(38.0 * 47.0 - 8.0 * 3.0)
    assert len(x) == pytest.approx(area, rel=0.05)
    assert places[y, x, 0] == pytest.approx(x, abs=1e-3)
    assert places[y, x, 1] == pytest.approx(y, abs=1e-3)
    assert (places[coverage.triangle < 0] == 0.0).all()


def test_rasterise_shows_the_nearer_triangle_whichever_comes_first():
    flat = [[0.0, 0.0], [30.0, 0.0], [0.0, 30.0]]
    points = np.array([[*p, 9.0] for p in flat] + [[*p, 2.0] for p in flat])
    for order in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        seen = rasterise(points, np.array(order), 32, 32).triangle[5, 5]
        assert order[seen] == [3, 4, 5]


def test_rasterise_passes_over_what_is_flat_outside_or_not_a_number():
    points = np.array(
        [[1, 1, 1], [5, 5, 1], [9, 9, 1], [-50, -50, 1], [-40, -50, 1], [-50, -40, 1],
         [np.nan, 1, 1], [9, np.nan, 1], [3, 9, 1]], dtype=float
    )  # fmt: skip
    triangles = np.arange(9).reshape(3, 3)
    assert (rasterise(points, triangles, 16, 16).triangle == -1).all()


def test_vertex_normals_of_a_sphere_point_outwards():
    random = np.random.default_rng(3)
    points = random.normal(size=(400, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    triangles = ConvexHull(points).simplices.copy()
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    inwards = (np.cross(b - a, c - a) * a).sum(axis=1) < 0.0
    triangles[inwards] = triangles[inwards][:, [0, 2, 1]]
    normals = vertex_normals(points.astype(np.float32), triangles.astype(np.int32))
    assert ((normals * points).sum(axis=1) > 0.95).all()


def test_warp_changes_nothing_when_nothing_moves(face, picture):
    warped = warp_picture(picture, face, face).astype(int)
    assert np.abs(warped - picture).max() <= 1


def test_warp_carries_the_face_but_not_the_frame_when_the_head_moves(face, picture):
    moved = face + np.array([4.0, 0.0, 0.0], dtype=np.float32)
    warped = warp_picture(picture, face, moved).astype(int)
    shifted = np.roll(picture, 4, axis=1).astype(int)
    inner = np.s_[50:78, 54:74]
    assert np.abs(warped[inner] - shifted[inner]).max() <= 2
    for edge in (np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]):
        carried = np.abs(shifted[edge] - picture[edge].astype(int)).mean()
        assert np.abs(warped[edge] - picture[edge]).mean() < 0.2 * carried


def test_crop_puts_the_face_where_its_points_say(face, picture):
    crop = FaceCrop.of(face, size=64)
    seen = crop.picture(picture)
    assert seen.shape == (64, 64, 3)
    x, y = crop.points(face)[4, :2]
    assert 0.35 * 64 < x < 0.65 * 64
    assert 0.4 * 64 < y < 0.8 * 64
    back = np.array([x, y]) * crop.side / 64 + (crop.left, crop.top)
    assert back == pytest.approx(face[4, :2], abs=1e-3)


def test_crop_tells_what_was_filmed_when_it_reaches_beyond_the_picture():
    crop = FaceCrop(left=-20.0, top=-10.0, side=100.0, size=50)
    assert crop.inside(60, 200) == (10, 5, 40, 50)
    ramp = np.tile(np.arange(60, dtype=np.uint8)[None, :, None], (200, 1, 3))
    seen = crop.picture(ramp)
    assert (seen[:, :9] == 0).all()
    assert (seen[:, 41:] == 59).all()


def test_score_of_the_truth_is_perfect(face, picture):
    boxes = face_boxes(face, face, (0, 0, SIZE, SIZE), SIZE)
    for found in score(picture, picture, boxes).values():
        assert found.psnr == 100.0
        assert found.ssim == pytest.approx(1.0)
        assert found.l1 == 0.0
        assert found.gradient == pytest.approx(1.0)


def test_score_falls_where_the_picture_is_wrong_and_nowhere_else(face, picture):
    boxes = face_boxes(face, face, (0, 0, SIZE, SIZE), SIZE)
    [(left, top, right, bottom)] = boxes["mouth"]
    worse = picture.copy()
    worse[top:bottom, left:right] = 0
    found = score(worse, picture, boxes)
    assert found["mouth"].psnr < 8.0
    assert found["eyes"].psnr == 100.0
    assert found["mouth"].psnr < found["whole"].psnr < found["eyes"].psnr


def test_psnr_is_that_of_the_definition(picture):
    grey, lighter = np.full_like(picture, 100), np.full_like(picture, 110)
    [found] = score(lighter, grey, {"whole": [(0, 0, SIZE, SIZE)]}).values()
    assert found.psnr == pytest.approx(20.0 * np.log10(255.0 / 10.0), abs=1e-3)
    assert found.l1 == pytest.approx(10.0, abs=1e-3)


def test_boxes_hold_a_mouth_in_both_of_its_places(face):
    moved = face + np.array([10.0, 5.0, 0.0], dtype=np.float32)
    [(left, top, right, bottom)] = face_boxes(face, moved, (0, 0, SIZE, SIZE), SIZE)["mouth"]
    lips = np.concatenate([face[landmarks.LIPS_OUTER, :2], moved[landmarks.LIPS_OUTER, :2]])
    assert left < lips[:, 0].min()
    assert right > lips[:, 0].max()
    assert top < lips[:, 1].min()
    assert bottom > lips[:, 1].max()
