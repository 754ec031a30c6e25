"""What the address of a stage page asks for: ``?background=%2300ff00&size=512&crop=face``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

LEAST_SIZE: Final = 64
MOST_SIZE: Final = 2048
CROPS: Final = ("all", "face")

_COLOUR: Final = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")
_PICTURE: Final = re.compile(r"(?!.*\.\.)[\w-][\w./-]{0,200}\.(?:png|jpe?g|webp|svg)", re.ASCII)


@dataclass(frozen=True, slots=True)
class StageAddress:
    """
    Attributes:
        colour: behind the avatar, as ``#00ff00``; empty where it is transparent.
        picture: a picture of the site, relative to its root; empty for none.
        size: side of the square that the avatar has, in CSS px; 0 fills the window.
        crop: ``all`` or ``face``.
        mirrored: whether it is seen as in a mirror.
    """

    colour: str = ""
    picture: str = ""
    size: int = 0
    crop: str = "all"
    mirrored: bool = False


def read_stage_address(address: str) -> StageAddress:
    """What makes no sense is taken as not said."""
    try:
        asked = parse_qs(urlsplit(address).query, max_num_fields=32)
    except ValueError:
        return StageAddress()

    def last(name: str) -> str:
        return asked.get(name, [""])[-1].strip()

    background, size, crop = last("background"), last("size"), last("crop")
    colour = _COLOUR.fullmatch(background)
    sized = size.isascii() and size.isdigit() and len(size) <= 4
    return StageAddress(
        colour=f"#{colour[1].lower()}" if colour else "",
        picture=background if not colour and _PICTURE.fullmatch(background) else "",
        size=min(max(int(size), LEAST_SIZE), MOST_SIZE) if sized else 0,
        crop=crop if crop in CROPS else "all",
        mirrored=last("mirror") == "1",
    )
