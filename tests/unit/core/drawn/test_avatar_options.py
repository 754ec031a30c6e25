"""What may be chosen: enough of it, all of it drawable, and by chance only what goes together."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona_core.drawn.options import ONE_OF, PALETTES, SKINS, random_style, wearing
from persona_core.drawn.rig import Rig
from persona_core.drawn.style import (
    CHOICE_FIELDS,
    COLOUR_FIELDS,
    Accessory,
    Age,
    AvatarStyle,
    BeardStyle,
    Lashes,
)

accessory_sets = st.lists(st.sampled_from(Accessory), unique=True).map(tuple)


@pytest.mark.parametrize(
    ("field", "least"), [("hair", 6), ("eyes", 5), ("mouth", 5), ("brows", 4), ("clothes", 5)]
)
def test_choice_offers_enough_when_a_part_is_customised(field: str, least: int) -> None:
    assert len(CHOICE_FIELDS[field]) >= least


@pytest.mark.parametrize("field", [*COLOUR_FIELDS, "brow_colour"])
def test_palette_holds_different_colours_when_a_field_has_one(field: str) -> None:
    palette = PALETTES[field]
    assert len(palette) == len(set(palette)) >= 8
    for colour in palette:
        AvatarStyle(**{field: colour})


def test_every_choice_is_drawn_differently_when_it_is_made() -> None:
    for field, kind in CHOICE_FIELDS.items():
        drawn = {rig_bytes(AvatarStyle(**{field: choice})) for choice in kind}
        assert len(drawn) == len(kind), field


def test_every_accessory_is_drawn_when_ears_show() -> None:
    # Studs hang on ears, which the default's bob covers.
    bare = AvatarStyle(hair="bun")
    seen = {rig_bytes(wearing(bare, item, on=True)) for item in Accessory} | {rig_bytes(bare)}
    assert len(seen) == len(Accessory) + 1


def rig_bytes(style: AvatarStyle) -> bytes:
    rig = Rig(style)
    return rig.program.tobytes() + "".join(rig.colours).encode() + rig._features.tobytes()


@given(accessory_sets, st.sampled_from(Accessory))
def test_accessory_takes_its_rivals_place_when_it_is_put_on(
    worn: tuple[Accessory, ...], wanted: Accessory
) -> None:
    style = wearing(AvatarStyle(accessories=worn), wanted, on=True)
    rivals = set().union(*(group for group in ONE_OF if wanted in group)) - {wanted}
    assert set(style.accessories) == (set(worn) | {wanted}) - rivals


@given(accessory_sets, st.sampled_from(Accessory))
def test_only_the_accessory_goes_when_it_is_taken_off(
    worn: tuple[Accessory, ...], unwanted: Accessory
) -> None:
    style = wearing(AvatarStyle(accessories=worn), unwanted, on=False)
    assert set(style.accessories) == set(worn) - {unwanted}


@given(st.integers())
def test_random_style_travels_whole_when_made_by_chance(seed: int) -> None:
    style = random_style(random.Random(seed))
    assert AvatarStyle.from_dict(style.to_dict()) == style
    assert all(len(group & set(style.accessories)) <= 1 for group in ONE_OF)
    assert style.accent_colour != style.clothes_colour
    assert style.beard is BeardStyle.NONE or style.lashes is Lashes.FINE
    assert style == random_style(random.Random(seed))


def test_random_styles_show_everything_when_many_are_made() -> None:
    rng = random.Random(5)
    styles = [random_style(rng) for _ in range(1500)]
    for field, kind in CHOICE_FIELDS.items():
        assert {getattr(style, field) for style in styles} == set(kind), field
    assert {style.skin for style in styles} == set(SKINS)
    assert {item for style in styles for item in style.accessories} == set(Accessory)
    ages = Counter(style.age for style in styles)
    assert ages[Age.YOUNG] > ages[Age.MIDDLE] > ages[Age.SENIOR]


def test_brows_take_their_own_colour_when_they_are_given_one() -> None:
    plain, coloured = AvatarStyle(), AvatarStyle(brow_colour="#b5572b")
    assert Rig(plain).colours != Rig(coloured).colours
    same = AvatarStyle(brow_colour=plain.hair_colour)
    assert Rig(plain).colours == Rig(same).colours
