"""The fit finds what was planted, and keeps people apart from what their faces do."""

from __future__ import annotations

import numpy as np
import pytest

from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import turn_weights
from persona_models.faces.tracks import FaceTracks
from persona_models.shipped.basis_fit import (
    MotionSource,
    fit_basis,
    fit_motion,
    fit_residual,
    missed,
)

COORDINATES = landmarks.COUNT * 3
FACES = 40
PEOPLE = 10


@pytest.fixture(scope="module")
def planted():
    """Sources that follow a known motion with two more components, and both of these."""
    random = np.random.default_rng(5)
    motion = random.normal(0.0, 1.0, (58, COORDINATES))
    extra = np.linalg.qr(random.normal(size=(COORDINATES, 2)))[0].T * [[30.0], [10.0]]
    sources = []
    for number in range(PEOPLE):
        weights = random.uniform(-1.0, 1.0, (FACES, 58))
        own = random.normal(0.0, 50.0, COORDINATES)
        points = own + weights @ motion + random.normal(size=(FACES, 2)) @ extra
        sources.append(MotionSource(f"person {number}", points, weights))
    return sources, motion, extra


def test_motion_is_found_whoever_shows_it(planted):
    sources, motion, _ = planted
    found = fit_motion(sources, ridge=1e-6)
    assert np.abs(found - motion).mean() < 0.1
    assert np.corrcoef(found.ravel(), motion.ravel())[0, 1] > 0.995


def test_ridge_shrinks_what_was_hardly_seen(planted):
    sources, _, _ = planted
    loose, tight = (np.linalg.norm(fit_motion(sources, ridge)) for ridge in (1e-6, 1e3))
    assert tight < 0.7 * loose


def test_blendshape_that_never_moves_gets_no_displacement(planted):
    sources, _, _ = planted
    still = [MotionSource(s.name, s.points, s.weights * (np.arange(58) != 7)) for s in sources]
    assert not fit_motion(still)[7].any()


def test_residual_holds_the_planted_components_in_order(planted):
    sources, motion, extra = planted
    found = fit_residual(sources, motion, 2)
    for ours, real in zip(found, extra, strict=True):
        alike = ours @ real / np.linalg.norm(ours) / np.linalg.norm(real)
        assert abs(alike) > 0.98
        assert np.linalg.norm(ours) == pytest.approx(np.linalg.norm(real), rel=0.15)


def test_heavier_source_is_missed_less(planted):
    sources, _, _ = planted
    first, *others = sources
    odd = MotionSource(first.name, first.points * 1.5, first.weights)
    light = fit_motion([odd, *others])
    heavy = fit_motion([MotionSource(odd.name, odd.points, odd.weights, 50.0), *others])
    assert np.abs(missed(odd, heavy)).mean() < np.abs(missed(odd, light)).mean()


def test_basis_codes_what_its_sources_do(planted):
    sources, _, _ = planted
    basis = fit_basis(sources, 2)
    source = sources[0]
    neutral = (source.points - source.weights @ fit_motion(sources)).mean(axis=0)
    face = source.points[0].reshape(-1, 3).astype(np.float32)
    shapes = source.weights[0, :52]
    bare = np.zeros((landmarks.COUNT, 3), dtype=np.float32) + neutral.reshape(-1, 3)
    turned = np.tensordot(source.weights[0, 52:], basis.turns, axes=1)
    code = basis.residual_code(face - turned, shapes, bare)
    told = bare + basis.displacement(shapes) + turned
    without, along = (
        np.abs(face - told - extra).mean() for extra in (0.0, basis.residual_shape(code))
    )
    assert along < 0.35 * without


def test_source_takes_only_the_faces_that_were_found():
    placement = FacePlacement(
        12.0, np.array([[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]]), np.ones(3)
    )
    face = landmarks.canonical_points()
    tracks = FaceTracks(
        found=np.array([True, False, True]),
        times_ms=np.zeros(3),
        landmarks=np.stack(
            [placement.to_image(face), np.zeros_like(face), placement.to_image(face)]
        ),
        blendshapes=np.full((3, 52), 0.25, dtype=np.float32),
        matrices=np.zeros((3, 16), dtype=np.float32),
        sizes=np.full((3, 2), 640, dtype=np.int32),
    )
    source = MotionSource.of("someone", tracks)
    assert source.points.shape == (2, COORDINATES)
    assert source.points[0] == pytest.approx(face.ravel(), abs=1e-3)
    assert source.weights[0, :52] == pytest.approx(0.25)
    assert source.weights[0, 52:] == pytest.approx(turn_weights(placement.rotation), abs=1e-4)


def test_tracks_come_back_from_their_file(tmp_path):
    random = np.random.default_rng(1)
    tracks = FaceTracks(
        found=np.array([True, False]),
        times_ms=np.array([0.0, 40.0]),
        landmarks=random.normal(size=(2, 478, 3)).astype(np.float32),
        blendshapes=random.random((2, 52)).astype(np.float32),
        matrices=random.normal(size=(2, 16)).astype(np.float32),
        sizes=np.array([[640, 360]] * 2, dtype=np.int32),
    )
    path = tmp_path / "kept" / "tracks.npz"
    tracks.save(path)
    again = FaceTracks.load(path)
    assert (again.landmarks == tracks.landmarks).all()
    assert (again.rows() == tracks.rows()).all()
    assert again.rows().shape == (2, 71)
    assert len(again[again.found]) == 1
