"""A look survives its file, and no file does more than be refused by name."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.drawn.options import random_style
from persona_core.drawn.style import AvatarStyle
from persona_core.drawn.style_file import (
    CODES,
    FILE_VERSION,
    FORMAT,
    MAX_BYTES,
    read_style_file,
    write_style_file,
)
from persona_core.errors import StyleError

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def refusal(data: bytes) -> str | None:
    """The code a file is refused with; None when it is taken."""
    try:
        read_style_file(data)
    except StyleError as error:
        return error.code
    return None


def document(**changes: Any) -> bytes:
    whole = {"format": FORMAT, "version": FILE_VERSION, "style": AvatarStyle().to_dict()}
    return json.dumps(whole | changes).encode()


@given(st.integers(), st.text(max_size=40).filter(str.isprintable))
def test_style_comes_back_when_it_was_written_to_a_file(seed: int, name: str) -> None:
    data = random_style(random.Random(seed)).to_dict() | {"name": name}
    style = AvatarStyle.from_dict(data)
    text = write_style_file(style).encode()
    assert read_style_file(text) == style
    assert len(text) < MAX_BYTES / 10


def test_file_is_read_when_an_editor_added_its_mark() -> None:
    assert read_style_file(b"\xef\xbb\xbf" + document()) == AvatarStyle()


def test_file_is_read_when_a_newer_program_added_fields() -> None:
    style = AvatarStyle().to_dict() | {"wings": "large"}
    assert read_style_file(document(style=style, author="somebody")) == AvatarStyle()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "style-file-unreadable"),
        (b"\xff\xfe{", "style-file-unreadable"),
        (b"[" * 10_000, "style-file-unreadable"),
        (b"\x89PNG\r\n", "style-file-unreadable"),
        (b"[]", "style-file-unreadable"),
        (document(format="other"), "style-file-unreadable"),
        (document(format=["virtualpersona-avatar"]), "style-file-unreadable"),
        (b" " * (MAX_BYTES + 1), "style-file-too-large"),
        (document(version=FILE_VERSION + 1), "style-file-newer"),
        (document(version="1"), "style-file-damaged"),
        (document(version=True), "style-file-damaged"),
        (document(version=0), "style-file-damaged"),
        (document(style=None), "style-file-damaged"),
        (document(style={"version": 1, "skin": "url(http://x)"}), "style-file-damaged"),
        (document(style={"version": 1, "hair": "x" * 9_000}), "style-file-damaged"),
        (document(style={"version": 1, "accessories": ["studs"] * 900}), "style-file-damaged"),
    ],
)
def test_file_is_refused_by_name_when_it_holds_no_look(data: bytes, code: str) -> None:
    with pytest.raises(StyleError) as caught:
        read_style_file(data)
    assert caught.value.code == code
    assert len(caught.value.detail) < 300


@given(st.binary(max_size=300) | JUNK.map(lambda value: json.dumps(value).encode()))
def test_reader_raises_only_its_own_errors_whatever_the_bytes(data: bytes) -> None:
    assert refusal(data) in CODES


@given(st.dictionaries(st.sampled_from(["format", "version", "style"]), JUNK, min_size=1))
def test_reader_raises_only_its_own_errors_whatever_a_field_holds(changes: dict[str, Any]) -> None:
    assert refusal(document(**changes)) in (None, *CODES)
