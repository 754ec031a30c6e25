from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_web.ui.stage_address import CROPS, StageAddress, read_stage_address

PAGE = "https://you.example/some/stage-v3/"


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("", StageAddress()),
        (
            "?background=%2300FF00&size=512&crop=face&mirror=1",
            StageAddress("#00ff00", size=512, crop="face", mirrored=True),
        ),
        ("?background=0f0", StageAddress("#0f0")),
        ("?background=pictures/my-room.webp", StageAddress(picture="pictures/my-room.webp")),
        ("?size=9999", StageAddress(size=2048)),
        ("?size=1", StageAddress(size=64)),
        ("?size=-5&crop=legs&mirror=yes", StageAddress()),
        ("?size=%D9%A3", StageAddress()),
        ("?background=https://elsewhere.example/a.png", StageAddress()),
        ("?background=//elsewhere.example/a.png", StageAddress()),
        ("?background=../../a.png", StageAddress()),
        ("?background=a.png%22)%3Bcolor:red", StageAddress()),
        ("?background=red", StageAddress()),
        ("?background=%230f0&background=%23f00", StageAddress("#f00")),
        ("?" + "&".join(["size=5"] * 40), StageAddress()),
    ],
)
def test_address_says_what_it_says_and_nonsense_counts_for_nothing(
    query: str, asked: StageAddress
) -> None:
    assert read_stage_address(PAGE + query) == asked


@given(st.text())
def test_any_address_gives_something_that_can_be_shown(text: str) -> None:
    asked = read_stage_address(PAGE + "?" + text)
    assert asked.crop in CROPS
    assert not set(asked.colour + asked.picture) & set("\"'();\\ ")
