"""A set's file comes from wherever the person has it: nothing in it is believed."""

from __future__ import annotations

import io
import struct
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.support.portraits import built_in, portrait_set
from tests.unit.core.portrait.portrait_faces import portrait
from tests.unit.core.portrait.portrait_pictures import expressions

from persona_core.errors import PortraitError
from persona_core.portrait.expressions.expression import Expression, Patch, Region
from persona_core.portrait.expressions.portrait_set import (
    MAX_EXPRESSIONS,
    MAX_FILE_BYTES,
    MAX_SET_BYTES,
    PortraitSet,
)
from persona_core.portrait.portrait import Portrait


@cache
def several() -> PortraitSet:
    return portrait_set(3)


@cache
def several_bytes() -> bytes:
    return several().to_file()


def refusal(data: bytes) -> str:
    """The code of the refusal."""
    with pytest.raises(PortraitError) as caught:
        PortraitSet.from_file(data)
    return caught.value.code


def framed(*parts: bytes, count: int | None = None) -> bytes:
    """A file of these parts."""
    head = struct.pack("<4sB3x", b"VPS2", len(parts) - 1 if count is None else count)
    return head + b"".join(struct.pack("<I", len(part)) + part for part in parts)


@given(st.lists(expressions(), max_size=MAX_EXPRESSIONS))
@settings(max_examples=25, deadline=None)
def test_set_is_the_same_when_it_went_through_its_file(others: list[Expression]) -> None:
    original = PortraitSet(portrait(), tuple(others))
    data = original.to_file()
    read = PortraitSet.from_file(data)
    assert read.base.image == original.base.image
    assert [[patch.image for patch in expression.patches] for expression in read.expressions] == [
        [patch.image for patch in expression.patches] for expression in others
    ]
    assert read.to_file() == data
    assert read.to_parts() == original.to_parts()


def test_file_is_made_of_the_parts_that_peers_get() -> None:
    base, others = several().to_parts()
    assert Portrait.from_bytes(base).image == several().base.image
    assert len(others) == 3
    assert framed(base, *others) == several_bytes()


def test_portrait_alone_is_a_set_when_its_bytes_were_kept_before_there_were_sets() -> None:
    data = built_in().to_bytes()
    read = PortraitSet.from_file(data)
    assert read.expressions == ()
    assert read.base.to_bytes() == data


def test_file_is_refused_wherever_it_is_cut_or_lengthened() -> None:
    data = several_bytes()
    ends = set()
    offset = 8
    while offset < len(data):
        ends |= set(range(offset - 2, offset + 9))
        offset += 4 + struct.unpack_from("<I", data, offset)[0]
    for length in sorted({*range(80), *ends, *range(0, len(data), 97), len(data) - 1}):
        if length < len(data):
            assert refusal(data[:length]) == "bad-portrait"
    assert refusal(data + b"\0") == "bad-portrait"
    assert refusal(b"VPS9" + data[4:]) == "bad-portrait"


@pytest.mark.parametrize("count", [0, 2, 4, 8, 9, 255])
def test_file_is_refused_when_it_says_another_number_of_expressions(count: int) -> None:
    base, others = several().to_parts()
    assert refusal(framed(base, *others, count=count)) == "bad-portrait"


def test_set_is_refused_when_it_has_nine_expressions() -> None:
    base, others = several().to_parts()
    assert refusal(framed(base, *others * 3)) == "bad-portrait"
    with pytest.raises(PortraitError, match="9 expressions"):
        PortraitSet(several().base, several().expressions * 3)
    assert len(PortraitSet.from_file(framed(base, *(others * 3)[:8])).expressions) == 8


@pytest.mark.parametrize("length", [0, 3, 2**31, 2**32 - 1])
@pytest.mark.parametrize("place", range(4))
def test_file_is_refused_when_it_lies_about_the_length_of_a_part(length: int, place: int) -> None:
    data = bytearray(several_bytes())
    offset = 8
    for _ in range(place):
        offset += 4 + struct.unpack_from("<I", data, offset)[0]
    struct.pack_into("<I", data, offset, length)
    assert refusal(bytes(data)) == "bad-portrait"


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 0, 2, 3), (1, 1, 2, 3)])
def test_file_is_refused_when_a_part_is_not_what_belongs_there(order: tuple[int, ...]) -> None:
    base, others = several().to_parts()
    parts = (base, *others)
    assert refusal(framed(*(parts[place] for place in order))) == "bad-portrait"


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_file_is_read_or_refused_when_any_bytes_are_changed(data: st.DataObject) -> None:
    changed = bytearray(several_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        read = PortraitSet.from_file(bytes(changed))
    except PortraitError:
        return
    assert len(read.expressions) == 3


def large_patch(region: Region) -> Patch:
    """One of some 130 kB."""
    noise = np.random.default_rng(2).integers(0, 255, (420, 420, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", quality=88)
    return Patch(region, file.getvalue(), 420, 420, 0.0, 0.0, 2.0)


def test_set_is_too_large_when_its_parts_are_together() -> None:
    base = built_in()
    large = Expression(base.landmarks, base.blendshapes, (large_patch(Region.MOUTH),))
    fitting = PortraitSet(base, (large,) * 2)
    assert sum(map(len, (fitting.to_parts()[0], *fitting.to_parts()[1]))) > 0.7 * MAX_SET_BYTES
    assert PortraitSet.from_file(fitting.to_file()).to_file() == fitting.to_file()
    too_large = PortraitSet(base, (large,) * 3)
    for make in (too_large.to_parts, too_large.to_file):
        with pytest.raises(PortraitError) as caught:
            make()
        assert caught.value.code == "portrait-too-large"
    parts = (base.to_bytes(), *[large.to_bytes()] * 3)
    assert refusal(framed(*parts)) == "portrait-too-large"
    assert refusal(b"VPS2" + bytes(MAX_FILE_BYTES)) == "portrait-too-large"
    assert refusal(bytes(MAX_FILE_BYTES + 1)) == "portrait-too-large"
