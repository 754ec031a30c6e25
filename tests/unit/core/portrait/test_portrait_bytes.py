"""A portrait's bytes come from peers and from storage: nothing in them is believed."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.unit.core.portrait.portrait_faces import face_points, picture, portrait

from persona_core.errors import PortraitError
from persona_core.portrait.file.image_header import image_size, image_type
from persona_core.portrait.portrait import MAX_BYTES, Portrait

HEAD = struct.Struct("<4sHHBBHII")


def test_portrait_is_the_same_when_it_went_through_bytes() -> None:
    original = portrait()
    read = Portrait.from_bytes(original.to_bytes())
    assert (read.image, read.width, read.height) == (
        original.image,
        original.width,
        original.height,
    )
    np.testing.assert_allclose(read.landmarks, original.landmarks, atol=1 / 32)
    np.testing.assert_allclose(read.blendshapes, original.blendshapes, atol=1 / 510)
    assert read.matte is not None
    np.testing.assert_array_equal(read.matte, original.matte)


def test_portrait_has_no_matte_when_none_was_given() -> None:
    read = Portrait.from_bytes(replace(portrait(), matte=None).to_bytes())
    assert read.matte is None


def test_portrait_is_refused_when_its_bytes_are_cut_or_lengthened() -> None:
    data = portrait().to_bytes()
    for wrong in (b"", data[:3], data[:100], data[:-1], data + b"\0", b"VPP9" + data[4:]):
        with pytest.raises(PortraitError):
            Portrait.from_bytes(wrong)


def test_portrait_is_refused_when_its_image_is_larger_than_it_says() -> None:
    data = portrait().to_bytes()
    fields = list(HEAD.unpack_from(data))
    fields[1] += 1
    with pytest.raises(PortraitError, match="said to be"):
        Portrait.from_bytes(HEAD.pack(*fields) + data[HEAD.size :])


def test_portrait_is_refused_when_its_matte_is_a_bomb() -> None:
    data = replace(portrait(), matte=None).to_bytes()
    fields = list(HEAD.unpack_from(data))
    bomb = zlib.compress(bytes(50_000_000), 9)
    fields[3], fields[4], fields[7] = 100, 100, len(bomb)
    with pytest.raises(PortraitError, match="another size"):
        Portrait.from_bytes(HEAD.pack(*fields) + data[HEAD.size :] + bomb)


def test_portrait_is_too_large_when_its_image_is() -> None:
    noise = np.random.default_rng(2).integers(0, 255, (1000, 1000, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", quality=95)
    large = Portrait(
        file.getvalue(), 1000, 1000, 2.0 * face_points(), np.zeros(52, dtype=np.float32)
    )
    with pytest.raises(PortraitError) as caught:
        large.to_bytes()
    assert caught.value.code == "portrait-too-large"
    with pytest.raises(PortraitError) as caught:
        Portrait.from_bytes(bytes(MAX_BYTES + 1))
    assert caught.value.code == "portrait-too-large"


@pytest.mark.parametrize(
    "change",
    [
        {"image": b"GIF89a"},
        {"width": 4000},
        {"height": 10},
        {"blendshapes": np.zeros(51, dtype=np.float32)},
        {"blendshapes": np.full(52, np.nan, dtype=np.float32)},
        {"blendshapes": np.full(52, 2.0, dtype=np.float32)},
        {"landmarks": np.zeros((478, 3), dtype=np.float32)},
        {"landmarks": np.full((478, 3), np.inf, dtype=np.float32)},
        {"landmarks": np.zeros((468, 3), dtype=np.float32)},
        {"landmarks": face_points(at=(900.0, 200.0))},
        {"landmarks": face_points(scale=1.0)},
        {"matte": np.zeros((200, 200), dtype=np.uint8)},
        {"matte": np.zeros((0, 5), dtype=np.uint8)},
        {"matte": np.zeros((20, 20), dtype=np.float32)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_portrait_cannot_be_made_when_a_value_is_no_portraits(change: dict) -> None:
    with pytest.raises(PortraitError) as caught:
        replace(portrait(), **change)
    assert caught.value.code == "bad-portrait"


@given(st.integers(0, 12_000), st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_portrait_is_read_or_refused_when_any_byte_is_changed(place: int, value: int) -> None:
    data = bytearray(portrait().to_bytes())
    data[place % len(data)] = value
    try:
        read = Portrait.from_bytes(bytes(data))
    except PortraitError:
        return
    assert np.isfinite(read.landmarks).all()


@given(st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_portrait_is_refused_when_bytes_are_random(data: bytes) -> None:
    with pytest.raises(PortraitError):
        Portrait.from_bytes(data)


@pytest.mark.parametrize("size", [(64, 64), (400, 300), (1023, 77)])
def test_image_size_is_read_when_the_header_is_whole(size: tuple[int, int]) -> None:
    flat = Image.new("RGB", size, (90, 120, 30))
    for kind, options in (
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
    ):
        file = io.BytesIO()
        flat.save(file, kind, **options)
        assert image_size(file.getvalue()) == size
    file = io.BytesIO()
    Image.new("RGBA", size, (90, 120, 30, 90)).save(file, "WEBP")
    assert image_size(file.getvalue()) == size


@given(st.binary(max_size=60))
def test_image_size_is_unknown_or_a_size_when_bytes_are_random(data: bytes) -> None:
    for start in (b"", b"\xff\xd8\xff", b"RIFF____WEBPVP8 ", b"RIFF____WEBPVP8L"):
        size = image_size(start + data)
        assert size is None or (size[0] >= 0 and size[1] >= 0)
    assert image_type(picture(kind="JPEG")) == "image/jpeg"
