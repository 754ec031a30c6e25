"""The mesh of a photo: the photo itself at rest, closed, pinned where it must be."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.core.portrait.portrait_faces import (
    HEIGHT,
    WIDTH,
    face_points,
    make_rig,
    matte,
    params,
    portrait,
    shown,
)

from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.portrait.mesh import PortraitMesh
from persona_core.portrait.rims import LOOPS, PINS
from persona_core.portrait.topology import RING_LENGTH, RINGS_START, topology


def signed_areas(at: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (at[triangles[:, corner]] for corner in range(3))
    u, v = b - a, c - a
    return u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]


def test_topology_is_closed_when_its_edges_are_counted() -> None:
    triangles = topology().triangles.astype(int)
    edges = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    )
    _, counts = np.unique(edges, axis=0, return_counts=True)
    assert set(counts) == {1, 2}
    # Only the outermost ring, twice as fine, has nothing beyond.
    assert (counts == 1).sum() == 2 * RING_LENGTH
    assert len(np.unique(triangles)) == topology().vertex_count < 65536


def test_mesh_covers_the_whole_photo_when_it_is_laid_flat() -> None:
    mesh = make_rig().mesh
    areas = signed_areas(mesh.pixels[:, :2], mesh.triangles.astype(int))
    corners = mesh.pixels[RINGS_START:, :2]
    assert corners.min() < 0
    assert (corners.max(axis=0) > (WIDTH, HEIGHT)).all()
    # Opening fillers lie either way round; everything else faces the viewer.
    assert (np.sign(areas) == np.sign(np.median(areas))).mean() > 0.97


def test_mesh_is_the_photo_when_nothing_moves() -> None:
    rig = make_rig()
    values = rig.reenact(portrait().blendshapes, rig.placement)
    np.testing.assert_allclose(shown(rig, values), rig.mesh.pixels[:, :2], atol=0.05)


@pytest.mark.parametrize(
    "face",
    [params(yaw=60.0), params(pitch=-50.0, roll=70.0), params(JAW_OPEN=1.0, MOUTH_SMILE=1.0)],
)
def test_mesh_stays_put_at_the_frame_when_the_head_moves(face) -> None:
    rig = make_rig()
    at = shown(rig, rig.pose(face, 1234.0))
    outside = (rig.mesh.pixels[:, 0] <= 0.5) | (rig.mesh.pixels[:, 0] >= WIDTH - 0.5)
    outside |= (rig.mesh.pixels[:, 1] <= 0.5) | (rig.mesh.pixels[:, 1] >= HEIGHT - 0.5)
    assert outside.sum() > 2 * RING_LENGTH
    np.testing.assert_allclose(at[outside], rig.mesh.pixels[outside, :2], atol=1.0)


def test_mesh_does_not_fold_when_the_head_turns_as_far_as_it_may() -> None:
    rig = make_rig()
    triangles = rig.mesh.triangles.astype(int)
    flat = signed_areas(rig.mesh.pixels[:, :2], triangles)
    large = np.abs(flat) > 2.0
    for yaw in (-90.0, 90.0):
        turned = signed_areas(shown(rig, rig.pose(params(yaw=yaw), 0.0)), triangles)
        assert (np.sign(turned) != np.sign(flat))[large].mean() < 0.06


def test_mesh_hangs_every_rim_point_on_its_own_pin_when_it_is_built() -> None:
    mesh = make_rig().mesh
    for pin, vertex in enumerate(PINS):
        assert mesh.pins[vertex, 0] == pin
        assert mesh.pin_weights[vertex, 0] == pytest.approx(1.0)
    free = np.setdiff1d(np.arange(468), np.concatenate(LOOPS))
    assert np.abs(mesh.pin_weights[free]).max() == 0.0


def test_hair_follows_the_head_and_shoulders_do_not_when_a_matte_tells_them_apart() -> None:
    points = face_points()
    placement = FacePlacement.fit(points)
    mesh = PortraitMesh.of(points, placement, (WIDTH, HEIGHT), matte(), LandmarkBasis.load())
    at, follow = mesh.pixels[RINGS_START:, :2], mesh.points[RINGS_START:, 3]
    hair = (np.abs(at[:, 0] - 200) < 60) & (at[:, 1] > 70) & (at[:, 1] < 100)
    shoulders = (at[:, 1] > 400) & (at[:, 1] < HEIGHT)
    assert hair.any()
    assert shoulders.any()
    assert follow[hair].min() > 0.9
    assert follow[shoulders].max() < 0.15
    assert (follow >= 0.0).all()
    assert (follow <= 1.0).all()


def test_mesh_is_finite_when_the_face_reaches_the_frame() -> None:
    points = face_points(scale=24.0, at=(WIDTH / 2, HEIGHT / 2))
    placement = FacePlacement.fit(points)
    mesh = PortraitMesh.of(points, placement, (WIDTH, HEIGHT), None, LandmarkBasis.load())
    for values in (mesh.points, mesh.pixels, mesh.moves, mesh.pin_weights):
        assert np.isfinite(values).all()
