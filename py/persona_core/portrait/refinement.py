"""One round of smooth subdivision of a triangle mesh, as sums that any per-vertex value takes.

A mesh bent by few points shows its facets. Splitting every triangle in four, with the new points
on a smooth surface through the old ones, hides them. The scheme interpolates: what the old
points do is kept exactly. Inner edges use the butterfly stencil (N. Dyn, D. Levin, J. Gregory,
"A butterfly subdivision scheme for surface interpolation with tension control", 1990), edges of
a hole or of the outline the four-point scheme along the border (N. Dyn, D. Levin, J. Gregory, "A
4-point interpolatory subdivision scheme for curve design", 1987).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats, Indices

TENSION: Final = 1.0 / 16.0
"""The weight that makes both schemes reproduce cubics."""
_STENCIL: Final = 8


@dataclass(frozen=True, eq=False)
class Refinement:
    """How a finer mesh comes from a coarse one.

    Attributes:
        triangles: (4 m, 3) of the finer mesh; the coarse vertices keep their numbers.
        sources: (e, 8) coarse vertices that a new vertex is made of; unused places repeat one.
        weights: (e, 8) their shares; each row sums to 1.
        midpoints: the number of the new vertex between two joined coarse ones (a < b).
    """

    triangles: Indices
    sources: Indices
    weights: Floats
    midpoints: dict[tuple[int, int], int]

    @classmethod
    def of(cls, triangles: Indices, count: int) -> Refinement:
        """Plans the split of a mesh.

        Args:
            triangles: (m, 3), a manifold: an edge has one triangle, or two.
            count: number of vertices.
        """
        wings: dict[tuple[int, int], list[int]] = {}
        for a, b, c in triangles.tolist():
            for first, second, wing in ((a, b, c), (b, c, a), (c, a, b)):
                wings.setdefault(_edge(first, second), []).append(wing)
        rim: dict[int, list[int]] = {}
        for (a, b), beside in wings.items():
            if len(beside) == 1:
                rim.setdefault(a, []).append(b)
                rim.setdefault(b, []).append(a)
        midpoints = {edge: count + i for i, edge in enumerate(wings)}
        sources = np.zeros((len(wings), _STENCIL), dtype=np.intp)
        weights = np.zeros((len(wings), _STENCIL), dtype=np.float32)
        for row, (edge, beside) in enumerate(wings.items()):
            stencil = _border(edge, rim) if len(beside) == 1 else _butterfly(edge, beside, wings)
            sources[row, : len(stencil)] = [vertex for vertex, _ in stencil]
            weights[row, : len(stencil)] = [weight for _, weight in stencil]
        split = []
        for a, b, c in triangles.tolist():
            ab, bc, ca = (midpoints[_edge(p, q)] for p, q in ((a, b), (b, c), (c, a)))
            split += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        return cls(np.array(split, dtype=np.intp), sources, weights, midpoints)

    def refine(self, values: Floats) -> Floats:
        """Per-vertex values (n, ...) of the coarse mesh, for the finer one (n + e, ...)."""
        fresh = np.zeros((len(self.sources), *values.shape[1:]), dtype=np.float32)
        tail = (1,) * (values.ndim - 1)
        for place in range(_STENCIL):
            fresh += self.weights[:, place].reshape(-1, *tail) * values[self.sources[:, place]]
        return np.concatenate([values, fresh])


def refine_loop(points: Floats) -> Floats:
    """A closed curve's points (n, ...) with one new point after each, as on a mesh's border."""
    before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
    beyond = np.roll(points, -2, axis=0)
    middle = (0.5 + TENSION) * (points + after) - TENSION * (before + beyond)
    both = np.stack([points, middle.astype(np.float32)], axis=1)
    return both.reshape(2 * len(points), *points.shape[1:])


def _edge(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _border(edge: tuple[int, int], rim: dict[int, list[int]]) -> list[tuple[int, float]]:
    a, b = edge
    before = [vertex for vertex in rim[a] if vertex != b]
    after = [vertex for vertex in rim[b] if vertex != a]
    stencil = [(a, 0.5), (b, 0.5)]
    if len(before) == 1 and len(after) == 1:
        stencil = [(a, 0.5 + TENSION), (b, 0.5 + TENSION)]
        stencil += [(before[0], -TENSION), (after[0], -TENSION)]
    return stencil


def _butterfly(
    edge: tuple[int, int], beside: list[int], wings: dict[tuple[int, int], list[int]]
) -> list[tuple[int, float]]:
    a, b = edge
    stencil = [(a, 0.5), (b, 0.5)]
    outer = []
    for wing in beside:
        for end, other in ((a, b), (b, a)):
            far = [vertex for vertex in wings[_edge(end, wing)] if vertex != other]
            if not far:
                return stencil  # next to a border the stencil has no support: a straight edge
            outer.append((far[0], -TENSION))
    return stencil + [(wing, 2.0 * TENSION) for wing in beside] + outer
