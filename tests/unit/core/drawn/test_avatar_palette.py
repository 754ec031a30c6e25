"""Colours: OKLCH shades stay valid and go the way they say."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from persona_core.drawn.palette import fade, lightness, mix, tone

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
