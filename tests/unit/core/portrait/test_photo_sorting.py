"""Dropped photos are sorted by themselves, and what is refused says why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.core.portrait.expression_faces import noise, photo, points

from persona_core.errors import PhotoError
from persona_core.face import landmarks
from persona_core.portrait.inpaint import blurred
from persona_core.portrait.making.photo_sorting import sort_photos
from persona_core.portrait.making.set_making import SetPicture
from persona_core.portrait.rims import AROUND


def code_of(*photos: SetPicture) -> str:
    """Of the last of some photos beside a good one."""
    found = sort_photos([photo(), *photos])
    return found.refused.get(len(photos), "")


def blobs(pixels, spots, size, colour):
    """The picture with discs about some points."""
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    for x, y in spots:
        pixels[(columns - x) ** 2 + (rows - y) ** 2 < size**2] = colour
    return pixels


def test_calmest_becomes_the_base_and_the_furthest_comes_next():
    found = sort_photos(
        [photo(1, mouth_smile=0.3), photo(2, jaw_open=1.0), photo(3), photo(4, jaw_open=0.3)]
    )
    assert found.base == 2
    assert found.others[0] == 1
    assert sorted(found.others) == [0, 1, 3]
    assert not found.refused


def test_child_is_taken_as_an_adult_is():
    """Large eyes, and little of the face below them."""
    shown = [child(photo(1, jaw_open=0.6)), child(photo(2)), child(photo(3, eye_blink=1.0))]
    found = sort_photos(shown)
    assert (found.base, found.refused) == (1, {})
    assert sorted(found.others) == [0, 2]


def child(adult):
    """A photo of the same face with a child's proportions."""
    face = adult.landmarks.copy()
    nose = face[1, 1]
    low = face[:, 1] > nose
    face[low, 1] = nose + 0.8 * (face[low, 1] - nose)
    rims = (landmarks.EYE_RIGHT, landmarks.EYE_LEFT)
    irises = (landmarks.IRIS_RIGHT, landmarks.IRIS_LEFT)
    for parts in zip(AROUND, rims, irises, strict=True):
        of_eye = np.concatenate(parts)
        middle = face[of_eye, :2].mean(axis=0)
        face[of_eye, :2] = middle + 1.15 * (face[of_eye, :2] - middle)
    return replace(adult, landmarks=face)


def test_same_picture_is_refused_though_it_was_encoded_again():
    again = photo(5, jaw_open=0.5)
    noisy = np.clip(again.pixels.astype(int) + 2, 0, 255).astype(np.uint8)
    assert code_of(again, replace(again, pixels=noisy)) == "set-same-picture"


def test_same_expression_in_another_light_is_kept():
    assert code_of(photo(5, jaw_open=0.5), photo(6, jaw_open=0.6)) == ""


def test_another_person_is_refused():
    face = points(jaw_open=0.3).copy()
    face[:, 0] = 200 + (face[:, 0] - 200) * 1.3
    assert code_of(replace(photo(2), landmarks=face)) == "set-other-person"


def test_another_person_is_refused_though_theirs_is_the_calmest():
    face = points().copy()
    face[:, 0] = 200 + (face[:, 0] - 200) * 1.3
    stranger = replace(photo(2), landmarks=face)
    found = sort_photos([stranger, photo(1, mouth_smile=0.3), photo(3, jaw_open=0.6)])
    assert found.base == 1
    assert found.refused == {0: "set-other-person"}


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda pixels: np.full_like(pixels, 4), "photo-too-dark"),
        (lambda pixels: np.clip(pixels.astype(int) + 150, 0, 255), "set-too-bright"),
        (lambda pixels: np.full_like(pixels, (190, 150, 130)), "set-drawn"),
        (lambda pixels: pixels.mean(axis=2, keepdims=True).repeat(3, 2), "set-other-colours"),
        (
            lambda pixels: np.stack(
                [blurred(pixels[..., c].astype(np.float32), 12) for c in range(3)], axis=2
            ),
            "set-blurred",
        ),
    ],
)
def test_spoilt_photo_is_refused(spoil, code):
    good = photo(7, jaw_open=0.6)
    bad = spoil(good.pixels).astype(np.uint8)
    assert code_of(replace(good, pixels=bad)) == code


def test_photos_are_kept_though_one_is_as_sharp_as_noise():
    grainy = photo(7, noise(7, grain=12.0))
    found = sort_photos([*(photo(n, softened(n), jaw_open=n / 5) for n in range(4)), grainy])
    assert "set-blurred" not in found.refused.values()


def softened(seed):
    """A picture of a camera of few pixels."""
    return np.stack(
        [blurred(noise(seed)[..., c].astype(np.float32), 3) for c in range(3)], axis=2
    ).astype(np.uint8)


def test_dark_glasses_are_refused():
    face = points(mouth_smile=0.5)
    spots = [face[loop, :2].mean(axis=0) for loop in AROUND]
    dark = blobs(noise(8), spots, 34, (18, 16, 15))
    assert code_of(replace(photo(), landmarks=face, pixels=dark)) == "set-eyes-hidden"


def lipped(seed, colour=(150, 90, 85), **named):
    """A photo with lips of a colour."""
    face = points(**named)
    pixels = noise(seed)
    row, column = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
    (left, top), (right, low) = (
        edge(face[landmarks.LIPS_OUTER, :2], axis=0) for edge in (np.min, np.max)
    )
    pixels[(row > top) & (row < low) & (column > left) & (column < right)] = colour
    return replace(photo(seed, pixels, **named), landmarks=face)


def test_hand_before_the_mouth_is_refused_where_the_others_show_lips():
    red = [lipped(n, jaw_open=n / 10) for n in range(3)]
    hidden = photo(8, jaw_open=0.5)
    assert sort_photos([*red, hidden]).refused == {3: "set-mouth-hidden"}
    pale = [photo(n, jaw_open=n / 5) for n in range(4)]
    assert sort_photos(pale).refused == {}


def test_lying_landmarks_are_refused():
    for broken in (np.full((478, 3), np.nan, np.float32), np.ones((478, 3), np.float32)):
        assert code_of(replace(photo(), landmarks=broken)) == "photo-no-face"
    outside = points(jaw_open=0.5) + np.float32(5000.0)
    sort_photos([photo(), replace(photo(9), landmarks=outside)])  # nothing is raised


def test_ninth_further_picture_is_one_too_many():
    many = [photo(n, jaw_open=n / 10) for n in range(10)]
    found = sort_photos([photo(20), *many])
    assert len(found.others) == 8
    assert set(found.refused.values()) <= {"set-too-many", "set-same-picture"}


@pytest.mark.parametrize(
    ("photos", "code"),
    [
        ([], "photo-no-face"),
        ([photo(yaw=40.0)], "photo-profile"),
        ([photo(pixels=np.zeros_like(noise(0)))], "photo-too-dark"),
    ],
)
def test_no_base_is_an_error(photos, code):
    with pytest.raises(PhotoError) as refused:
        sort_photos(photos)
    assert refused.value.code == code
