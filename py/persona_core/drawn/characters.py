"""The ready-made characters."""

from __future__ import annotations

from dataclasses import dataclass

from persona_core.drawn.style import (
    Accessory,
    Age,
    AvatarStyle,
    BeardStyle,
    BrowStyle,
    Build,
    ClothesStyle,
    EyeStyle,
    FaceShape,
    HairStyle,
    Lashes,
    MouthStyle,
    NoseStyle,
)


@dataclass(frozen=True, slots=True)
class Character:
    """A ready-made character; its name is the catalogue's ``character.<key>``."""

    key: str
    style: AvatarStyle


CHARACTERS: tuple[Character, ...] = (
    Character(
        "haneul",
        AvatarStyle(
            name="Haneul",
            skin="#f6d0b6",
            hair_colour="#45302d",
            eye_colour="#8a5638",
            lip_colour="#d56d70",
            clothes_colour="#f0e4d2",
            accent_colour="#c98b86",
            face=FaceShape.HEART,
            build=Build.SLIGHT,
            hair=HairStyle.LONG_BANGS,
            eyes=EyeStyle.ROUND,
            lashes=Lashes.FULL,
            brows=BrowStyle.STRAIGHT,
            nose=NoseStyle.BUTTON,
            mouth=MouthStyle.SOFT,
            clothes=ClothesStyle.SWEATER,
        ),
    ),
    Character(
        "jun",
        AvatarStyle(
            name="Jun",
            skin="#eec3a0",
            hair_colour="#332c30",
            eye_colour="#6e4a33",
            lip_colour="#c27a6b",
            clothes_colour="#44536b",
            accent_colour="#e9e5dd",
            face=FaceShape.OVAL,
            build=Build.MEDIUM,
            hair=HairStyle.SIDE_PART,
            eyes=EyeStyle.MONOLID,
            brows=BrowStyle.BOLD,
            nose=NoseStyle.STRAIGHT,
            mouth=MouthStyle.THIN,
            clothes=ClothesStyle.BLAZER,
            accessories=(Accessory.ROUND_GLASSES,),
        ),
    ),
    Character(
        "amara",
        AvatarStyle(
            name="Amara",
            skin="#9c6544",
            hair_colour="#3d2923",
            eye_colour="#7d4c2c",
            lip_colour="#a3483f",
            clothes_colour="#e0a33a",
            accent_colour="#f0c75e",
            face=FaceShape.ROUND,
            build=Build.MEDIUM,
            hair=HairStyle.CURLS,
            eyes=EyeStyle.UPTURNED,
            lashes=Lashes.FULL,
            brows=BrowStyle.ARCHED,
            nose=NoseStyle.BROAD,
            mouth=MouthStyle.FULL,
            clothes=ClothesStyle.TEE,
            accessories=(Accessory.HOOPS,),
        ),
    ),
    Character(
        "robin",
        AvatarStyle(
            name="Robin",
            skin="#f7d4bf",
            hair_colour="#b5572b",
            eye_colour="#4f7f5d",
            lip_colour="#cf7a6a",
            clothes_colour="#5f8f86",
            accent_colour="#f1e6d3",
            face=FaceShape.OVAL,
            build=Build.SLIGHT,
            hair=HairStyle.TOUSLED,
            eyes=EyeStyle.ALMOND,
            brows=BrowStyle.SOFT,
            nose=NoseStyle.BUTTON,
            mouth=MouthStyle.WIDE,
            clothes=ClothesStyle.HOODIE,
            accessories=(Accessory.FRECKLES,),
        ),
    ),
    Character(
        "ravi",
        AvatarStyle(
            name="Ravi",
            skin="#bf8660",
            hair_colour="#382823",
            eye_colour="#7a5030",
            lip_colour="#a8625a",
            clothes_colour="#7fa0bd",
            accent_colour="#f4f1ea",
            face=FaceShape.SQUARE,
            age=Age.MIDDLE,
            build=Build.BROAD,
            hair=HairStyle.SWEPT_BACK,
            eyes=EyeStyle.ALMOND,
            brows=BrowStyle.BOLD,
            nose=NoseStyle.STRAIGHT,
            mouth=MouthStyle.SOFT,
            beard=BeardStyle.SHORT,
            clothes=ClothesStyle.SHIRT,
        ),
    ),
    Character(
        "vera",
        AvatarStyle(
            name="Vera",
            skin="#f0cdb7",
            hair_colour="#c9c6c9",
            eye_colour="#55789a",
            lip_colour="#c0616a",
            clothes_colour="#8d6f9e",
            accent_colour="#f3ece2",
            face=FaceShape.ROUND,
            age=Age.SENIOR,
            build=Build.MEDIUM,
            hair=HairStyle.BOB,
            eyes=EyeStyle.GENTLE,
            lashes=Lashes.FULL,
            brows=BrowStyle.SOFT,
            nose=NoseStyle.STRAIGHT,
            mouth=MouthStyle.WIDE,
            clothes=ClothesStyle.CARDIGAN,
            accessories=(Accessory.SQUARE_GLASSES,),
        ),
    ),
)
