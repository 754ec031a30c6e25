"""An expression's bytes come from peers and from storage: nothing in them is believed."""

from __future__ import annotations

import io
import math
import struct
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.support.portraits import built_in, expression_of
from tests.unit.core.portrait.portrait_faces import face_points, picture
from tests.unit.core.portrait.portrait_pictures import expressions, plain_patch

from persona_core.errors import PortraitError
from persona_core.face import landmarks
from persona_core.portrait.expressions.expression import (
    CORES,
    MAX_PATCH_SIDE,
    MIN_PATCH_SIDE,
    Expression,
    Patch,
    Region,
)
from persona_core.portrait.file import image_header
from persona_core.portrait.portrait import MAX_BYTES

PATCH = struct.Struct("<BxHH2xfffI")
LANDMARKS_AT = 8 + 52
FIRST_PATCH_AT = LANDMARKS_AT + 478 * 3 * 2


@cache
def smile() -> Expression:
    """Mouth and both eyes of a real face."""
    return expression_of(built_in())


@cache
def smile_bytes() -> bytes:
    return smile().to_bytes()


def refusal(data: bytes) -> str:
    """The code of the refusal."""
    with pytest.raises(PortraitError) as caught:
        Expression.from_bytes(data)
    return caught.value.code


def with_patch(**changes: float) -> bytes:
    """The bytes of :func:`smile` with other words in the head of its first patch."""
    data = bytearray(smile_bytes())
    names = ("region", "width", "height", "left", "top", "pixels", "length")
    words = dict(zip(names, PATCH.unpack_from(data, FIRST_PATCH_AT), strict=True)) | changes
    PATCH.pack_into(data, FIRST_PATCH_AT, *words.values())
    return bytes(data)


@given(expressions())
@settings(max_examples=60, deadline=None)
def test_expression_is_the_same_when_it_went_through_bytes(original: Expression) -> None:
    data = original.to_bytes()
    read = Expression.from_bytes(data)
    np.testing.assert_allclose(read.landmarks, original.landmarks, atol=1 / 32 + 1e-3)
    np.testing.assert_allclose(read.blendshapes, original.blendshapes, atol=1 / 510 + 1e-6)
    assert (read.landmarks.dtype, read.blendshapes.dtype) == (np.float32, np.float32)
    for was, became in zip(original.patches, read.patches, strict=True):
        assert (became.region, became.image) == (was.region, was.image)
        assert (became.width, became.height) == (was.width, was.height)
        for name in ("left", "top", "pixels"):
            assert getattr(became, name) == pytest.approx(getattr(was, name), rel=1e-6, abs=1e-4)
    assert read.to_bytes() == data


def test_expression_of_a_real_face_is_taken_whichever_region_it_shows() -> None:
    for name in ("officer", "architect", "baker"):
        for region in Region:
            read = Expression.from_bytes(expression_of(built_in(name), region).to_bytes())
            assert [patch.region for patch in read.patches] == [region]
            assert read.patch(region) is read.patches[0]
            assert all(read.patch(other) is None for other in Region if other is not region)


def test_expression_is_refused_wherever_its_bytes_are_cut() -> None:
    data = smile_bytes()
    for length in range(len(data)):
        with pytest.raises(PortraitError):
            Expression.from_bytes(data[:length])
    assert refusal(data + b"\0") == "bad-portrait"


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_expression_is_read_or_refused_when_any_bytes_are_changed(data: st.DataObject) -> None:
    changed = bytearray(smile_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, FIRST_PATCH_AT + 60) | st.integers(0, len(changed) - 1))
        changed[place] = data.draw(st.integers(0, 255))
    try:
        read = Expression.from_bytes(bytes(changed))
    except PortraitError:
        return
    assert np.isfinite(read.landmarks).all()
    for patch in read.patches:
        assert image_header.image_size(patch.image) == (patch.width, patch.height)
        assert max(patch.width, patch.height) <= MAX_PATCH_SIDE
        assert patch.covers(read.landmarks[CORES[patch.region], :2])


@given(st.binary(max_size=4_000))
@settings(max_examples=100, deadline=None)
def test_expression_is_refused_when_bytes_are_random(data: bytes) -> None:
    for start in (b"", b"VPX1", b"VPX1\x01\0\0\0"):
        with pytest.raises(PortraitError):
            Expression.from_bytes(start + data)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("region", value) for value in (4, 255)),
        *(("region", value) for value in (Region.EYE_LEFT, Region.EYE_RIGHT)),  # a second one
        *(("width", value) for value in (0, 15, 111, 513, 65_535)),
        *(("height", value) for value in (0, 15, 62, 513, 65_535)),
        *(("length", value) for value in (0, 1, 1_309, 1_311, 2**31, 2**32 - 1)),
        *(("left", value) for value in (math.nan, math.inf, -math.inf, 1e38, -2_048.0, 2_048.0)),
        *(("top", value) for value in (math.nan, math.inf, -math.inf, 1e38, -2_048.0, 2_048.0)),
        *(("pixels", value) for value in (math.nan, math.inf, 0.0, -1.0, 0.04, 20.1, 1e38)),
    ],
)
def test_expression_is_refused_when_a_patch_says_what_cannot_be(name: str, value: float) -> None:
    assert refusal(with_patch(**{name: value})) == "bad-portrait"


@pytest.mark.parametrize("count", [0, 2, 4, 5, 255])
def test_expression_is_refused_when_it_says_another_number_of_patches(count: int) -> None:
    data = bytearray(smile_bytes())
    data[4] = count
    assert refusal(bytes(data)) == "bad-portrait"


@pytest.mark.parametrize("region", Region)
@pytest.mark.parametrize("away", [(-40.0, 0.0), (40.0, 0.0), (0.0, -40.0), (0.0, 40.0)])
def test_expression_is_refused_when_a_patch_lies_beside_its_region(
    region: Region, away: tuple[float, float]
) -> None:
    points = face_points()
    patch = plain_patch(region, points)
    moved = replace(patch, left=patch.left + away[0], top=patch.top + away[1])
    shapes = np.zeros(52, dtype=np.float32)
    assert Expression(points, shapes, (patch,)).patches == (patch,)
    with pytest.raises(PortraitError, match="beside"):
        Expression(points, shapes, (moved,))


def test_expression_is_refused_when_a_patch_shows_another_region_than_it_says() -> None:
    points = face_points()
    eye = replace(plain_patch(Region.EYE_LEFT, points), region=Region.EYE_RIGHT)
    with pytest.raises(PortraitError, match="beside"):
        Expression(points, np.zeros(52, dtype=np.float32), (eye,))


def scrambled() -> np.ndarray[Any, Any]:
    points = built_in().landmarks
    return points[np.random.default_rng(4).permutation(len(points))]


def stray() -> np.ndarray[Any, Any]:
    points = built_in().landmarks.copy()
    points[landmarks.LIPS_OUTER[3]] = points[landmarks.OVAL[0]]
    return points


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((478, 3), dtype=np.float32),
        np.full((478, 3), np.nan, dtype=np.float32),
        np.full((478, 3), np.inf, dtype=np.float32),
        np.where(np.arange(478)[:, None] == 300, np.nan, face_points()).astype(np.float32),
        face_points()[:468],
        face_points(scale=1.0, at=(30.0, 30.0)),
        face_points(at=(2_100.0, 200.0)),
        face_points() * np.array([1.0, -1.0, 1.0], dtype=np.float32),
        scrambled(),
        stray(),
    ],
    ids=["spot", "nan", "inf", "one nan", "few", "tiny", "far", "upside", "scrambled", "stray"],
)
def test_expression_cannot_be_made_when_its_landmarks_are_no_face(points: Any) -> None:
    with pytest.raises(PortraitError) as caught:
        Expression(points, smile().blendshapes, smile().patches)
    assert caught.value.code == "bad-portrait"


@given(st.binary(min_size=478 * 6, max_size=478 * 6))
@settings(max_examples=50, deadline=None)
def test_expression_is_refused_when_its_landmarks_are_random(noise: bytes) -> None:
    data = bytearray(smile_bytes())
    data[LANDMARKS_AT:FIRST_PATCH_AT] = noise
    assert refusal(bytes(data)) == "bad-portrait"


@pytest.mark.parametrize(
    "change",
    [
        {"patches": ()},
        {"patches": (smile().patches[0], smile().patches[0])},
        {"blendshapes": np.zeros(51, dtype=np.float32)},
        {"blendshapes": np.full(52, np.nan, dtype=np.float32)},
        {"blendshapes": np.full(52, 1.01, dtype=np.float32)},
    ],
    ids=["no patch", "twice", "few shapes", "nan", "too much"],
)
def test_expression_cannot_be_made_when_a_value_is_no_pictures(change: dict[str, Any]) -> None:
    with pytest.raises(PortraitError) as caught:
        replace(smile(), **change)
    assert caught.value.code == "bad-portrait"


def bombs() -> list[bytes]:
    """A JPEG and a WebP of some hundred bytes that call themselves very large."""
    jpeg, webp = bytearray(picture(64, 64, "JPEG")), bytearray(picture(64, 64))
    frame = jpeg.index(b"\xff\xc0") + 5
    jpeg[frame : frame + 4] = struct.pack(">HH", 65_000, 65_000)
    size = webp.index(b"\x9d\x01\x2a") + 3
    webp[size : size + 4] = struct.pack("<HH", 16_000, 16_000)
    return [bytes(jpeg), bytes(webp)]


def test_patch_is_refused_by_its_header_when_its_image_is_a_bomb(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody(*_given: object, **_more: object) -> None:
        raise AssertionError("an image was decoded")

    monkeypatch.setattr(Image, "open", nobody)
    for bomb, side in zip(bombs(), (65_000, 16_000), strict=True):
        assert image_header.image_size(bomb) == (side, side)
        for said in (side, 64):
            with pytest.raises(PortraitError):
                Patch(Region.MOUTH, bomb, said, said, 0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("width", "height", "image"),
    [
        (MIN_PATCH_SIDE - 1, 64, picture(MIN_PATCH_SIDE - 1, 64)),
        (64, MAX_PATCH_SIDE + 1, picture(64, MAX_PATCH_SIDE + 1)),
        (64, 64, b"GIF89a"),
        (64, 64, b""),
        (64, 64, picture(64, 64, "PNG")),
        (64, 64, picture(64, 63)),
        (64, 64, picture(64, 64)[:20]),
    ],
)
def test_patch_cannot_be_made_when_its_image_is_none_for_it(
    width: int, height: int, image: bytes
) -> None:
    with pytest.raises(PortraitError):
        Patch(Region.MOUTH, image, width, height, 0.0, 0.0, 1.0)


def test_expression_is_too_large_when_its_images_are() -> None:
    noise = np.random.default_rng(2).integers(0, 255, (512, 512, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", quality=100)
    points = built_in().landmarks
    patches = tuple(
        Patch(region, file.getvalue(), 512, 512, 0.0, 0.0, 1.5)
        for region in (Region.MOUTH, Region.FACE)
    )
    large = Expression(points, smile().blendshapes, patches)
    with pytest.raises(PortraitError) as caught:
        large.to_bytes()
    assert caught.value.code == "portrait-too-large"
    assert refusal(bytes(MAX_BYTES + 1)) == "portrait-too-large"
