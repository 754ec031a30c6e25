"""``AvatarStyle``: everything that makes one drawn character differ from another.

A style crosses the wire as a plain dict (:meth:`AvatarStyle.to_dict`), so
:meth:`AvatarStyle.from_dict` trusts nothing it is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final, TypeVar, get_type_hints

from persona_core.errors import StyleError

STYLE_VERSION: Final = 1
NAME_LIMIT: Final = 40
"""Most characters of a name."""

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class FaceShape(StrEnum):
    OVAL = "oval"
    ROUND = "round"
    HEART = "heart"
    SQUARE = "square"


class Age(StrEnum):
    YOUNG = "young"
    MIDDLE = "middle"
    SENIOR = "senior"


class Build(StrEnum):
    SLIGHT = "slight"
    MEDIUM = "medium"
    BROAD = "broad"


class HairStyle(StrEnum):
    LONG_BANGS = "long_bangs"
    SIDE_PART = "side_part"
    CURLS = "curls"
    TOUSLED = "tousled"
    SWEPT_BACK = "swept_back"
    BOB = "bob"
    BUN = "bun"


class EyeStyle(StrEnum):
    ROUND = "round"
    ALMOND = "almond"
    MONOLID = "monolid"
    UPTURNED = "upturned"
    GENTLE = "gentle"


class Lashes(StrEnum):
    FINE = "fine"
    FULL = "full"


class BrowStyle(StrEnum):
    SOFT = "soft"
    STRAIGHT = "straight"
    ARCHED = "arched"
    BOLD = "bold"


class NoseStyle(StrEnum):
    BUTTON = "button"
    STRAIGHT = "straight"
    BROAD = "broad"


class MouthStyle(StrEnum):
    SOFT = "soft"
    FULL = "full"
    THIN = "thin"
    WIDE = "wide"
    BOW = "bow"


class BeardStyle(StrEnum):
    NONE = "none"
    STUBBLE = "stubble"
    SHORT = "short"


class ClothesStyle(StrEnum):
    TEE = "tee"
    SWEATER = "sweater"
    HOODIE = "hoodie"
    SHIRT = "shirt"
    BLAZER = "blazer"
    CARDIGAN = "cardigan"


class Accessory(StrEnum):
    ROUND_GLASSES = "round_glasses"
    SQUARE_GLASSES = "square_glasses"
    STUDS = "studs"
    HOOPS = "hoops"
    FRECKLES = "freckles"
    BLUSH = "blush"
    HAIR_CLIP = "hair_clip"
    BEANIE = "beanie"


_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class AvatarStyle:
    """One character's looks. Colours are ``#rrggbb``; brows without one take the hair's.

    Raises:
        StyleError: a field holds something that cannot be drawn; the detail names the field.
    """

    name: str = ""
    skin: str = "#f3c9ab"
    hair_colour: str = "#3a2a24"
    brow_colour: str | None = None
    eye_colour: str = "#6b4a33"
    lip_colour: str = "#c9706a"
    clothes_colour: str = "#6d8fb3"
    accent_colour: str = "#f2efe9"
    face: FaceShape = FaceShape.OVAL
    age: Age = Age.YOUNG
    build: Build = Build.MEDIUM
    hair: HairStyle = HairStyle.BOB
    eyes: EyeStyle = EyeStyle.ALMOND
    lashes: Lashes = Lashes.FINE
    brows: BrowStyle = BrowStyle.SOFT
    nose: NoseStyle = NoseStyle.BUTTON
    mouth: MouthStyle = MouthStyle.SOFT
    beard: BeardStyle = BeardStyle.NONE
    clothes: ClothesStyle = ClothesStyle.TEE
    accessories: tuple[Accessory, ...] = ()

    def __post_init__(self) -> None:
        _check_name(self.name)
        for field in COLOUR_FIELDS:
            _check_colour(field, getattr(self, field))
        if self.brow_colour is not None:
            _check_colour("brow_colour", self.brow_colour)
        for field, kind in CHOICE_FIELDS.items():
            object.__setattr__(self, field, _choice(field, kind, getattr(self, field)))
        object.__setattr__(self, "accessories", _accessories(self.accessories))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-friendly description that :meth:`from_dict` takes back."""
        data: dict[str, Any] = {"version": STYLE_VERSION}
        for field in fields(self):
            value = getattr(self, field.name)
            data[field.name] = str(value) if isinstance(value, StrEnum) else value
        data["accessories"] = [str(item) for item in self.accessories]
        return data

    @classmethod
    def from_dict(cls, data: object) -> AvatarStyle:
        """Reads a description from anywhere. Missing fields take their defaults, unknown
        fields (a newer peer's) are ignored.

        Raises:
            StyleError: not a mapping, another version, or a field that cannot be drawn.
        """
        if not isinstance(data, Mapping):
            raise StyleError(f"a style must be an object, not {type(data).__name__}")
        version = data.get("version")
        if type(version) is not int or version != STYLE_VERSION:
            raise StyleError(f"version: only {STYLE_VERSION} is known, got {version!r:.40}")
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})


COLOUR_FIELDS: Final = (
    "skin",
    "hair_colour",
    "eye_colour",
    "lip_colour",
    "clothes_colour",
    "accent_colour",
)
CHOICE_FIELDS: Final[Mapping[str, type[StrEnum]]] = {
    name: kind
    for name, kind in get_type_hints(AvatarStyle).items()
    if isinstance(kind, type) and issubclass(kind, StrEnum)
}


def _check_name(value: object) -> None:
    if not isinstance(value, str) or len(value) > NAME_LIMIT or not (value.isprintable()):
        raise StyleError(f"name: expected at most {NAME_LIMIT} printable characters")


def _check_colour(field: str, value: object) -> None:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        raise StyleError(f"{field}: expected #rrggbb, got {value!r:.40}")


def _choice(field: str, kind: type[_Choice], value: object) -> _Choice:
    if not isinstance(value, str) or value not in set(kind):
        raise StyleError(f"{field}: {value!r:.40} is not one of {', '.join(kind)}")
    return kind(value)


def _accessories(value: object) -> tuple[Accessory, ...]:
    if not isinstance(value, (list, tuple)) or len(value) > len(Accessory):
        raise StyleError(f"accessories: expected a list of at most {len(Accessory)}")
    # An accessory worn twice is worn once.
    return tuple(dict.fromkeys(_choice("accessories", Accessory, item) for item in value))
