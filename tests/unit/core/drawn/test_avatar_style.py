"""A style travels as a dict; whatever arrives is a style or a StyleError naming the field."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import refusals

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.style import (
    CHOICE_FIELDS,
    COLOUR_FIELDS,
    NAME_LIMIT,
    STYLE_VERSION,
    Accessory,
    AvatarStyle,
    HairStyle,
)
from persona_core.errors import StyleError

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def refusal(data: object) -> StyleError | None:
    """The error that a description meets, if any; any other exception is a failure."""
    return refusals.refusal(StyleError, AvatarStyle.from_dict, data)


def described(**changes: Any) -> dict[str, Any]:
    return AvatarStyle().to_dict() | changes


@pytest.mark.parametrize("character", CHARACTERS, ids=lambda c: c.key)
def test_style_survives_json_when_sent_to_a_peer(character: Any) -> None:
    sent = json.loads(json.dumps(character.style.to_dict()))
    assert AvatarStyle.from_dict(sent) == character.style


def test_style_ignores_fields_when_a_newer_peer_adds_them() -> None:
    assert AvatarStyle.from_dict(described(wings="large")) == AvatarStyle()


def test_style_takes_defaults_when_fields_are_missing() -> None:
    style = AvatarStyle.from_dict({"version": STYLE_VERSION, "hair": "curls"})
    assert style == AvatarStyle(hair=HairStyle.CURLS)


@pytest.mark.parametrize("version", [None, 0, STYLE_VERSION + 1, "1", True, 1.0])
def test_style_names_the_version_when_it_is_unknown(version: object) -> None:
    with pytest.raises(StyleError, match="version"):
        AvatarStyle.from_dict(described(version=version))


def test_style_names_the_field_when_a_colour_is_hostile() -> None:
    hostile = ["red", "#fff", "#12345g", "#1234567", "url(x)", None, 7, "#ffffff\n"]
    for field, value in product(COLOUR_FIELDS, hostile):
        error = refusal(described(**{field: value}))
        assert error is not None, (field, value)
        assert field in str(error), value


def test_style_names_the_field_when_a_choice_is_hostile() -> None:
    hostile = ["nonsense", None, 3, ["bob"], {}, "x" * 100_000]
    for field, value in product(CHOICE_FIELDS, hostile):
        error = refusal(described(**{field: value}))
        assert error is not None, (field, str(value)[:20])
        assert field in str(error)[:300] == str(error), str(value)[:20]


@pytest.mark.parametrize("value", ["studs", None, {"studs": 1}, ["studs", 4], ["studs"] * 5000])
def test_style_names_accessories_when_they_are_hostile(value: object) -> None:
    with pytest.raises(StyleError, match="accessories"):
        AvatarStyle.from_dict(described(accessories=value))


def test_style_wears_an_accessory_once_when_it_is_listed_twice() -> None:
    style = AvatarStyle.from_dict(described(accessories=["studs", "studs"]))
    assert style.accessories == (Accessory.STUDS,)


@pytest.mark.parametrize("name", ["x" * (NAME_LIMIT + 1), "a\nb", "\x00", None, 5])
def test_style_names_the_name_when_it_cannot_be_shown(name: object) -> None:
    with pytest.raises(StyleError, match="name"):
        AvatarStyle.from_dict(described(name=name))


@given(ANYTHING)
def test_style_raises_only_style_errors_when_given_anything(data: object) -> None:
    refusal(data)


@given(st.sampled_from([*COLOUR_FIELDS, *CHOICE_FIELDS, "accessories", "name"]), ANYTHING)
def test_style_blames_the_right_field_when_one_value_is_anything(field: str, value: object) -> None:
    error = refusal(described(**{field: value}))
    assert error is None or error.detail.startswith(f"{field}:")


def test_characters_are_six_different_people_when_listed() -> None:
    assert len({character.key for character in CHARACTERS}) == 6
    for field in ("skin", "hair", "hair_colour", "clothes"):
        assert len({getattr(c.style, field) for c in CHARACTERS}) == 6, field
