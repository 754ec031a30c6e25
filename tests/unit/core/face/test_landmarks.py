from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from persona_core.face import landmarks


@pytest.fixture(scope="module")
def points():
    return landmarks.canonical_points()


def edges_of(triangles):
    """How many triangles meet at each edge."""
    corners = triangles.astype(int)
    pairs = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    return Counter(map(tuple, np.sort(pairs, axis=1).tolist()))


def test_loops_lie_where_their_names_say(points):
    x, y, _ = points.T
    left = (landmarks.EYE_LEFT, landmarks.BROW_LEFT, landmarks.IRIS_LEFT)
    right = (landmarks.EYE_RIGHT, landmarks.BROW_RIGHT, landmarks.IRIS_RIGHT)
    assert all((x[loop] > 0.5).all() for loop in left)
    assert all((x[loop] < -0.5).all() for loop in right)
    for eye, brow in (
        (landmarks.EYE_LEFT, landmarks.BROW_LEFT),
        (landmarks.EYE_RIGHT, landmarks.BROW_RIGHT),
    ):
        lower, upper = eye[1:8], eye[9:][::-1]
        assert (y[upper] > y[lower]).all()
        assert abs(x[eye[0]]) > abs(x[eye[8]])
        assert y[brow].min() > y[eye].max()
    assert y[landmarks.LIPS_OUTER].max() < y[landmarks.EYE_LEFT].min()


def test_lip_loops_run_side_by_side(points):
    outer, inner = points[landmarks.LIPS_OUTER], points[landmarks.LIPS_INNER]
    nearest = np.linalg.norm(outer[:, None] - inner, axis=2).argmin(axis=0)
    steps = np.abs(nearest - np.arange(20))
    assert np.minimum(steps, 20 - steps).max() <= 2
    assert np.ptp(inner[:, 0]) < np.ptp(outer[:, 0])


def test_iris_loops_begin_at_the_centre_when_read(points):
    for loop in (landmarks.IRIS_LEFT, landmarks.IRIS_RIGHT):
        centre, *rim = points[loop]
        radii = np.linalg.norm(np.array(rim) - centre, axis=1)
        assert radii == pytest.approx(0.6, abs=0.05)
        assert rim[0][0] > centre[0] > rim[2][0]
        assert rim[1][1] > centre[1] > rim[3][1]


def test_triangles_make_one_sheet_whose_border_is_the_oval():
    meeting = edges_of(landmarks.triangles())
    assert set(meeting.values()) == {1, 2}
    border = {edge for edge, count in meeting.items() if count == 1}
    oval = landmarks.OVAL.tolist()
    around = zip(oval, oval[1:] + oval[:1], strict=True)
    assert border == {(min(edge), max(edge)) for edge in around}
    assert set(landmarks.triangles().ravel().tolist()) == set(range(landmarks.FACE_COUNT))


def test_triangles_face_the_viewer(points):
    a, b, c = (points[landmarks.triangles()[:, corner]] for corner in range(3))
    facing = np.cross(b - a, c - a)[:, 2]
    assert (facing > 0.0).mean() > 0.98  # but for a few at the nostrils


@pytest.mark.parametrize(
    ("loop", "count"),
    [(landmarks.EYE_LEFT, 14), (landmarks.EYE_RIGHT, 14), (landmarks.LIPS_INNER, 18)],
)
def test_filling_is_a_polygon_cut_in_triangles(loop, count):
    chosen = landmarks.triangles()[landmarks.filling(loop)]
    assert len(chosen) == count == len(loop) - 2
    border = {edge for edge, meeting in edges_of(chosen).items() if meeting == 1}
    ring = loop.tolist()
    around = zip(ring, ring[1:] + ring[:1], strict=True)
    assert border == {(min(edge), max(edge)) for edge in around}


def test_mirror_order_swaps_left_and_right(points):
    order = landmarks.mirror_order()
    assert (order[order] == np.arange(landmarks.COUNT)).all()
    assert (order[landmarks.EYE_RIGHT] == landmarks.EYE_LEFT).all()
    assert (order[landmarks.BROW_RIGHT] == landmarks.BROW_LEFT).all()
    assert set(order[landmarks.IRIS_RIGHT]) == set(landmarks.IRIS_LEFT)
    assert set(order[landmarks.STABLE]) == set(landmarks.STABLE)
    mirrored = points[order] * np.array([-1.0, 1.0, 1.0])
    assert np.abs(mirrored - points).max() < 0.05


def test_shared_arrays_refuse_to_be_written():
    for array in (landmarks.OVAL, landmarks.mirror_order()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
