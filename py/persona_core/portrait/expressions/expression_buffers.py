"""What a painter is given of an expression: where every vertex of the mesh lies in its patches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.portrait.expressions.expression import Expression, Patch, Region
from persona_core.portrait.expressions.expression_mesh import texture_places
from persona_core.portrait.expressions.regions import region_mesh
from persona_core.portrait.topology import topology

SIDES: Final = 4.0
"""Of a patch, that a place is told in: 32767 steps for so many, a fiftieth of a pixel of most."""
MAX_PIXELS: Final = 2048 * 2048
"""Of all patches of a set together. Honest ones have a quarter of it; whoever sends more costs a
peer's GPU no more for it."""
_STEPS: Final = 32767.0


@dataclass(frozen=True, slots=True, eq=False)
class RegionBuffers:
    """Attributes:
    triangles: (m, 3) uint16 of the fine mesh; those across the region's opening come last.
    opening: how many of them these are.
    """

    triangles: npt.NDArray[np.uint16]
    opening: int


@cache
def region_buffers(region: Region) -> RegionBuffers:
    """A region's triangles; made once."""
    mesh, whole = region_mesh(region), topology()
    fills = whole.triangles[len(whole.refinement.triangles) :]  # the last, here and there
    opening = int((mesh.mask[fills] > 0.0).any(axis=1).sum())
    return RegionBuffers(np.ascontiguousarray(mesh.triangles), opening)


@cache
def masks() -> npt.NDArray[np.uint8]:
    """(n, 4): how much of each region is seen at every vertex, 255 for all of it."""
    shown = np.stack([region_mesh(region).mask for region in Region], axis=1)
    return np.asarray(np.rint(255.0 * shown), dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class PatchBuffers:
    """Attributes:
    places: (n, 4) int16: x and y of every vertex in the patch, how far the picture is to be
        trusted there, and 0. 32767 is four sides of the patch from its left upper corner, and
        all trust.
    whole: whether it hides all that lies beneath it within its region's opening.
    """

    places: npt.NDArray[np.int16]
    whole: bool

    @classmethod
    def of(cls, expression: Expression, patch: Patch) -> PatchBuffers:
        """Those of one of an expression's patches."""
        places = texture_places(expression, patch.region)
        sides = places[:, :2] / np.array([patch.width, patch.height], dtype=np.float32) / SIDES
        packed = np.zeros((len(places), 4), dtype=np.int16)
        packed[:, :2] = np.rint(np.clip(sides, -1.0, 1.0) * _STEPS)
        packed[:, 2] = np.rint(np.clip(places[:, 2], 0.0, 1.0) * _STEPS)
        region = region_buffers(patch.region)
        inner = np.unique(region.triangles[len(region.triangles) - region.opening :])
        covered = np.minimum(places[inner, 2], region_mesh(patch.region).mask[inner])
        return cls(packed, bool((covered > 0.999).all()))


def within(expression: Expression, pixels: int) -> Expression | None:
    """The expression with as many of its patches as have so many pixels together; None for none."""
    kept = []
    for patch in expression.patches:
        if patch.width * patch.height <= pixels:
            pixels -= patch.width * patch.height
            kept.append(patch)
    return replace(expression, patches=tuple(kept)) if kept else None
