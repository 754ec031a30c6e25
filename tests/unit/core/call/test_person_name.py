"""Names: whatever a stranger sent, what is left can stand beside others' words."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from persona_core.wire.person_name import MAX_NAME, clean_name, same_name

TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@given(st.text(alphabet=st.characters(), max_size=200))
@example("A\u202eB")
@example("e" + "\u0301" * 60)
@example("\U0001f469\u200d\U0001f680" * 30)
@example("\u1100\u1161\u034f\u11a8")
def test_clean_name_can_reach_beyond_nothing_and_is_clean_already_when_text_is_anything(
    text: str,
) -> None:
    name = clean_name(text)
    assert len(name) <= MAX_NAME
    assert clean_name(name) == name
    assert unicodedata.is_normalized("NFC", name)
    assert name == " ".join(name.split())
    assert not set(name) & set(TURNING)
    assert not any(unicodedata.category(one) in ("Cc", "Cs", "Co", "Zl", "Zp") for one in name)
    if name:
        assert unicodedata.category(name[0]) not in ("Mn", "Me")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mina", "Mina"),
        ("  김   민아\n", "김 민아"),
        ("דוד בן־גוריון", "דוד בן־גוריון"),
        ("محمد", "محمد"),
        ("\u0645\u06cc\u200c\u0634\u0648\u062f", "\u0645\u06cc\u200c\u0634\u0648\u062f"),
        ("Ann\u202egnol", "Anngnol"),
        ("\u2067x\u2069", "x"),
        ("a\x00\x1bb\u200bc", "abc"),
        ("<b>Bob</b>", "<b>Bob</b>"),
        ("e\u0301", "é"),
        ("\u3164\u3164", ""),
        ("\u200d\u200d", ""),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        ("x" * 10_000, "x" * 40),
        ("x" * 39 + " y", "x" * 39),
    ],
)
def test_clean_name_keeps_what_is_the_name_when_it_is_written_so(text: str, name: str) -> None:
    assert clean_name(text) == name


def test_names_are_the_same_when_only_width_case_and_spaces_differ() -> None:
    assert same_name("Mina K") == same_name("\uff2d\uff29\uff2e\uff21k")
    assert same_name("Mina") != same_name("Nina")
