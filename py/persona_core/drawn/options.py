"""What a person may choose: colours that go well, accessories that go together, and a look
made by chance."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from persona_core.drawn.style import CHOICE_FIELDS, Accessory, Age, AvatarStyle, BeardStyle, Lashes

Palette = tuple[str, ...]
_Item = TypeVar("_Item")

SKINS: Final[Palette] = (
    "#f9dccb", "#f6d0b6", "#f3c9ab", "#eec3a0", "#dba981",
    "#bf8660", "#9c6544", "#7d4e34", "#5d3826",
)  # fmt: skip
HAIR_COLOURS: Final[Palette] = (
    "#2b2629", "#3a2a24", "#5a3d2b", "#8a5a35", "#b5572b", "#c99a5b",
    "#e3c78d", "#c9c6c9", "#d98aa6", "#7e6bb5", "#4f8fa3",
)  # fmt: skip
NATURAL_HAIR: Final = 8
"""So many of the hair colours, the first ones, grow by themselves; the eighth is grey."""
EYE_COLOURS: Final[Palette] = (
    "#3f2a20", "#6b4a33", "#8a5638", "#a5793c", "#6f7f4a",
    "#4f7f5d", "#55789a", "#6d8796", "#7a6a9c",
)  # fmt: skip
LIP_COLOURS: Final[Palette] = (
    "#d99186", "#cf7a6a", "#c9706a", "#d56d70", "#c0616a",
    "#b5475c", "#a3483f", "#8b3f4f", "#c66a8e",
)  # fmt: skip
CLOTHES_COLOURS: Final[Palette] = (
    "#f0e4d2", "#e0a33a", "#d97757", "#b8505a", "#8d6f9e", "#44536b",
    "#6d8fb3", "#5f8f86", "#7d9a63", "#4a4a52", "#a99c8f",
)  # fmt: skip
ACCENT_COLOURS: Final[Palette] = (
    "#f2efe9", "#f0c75e", "#e58f73", "#c98b86", "#b7a3d0", "#8fb3cf", "#9cc2ad", "#5c6270",
)  # fmt: skip

PALETTES: Final[Mapping[str, Palette]] = {
    "skin": SKINS,
    "hair_colour": HAIR_COLOURS,
    "brow_colour": HAIR_COLOURS[:NATURAL_HAIR],
    "eye_colour": EYE_COLOURS,
    "lip_colour": LIP_COLOURS,
    "clothes_colour": CLOTHES_COLOURS,
    "accent_colour": ACCENT_COLOURS,
}
"""Suggested colours by field of ``AvatarStyle``; any other ``#rrggbb`` is as good."""

ONE_OF: Final[tuple[frozenset[Accessory], ...]] = (
    frozenset({Accessory.ROUND_GLASSES, Accessory.SQUARE_GLASSES}),
    frozenset({Accessory.STUDS, Accessory.HOOPS}),
    frozenset({Accessory.BEANIE, Accessory.HAIR_CLIP}),
)
"""Accessories that are worn in each other's place."""


def wearing(style: AvatarStyle, accessory: Accessory, *, on: bool) -> AvatarStyle:
    """The style with an accessory put on, in place of what it cannot go with, or taken off."""
    rivals: set[Accessory] = {accessory}.union(*(group for group in ONE_OF if accessory in group))
    kept = set(style.accessories) - (rivals if on else {accessory})
    worn = kept | {accessory} if on else kept
    return replace(style, accessories=tuple(item for item in Accessory if item in worn))


def random_style(rng: random.Random) -> AvatarStyle:
    """A harmonious look made by chance; the same ``rng`` state gives the same look.

    Skin, face and features are drawn freely. What would jar is not: hair grows greyer with
    age, brows keep to the hair, irises are no lighter than is usual with dark skin, and
    accent and clothes differ.
    """
    chosen = {field: rng.choice(tuple(kind)) for field, kind in CHOICE_FIELDS.items()}
    age = _weighted(rng, {Age.YOUNG: 6, Age.MIDDLE: 3, Age.SENIOR: 1})
    skin = rng.randrange(len(SKINS))
    clothes = rng.choice(CLOTHES_COLOURS)
    # Beards grow on faces with fine lashes here, a convention of drawing and no more.
    bearded = chosen["lashes"] is Lashes.FINE and rng.random() < 0.3
    chosen |= {
        "age": age,
        "beard": rng.choice((BeardStyle.STUBBLE, BeardStyle.SHORT)) if bearded else BeardStyle.NONE,
    }
    style = AvatarStyle(
        skin=SKINS[skin],
        hair_colour=_hair_colour(rng, age, skin),
        eye_colour=rng.choice(EYE_COLOURS if skin < 5 else EYE_COLOURS[:4]),
        lip_colour=rng.choice(LIP_COLOURS[:6] if skin < 5 else LIP_COLOURS[4:8]),
        clothes_colour=clothes,
        accent_colour=rng.choice([one for one in ACCENT_COLOURS if one != clothes]),
        **chosen,  # type: ignore[arg-type]  # every field gets a member of its own enum
    )
    for accessory in rng.sample(tuple(Accessory), _weighted(rng, {0: 3, 1: 4, 2: 3})):
        style = wearing(style, accessory, on=True)
    return style


def _hair_colour(rng: random.Random, age: Age, skin: int) -> str:
    if age is Age.SENIOR:
        return HAIR_COLOURS[NATURAL_HAIR - 1]
    if rng.random() < 0.12:
        return rng.choice(HAIR_COLOURS[NATURAL_HAIR:])
    return rng.choice(HAIR_COLOURS[: NATURAL_HAIR - 1 if skin < 5 else 3])


def _weighted(rng: random.Random, weights: Mapping[_Item, int]) -> _Item:
    items: Sequence[_Item] = tuple(weights)
    return rng.choices(items, weights=tuple(weights.values()))[0]
