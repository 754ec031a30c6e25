"""Meshes are split smoothly, and what they were made of is kept."""

from __future__ import annotations

import numpy as np
import pytest

from persona_core.portrait.refinement import Refinement, refine_loop

SIDE = 7


def grid() -> np.ndarray:
    """A square of triangles."""
    at = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    a, b, c, d = (part.ravel() for part in (at[:-1, :-1], at[:-1, 1:], at[1:, :-1], at[1:, 1:]))
    return np.concatenate([np.stack([a, b, d], axis=1), np.stack([a, d, c], axis=1)])


def places() -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float32)


def test_refinement_keeps_the_coarse_vertices_when_it_splits() -> None:
    refinement = Refinement.of(grid(), SIDE * SIDE)
    values = np.random.default_rng(1).normal(size=(SIDE * SIDE, 3, 2)).astype(np.float32)
    fine = refinement.refine(values)
    np.testing.assert_array_equal(fine[: SIDE * SIDE], values)
    assert len(refinement.triangles) == 4 * len(grid())
    assert refinement.triangles.max() == len(fine) - 1


def test_refinement_puts_new_vertices_midway_when_the_mesh_is_even() -> None:
    refinement = Refinement.of(grid(), SIDE * SIDE)
    fine = refinement.refine(places())
    inner = np.abs(places() - 3.0).max(axis=1) < 2.0
    checked = [pair for pair in refinement.midpoints if inner[list(pair)].all()]
    assert len(checked) > 10
    for a, b in checked:
        middle = refinement.midpoints[a, b]
        np.testing.assert_allclose(fine[middle], (fine[a] + fine[b]) / 2, atol=1e-5)


def test_refinement_follows_a_cubic_when_it_is_away_from_the_border() -> None:
    refinement = Refinement.of(grid(), SIDE * SIDE)
    at = places()

    def surface(points: np.ndarray) -> np.ndarray:
        x, y = points[..., 0] - 3.0, points[..., 1] - 3.0
        return (0.1 * x**3 - 0.2 * x * x + y * y).astype(np.float32)

    fine, fine_at = refinement.refine(surface(at)), refinement.refine(at)
    inner = (np.abs(fine_at - 3.0) < 1.6).all(axis=1)
    np.testing.assert_allclose(fine[inner], surface(fine_at)[inner], atol=1e-4)


@pytest.mark.parametrize("triangles", [grid(), grid()[20:]])
def test_refinement_shares_sum_to_one_when_there_are_holes_or_none(triangles: np.ndarray) -> None:
    refinement = Refinement.of(triangles, SIDE * SIDE)
    np.testing.assert_allclose(refinement.weights.sum(axis=1), 1.0, atol=1e-6)


def test_loop_is_refined_like_a_circle_when_it_is_one() -> None:
    angles = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    fine = refine_loop(circle)
    assert fine.shape == (32, 2)
    np.testing.assert_array_equal(fine[::2], circle)
    np.testing.assert_allclose(np.linalg.norm(fine, axis=1), 1.0, atol=2e-3)
