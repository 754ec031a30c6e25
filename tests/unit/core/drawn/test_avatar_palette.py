"""Colours: OKLCH shades stay valid and go the way they say."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.sentences import sentence

from persona_core.drawn.options import PALETTES
from persona_core.drawn.palette import HUES, colour_words, fade, lightness, mix, tone

COLOURS = st.integers(0, 0xFFFFFF).map(lambda value: f"#{value:06x}")


@given(COLOURS)
def test_tone_keeps_the_colour_when_nothing_changes(colour: str) -> None:
    assert tone(colour) == colour + "ff"


@given(COLOURS, st.floats(0, 3), st.floats(0, 2), st.floats(-180, 180), st.floats(0, 1))
def test_tone_gives_a_css_colour_when_factors_are_extreme(
    colour: str, light: float, chroma: float, hue: float, alpha: float
) -> None:
    assert re.fullmatch(r"#[0-9a-f]{8}", tone(colour, light, chroma, hue, alpha))


@given(COLOURS)
def test_tone_darkens_when_the_factor_is_below_one(colour: str) -> None:
    assert lightness(tone(colour, 0.5, 0.5)) <= lightness(colour) + 0.01


@given(COLOURS, COLOURS)
def test_mix_reaches_both_ends_when_shares_are_zero_and_one(first: str, second: str) -> None:
    assert mix(first, second, 0.0) == first + "ff"
    assert mix(first, second, 1.0) == second + "ff"


def test_lightness_orders_greys_when_black_grey_and_white_are_given() -> None:
    black, grey, white = (lightness(c) for c in ("#000000", "#777777", "#ffffff"))
    assert abs(black) < 1e-6 < grey < white < 1.0 + 1e-6


def test_fade_replaces_the_opacity_when_there_was_one() -> None:
    assert fade("#112233ff", 0.5) == "#11223380"


@pytest.mark.parametrize(
    ("colour", "words"),
    [
        ("#000000", ("", "black")),
        ("#ffffff", ("", "white")),
        ("#c9c6c9", ("light", "grey")),
        ("#f9dccb", ("light", "beige")),
        ("#5d3826", ("dark", "brown")),
        ("#a3483f", ("", "red")),
        ("#e0a33a", ("light", "yellow")),
        ("#44536b", ("dark", "blue")),
        ("#5f8f86", ("", "teal")),
        ("#7d9a63", ("", "green")),
        ("#8d6f9e", ("", "purple")),
        ("#c66a8e", ("", "pink")),
    ],
)
def test_colour_is_called_what_people_call_it(colour: str, words: tuple[str, str]) -> None:
    assert colour_words(colour) == words


@given(COLOURS)
def test_every_colour_has_a_name_with_a_sentence_of_its_own(colour: str) -> None:
    shade, name = colour_words(colour)
    known = {"black", "white", "grey", "beige", "brown"} | {hue for _end, hue in HUES}
    assert name in known
    for language in ("en", "ko"):
        assert sentence(f"look.colour.{name}", language)
        assert shade == "" or "{colour}" in sentence(f"look.tone.{shade}", language)


def test_swatches_of_one_field_are_not_all_called_alike() -> None:
    for palette in PALETTES.values():
        assert len({colour_words(colour) for colour in palette}) >= 3
