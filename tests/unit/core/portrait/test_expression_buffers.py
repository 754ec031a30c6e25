"""What a painter is given of an expression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.support.portrait_sets import GREEN, expression, plain
from tests.unit.core.portrait.portrait_faces import portrait

from persona_core.face import landmarks
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.expressions.expression_buffers import (
    SIDES,
    PatchBuffers,
    masks,
    region_buffers,
    within,
)
from persona_core.portrait.expressions.expression_mesh import texture_places
from persona_core.portrait.expressions.regions import region_mesh
from persona_core.portrait.rims import LOOPS
from persona_core.portrait.topology import topology

OPENINGS = {Region.EYE_RIGHT: 0, Region.EYE_LEFT: 1, Region.MOUTH: 2}


def smiling(pixels: float = 1.0) -> Expression:
    paints = dict.fromkeys(Region, plain(GREEN))
    return expression(portrait(), {"mouth_smile": 0.5, "jaw_open": 0.3}, paints, pixels)


def test_triangles_are_the_regions_with_those_across_its_opening_last() -> None:
    for region in Region:
        buffers = region_buffers(region)
        wanted = {tuple(each) for each in region_mesh(region).triangles.tolist()}
        assert {tuple(each) for each in buffers.triangles.tolist()} == wanted
    for region, opening in OPENINGS.items():
        buffers = region_buffers(region)
        across = buffers.triangles[-buffers.opening :]
        # As many as a polygon of the refined rim falls into.
        assert len(across) == 2 * len(LOOPS[opening]) - 2
        assert set(LOOPS[opening].tolist()) <= set(across.ravel().tolist())
        assert not set(LOOPS[opening].tolist()) >= set(buffers.triangles[:40].ravel().tolist())


def test_places_say_where_vertices_lie_when_they_are_unpacked() -> None:
    shown = smiling()
    for patch in shown.patches:
        wanted = texture_places(shown, patch.region)
        packed = PatchBuffers.of(shown, patch).places.astype(np.float64) / 32767.0
        vertices = region_mesh(patch.region).vertices
        sides = np.array([patch.width, patch.height])
        gap = np.abs(packed[:, :2] * SIDES * sides - wanted[:, :2])[vertices]
        assert gap.max() < 0.02
        assert np.abs(packed[:, 2] - wanted[:, 2]).max() < 1e-4
        assert (wanted[vertices, 2] > 0.5).any()


def test_masks_are_the_regions_in_steps_of_a_byte() -> None:
    packed = masks()
    assert packed.shape == (topology().vertex_count, len(Region))
    for region in Region:
        assert np.abs(packed[:, region] / 255.0 - region_mesh(region).mask).max() <= 0.5 / 255.0


def test_opening_is_hidden_when_the_patch_shows_all_of_it() -> None:
    whole = smiling(pixels=4.0)
    parts = [patch for patch in whole.patches if patch.region in OPENINGS]
    assert all(PatchBuffers.of(whole, patch).whole for patch in parts)
    mouth = whole.patch(Region.MOUTH)
    assert mouth is not None
    lips = whole.landmarks[landmarks.LIPS_OUTER, 0]
    cut = replace(mouth, left=float(lips.min()))
    assert not PatchBuffers.of(replace(whole, patches=(cut,)), cut).whole


def test_patches_beyond_the_bound_are_left_out() -> None:
    shown = smiling()
    sizes = [patch.width * patch.height for patch in shown.patches]
    assert within(shown, sum(sizes)) is not None
    smaller = within(shown, sum(sizes) - 1)
    assert smaller is not None
    assert len(smaller.patches) == len(sizes) - 1
    assert within(shown, min(sizes) - 1) is None
