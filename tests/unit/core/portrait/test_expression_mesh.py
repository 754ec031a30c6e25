"""Where a picture is looked at for each vertex, and which vertices a region has."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.core.portrait.expression_faces import expression, points
from tests.unit.core.portrait.portrait_faces import make_rig, portrait

from persona_core.face import landmarks
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.expression_mesh import facing, mesh_places, texture_places
from persona_core.portrait.expressions.regions import MEASURED, OPENINGS, region_mesh
from persona_core.portrait.rims import LOOPS
from persona_core.portrait.topology import LIDS_START, RINGS_START, topology


def test_places_are_those_of_the_portraits_own_mesh_on_the_skin():
    ours, mesh = mesh_places(portrait().landmarks), make_rig().mesh
    skin = np.r_[0 : landmarks.FACE_COUNT, LIDS_START:RINGS_START]
    assert np.abs(ours[skin, :2] - mesh.pixels[skin, :2]).max() < 1e-3
    apart = np.abs(ours[:, :2] - mesh.pixels[:, :2]).max(axis=1)
    for region in Region:
        mask = region_mesh(region).mask
        assert apart[mask > 0.6].max() < 1e-3
        assert apart[mask > 0.0].max() < 1.5  # at the oval, where the rings are only guessed


@pytest.mark.parametrize("region", Region)
def test_texture_places_lie_in_the_patch_and_are_trusted(region):
    picture = expression(region, jaw_open=0.5)
    patch = picture.patch(region)
    assert patch is not None
    at = texture_places(picture, region)[region_mesh(region).vertices]
    assert (at[:, :2] >= 0).all()
    assert (at[:, :2] <= (patch.width, patch.height)).all()
    inner = region_mesh(region).mask[region_mesh(region).vertices] == 1.0
    if region is not Region.FACE:
        assert at[inner, 2].min() > 0.6


def test_nothing_is_trusted_where_a_picture_has_no_such_patch():
    assert not texture_places(expression(Region.MOUTH), Region.EYE_LEFT).any()


def test_the_far_cheek_is_not_trusted_in_a_turned_picture():
    trust = facing(points(yaw=40.0))
    right, left = trust[234], trust[454]
    assert min(right, left) < 0.05
    assert trust[landmarks.LIPS_OUTER].max() == 1.0


@pytest.mark.parametrize("region", Region)
def test_region_fades_to_nothing_at_the_border_of_its_triangles(region):
    mesh = region_mesh(region)
    assert mesh.mask.min() == 0.0
    assert mesh.mask.max() == 1.0
    assert not mesh.mask[np.setdiff1d(np.arange(len(mesh.mask)), mesh.vertices)].any()
    edges = np.sort(mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    found, counts = np.unique(edges, axis=0, return_counts=True)
    assert mesh.mask[found[counts == 1]].max() == 0.0  # no seam
    assert not mesh.mask[RINGS_START : RINGS_START + 11 * 36].any()


def test_openings_are_filled_in_the_region_that_has_them():
    fills = topology().triangles[len(topology().refinement.triangles) :]
    across = {
        number: {tuple(t) for t in fills.tolist() if np.isin(t, loop).any()}
        for number, loop in enumerate(LOOPS)
    }
    for number, region in ((2, Region.MOUTH), (0, Region.EYE_RIGHT), (1, Region.EYE_LEFT)):
        ours = {tuple(t) for t in region_mesh(region).triangles.tolist()}
        assert across[number] <= ours


def test_openings_are_told_by_the_rims_that_lie_opposite():
    face = landmarks.canonical_points()[MEASURED]
    for upper, lower in OPENINGS.values():
        assert np.abs(face[upper, 0] - face[lower, 0]).max() < 0.4
        assert (face[upper, 1] >= face[lower, 1] - 0.05).all()
