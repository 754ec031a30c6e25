"""From pictures to a set: patches where they belong, in the base's light, within the bytes."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from tests.unit.core.portrait.expression_faces import encode, noise, photo, points, webp
from tests.unit.core.portrait.portrait_faces import portrait

from persona_core.errors import PhotoError
from persona_core.face import landmarks
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.expression_mesh import mesh_places, texture_places
from persona_core.portrait.expressions.portrait_set import MAX_SET_BYTES, PortraitSet
from persona_core.portrait.expressions.regions import region_mesh
from persona_core.portrait.making.set_making import (
    PARTS,
    USUAL_BYTES,
    SetPicture,
    colour_match,
    make_set,
    patch_box,
)


def other_person(width: float) -> SetPicture:
    face = points().copy()
    centre = face[:, 0].mean()
    face[:, 0] = centre + (face[:, 0] - centre) * width
    return replace(photo(), landmarks=face)


@pytest.mark.parametrize("region", Region)
def test_patch_box_holds_all_vertices_of_its_region(region):
    face = points(yaw=12.0, jaw_open=0.8)
    box = patch_box(face, region)
    at = mesh_places(face)[region_mesh(region).vertices, :2]
    assert (at > (box.left, box.top)).all()
    assert (at < (box.left + box.width, box.top + box.height)).all()


async def test_patches_show_what_the_picture_has_there():
    pixels = noise(1)
    lips = np.ceil(points(jaw_open=0.6)[landmarks.LIPS_OUTER, :2]).astype(int)
    (left, top), (right, bottom) = lips.min(axis=0), lips.max(axis=0)
    pixels[top:bottom, left:right] = (200, 20, 20)
    made = await make_set(portrait(), noise(0), [photo(pixels=pixels, jaw_open=0.6)], encode)
    [found] = made.expressions
    assert {patch.region for patch in found.patches} == set(Region)
    patch = found.patch(Region.MOUTH)
    image = np.asarray(Image.open(io.BytesIO(patch.image)).convert("RGB"))
    at = texture_places(found, Region.MOUTH)[landmarks.LIPS_INNER]
    column, row = at[:, :2].astype(int).T
    assert image[row, column, 0].min() > 130
    assert image[row, column, 1].max() < 90
    assert at[:, 2].min() == 1.0


async def test_patches_get_the_bases_light():
    dark = noise(2, (95, 75, 65), 6.0)
    gain, offset = colour_match(noise(0), portrait().landmarks, dark, points(), Region.MOUTH)
    assert np.abs(np.array([95, 75, 65]) * gain + offset - (190, 150, 130)).max() < 8
    gain, _ = colour_match(
        noise(0), portrait().landmarks, np.zeros_like(dark), points(), Region.EYE_LEFT
    )
    assert gain.max() <= 1.6


async def test_set_stays_within_its_bytes_and_says_the_same_when_read_again():
    rough = [photo(seed, noise(seed, grain=60.0), jaw_open=seed / 8) for seed in range(8)]
    made = await make_set(portrait(), noise(0), rough, encode)
    data = made.to_file()
    assert len(data) <= USUAL_BYTES
    assert made.expressions
    again = PortraitSet.from_file(data)
    assert [each.to_bytes() for each in again.expressions] == [
        each.to_bytes() for each in made.expressions
    ]


async def test_whole_faces_are_given_up_before_pictures():
    asked: list[int] = []

    async def heavy(pixels, quality):
        asked.append(pixels.shape[0])
        image = webp(pixels, quality)
        return image + bytes(round(pixels.shape[0] * pixels.shape[1] * quality / 6))

    pictures = [photo(seed, jaw_open=seed / 5) for seed in range(5)]
    made = await make_set(portrait(), noise(0), pictures, heavy, 70_000)
    assert len(made.expressions) == 5
    assert {patch.region for patch in made.expressions[0].patches} == set(PARTS)


async def test_last_pictures_are_left_out_where_nothing_else_helps():
    async def endless(pixels, quality):
        return webp(pixels, quality) + bytes(12_000)

    pictures = [photo(seed, jaw_open=seed / 8) for seed in range(8)]
    made = await make_set(portrait(), noise(0), pictures, endless)
    assert 0 < len(made.expressions) < 8
    assert np.allclose(made.expressions[0].landmarks, pictures[0].landmarks, atol=0.1)
    assert len(made.to_file()) <= MAX_SET_BYTES


async def test_picture_of_many_pixels_is_told_in_few():
    large = photo()
    large = SetPicture(
        np.repeat(np.repeat(large.pixels, 8, 0), 8, 1), large.landmarks * 8, large.blendshapes
    )
    made = await make_set(portrait(), noise(0), [large], encode)
    [found] = PortraitSet.from_file(made.to_file()).expressions
    assert np.abs(found.landmarks).max() < 2047
    patch = found.patch(Region.MOUTH)
    at = texture_places(found, Region.MOUTH)[region_mesh(Region.MOUTH).vertices]
    assert (at[:, :2] >= 0).all()
    assert (at[:, :2] <= (patch.width, patch.height)).all()


async def test_somebody_else_is_refused():
    with pytest.raises(PhotoError) as refused:
        await make_set(portrait(), noise(0), [photo(), other_person(1.3)], encode)
    assert refused.value.code == "set-other-person"


async def test_nine_pictures_are_refused():
    with pytest.raises(PhotoError) as refused:
        await make_set(portrait(), noise(0), [photo()] * 9, encode)
    assert refused.value.code == "set-too-many"
