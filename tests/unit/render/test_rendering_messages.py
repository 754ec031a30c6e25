"""What a page and a render server say to each other."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import expressions

from persona_core.portrait.expressions.portrait_set import MAX_FILE_BYTES
from persona_core.wire.codec import encode_frame
from persona_core.wire.rendering import (
    HEAD_BYTES,
    MAX_TEXT_BYTES,
    MAX_UP_BYTES,
    RENDER_CLOSE_CODES,
    OpenRequest,
    PictureFlags,
    PictureFormat,
    Ready,
    Refusal,
    RenderCode,
    RenderedPicture,
    RenderingError,
    Seen,
    parse_render_answer,
)

WANTED = OpenRequest(256, 20, (PictureFormat.VP8, PictureFormat.WEBP), "key", "room", "1.2.abc")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


def test_messages_are_the_same_when_they_went_through_the_wire() -> None:
    assert OpenRequest.from_text(WANTED.to_text()) == WANTED
    ready = Ready(256, 20, PictureFormat.VP8, "lite")
    bent = replace(ready, square=(-8.5, 0.0, 405.0))
    for answer in (ready, bent, Refusal("render-busy", "", 2_000)):
        assert parse_render_answer(answer.to_text()) == answer
    picture = RenderedPicture(b"abcdef", 65_535, 12, PictureFlags.WHOLE, b"data")
    assert RenderedPicture.from_bytes(picture.to_bytes()) == picture
    assert Seen.from_bytes(Seen(7, wants_whole=True).to_bytes()) == Seen(7, wants_whole=True)


def test_server_takes_the_largest_portrait_when_it_comes() -> None:
    assert MAX_UP_BYTES == MAX_FILE_BYTES


def test_frame_is_neither_picture_nor_sign_when_it_is_read_as_one() -> None:
    frame = encode_frame(expressions.params({}), 1)
    assert Seen.from_bytes(frame) is None
    with pytest.raises(RenderingError):
        RenderedPicture.from_bytes(frame)


def test_slow_answer_is_told_as_long_as_can_be_when_it_took_longer() -> None:
    picture = RenderedPicture(b"abcdef", 1, 1 << 20, PictureFlags.NONE, b"data")
    assert RenderedPicture.from_bytes(picture.to_bytes()).server_ms == 65_535


def test_formats_are_passed_over_when_nobody_knows_them() -> None:
    text = json.dumps(json.loads(WANTED.to_text()) | {"formats": ["av2", 3, "webp", "webp"]})
    assert OpenRequest.from_text(text).formats == (PictureFormat.WEBP,)


def test_each_code_has_a_close_code_when_a_socket_ends() -> None:
    assert set(RENDER_CLOSE_CODES) == set(RenderCode)


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "close"},
        {"side": 0},
        {"side": True},
        {"side": 1 << 40},
        {"fps": 61},
        {"fps": "20"},
        {"formats": "vp8"},
        {"formats": ["vp8"] * 17},
        {"key": "\n"},
        {"room": "a room"},
        {"token": 5},
        {"version": 2},
        {"more": "x" * MAX_TEXT_BYTES},
    ],
)
def test_request_is_refused_when_a_field_is_wrong(changed: dict[str, object]) -> None:
    with pytest.raises(RenderingError):
        OpenRequest.from_text(json.dumps(json.loads(WANTED.to_text()) | changed))


@given(st.dictionaries(st.sampled_from([*json.loads(WANTED.to_text()), "type"]), JSON))
@settings(max_examples=60, deadline=None)
def test_request_is_read_or_refused_when_any_field_is_anything(fields: dict[str, object]) -> None:
    text = json.dumps({**json.loads(WANTED.to_text()), **fields})
    with suppress(RenderingError):
        assert 0 < OpenRequest.from_text(text).side <= 1024


@pytest.mark.parametrize(
    "square",
    [[], [0, 0], [0, 0, 0], [0, 0, -4], [0, True, 9], ["0", 0, 9], [0, 0, 1e9], [-1e9, 0, 9], 5],
)
def test_answer_is_refused_when_its_square_is_none(square: object) -> None:
    text = Ready(256, 20, PictureFormat.VP8, "lite").to_text()
    for wrong in (square, [float("nan"), 0, 9], [0, 0, float("inf")]):
        with pytest.raises(RenderingError, match="square"):
            parse_render_answer(json.dumps(json.loads(text) | {"square": wrong}))


@given(st.text(max_size=60) | JSON.map(json.dumps) | st.just("[" * 4_000))
@settings(max_examples=150, deadline=None)
def test_messages_are_read_or_refused_when_they_are_anything(text: str) -> None:
    for read in (OpenRequest.from_text, parse_render_answer):
        with pytest.raises(RenderingError):
            read(text)


@given(st.binary(max_size=HEAD_BYTES + 4))
def test_bytes_are_read_or_refused_when_they_are_anything(data: bytes) -> None:
    Seen.from_bytes(data)
    try:
        assert RenderedPicture.from_bytes(data).to_bytes()[2:] == data[2:]
    except RenderingError:
        assert len(data) <= HEAD_BYTES or data[0] != 1
