"""Photographs of hands and the pictures made of them, each with the gesture that it shows."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps
from tests.support import extra_data

from persona_core.face.params import Gesture
from persona_core.hands.hand_observation import Side

ROOT = Path(__file__).resolve().parents[2]
FETCHED = Path(os.environ.get("VP_VENDOR", ROOT / "vendor")) / "models" / extra_data.RECOGNIZER

# What each photograph shows: the gesture, and the person's own hand.
SHOWN = {
    "thumbs_up": (Gesture.THUMB_UP, Side.RIGHT),
    "victory": (Gesture.VICTORY, Side.RIGHT),
}


@dataclass(frozen=True)
class Photo:
    """One picture.

    Attributes:
        change: what was done to the photograph.
        png: the picture's file.
    """

    subject: str
    change: str
    gesture: Gesture
    side: Side
    png: bytes

    def __str__(self) -> str:
        return f"{self.subject}, {self.change}"


needs_photos = extra_data.needs(
    *extra_data.HANDS, *(() if FETCHED.is_file() else (extra_data.RECOGNIZER,))
)


def recognizer() -> Path:
    """MediaPipe's gesture recogniser, which set-up fetches where it can."""
    return FETCHED if FETCHED.is_file() else extra_data.path(extra_data.RECOGNIZER)


def photographs() -> list[Path]:
    """A thumb up and a victory sign, as they were taken."""
    return [extra_data.path(name) for name in extra_data.HANDS]


def photos() -> list[Photo]:
    """Every photograph, and what is made of it."""
    return [photo for path in photographs() for photo in _variants(path)]


def _variants(path: Path) -> Iterator[Photo]:
    plain = Image.open(path).convert("RGB")
    gesture, side = SHOWN[path.stem]
    upside_down = {Gesture.THUMB_UP: Gesture.THUMB_DOWN}
    paper = plain.getpixel((3, 3))

    def photo(change: str, image: Image.Image, **other: object) -> Photo:
        file = io.BytesIO()
        image.save(file, "PNG")
        values = {"gesture": gesture, "side": side} | other
        return Photo(path.stem, change, png=file.getvalue(), **values)  # type: ignore[arg-type]

    yield photo("as it is", plain)
    yield photo("mirrored", ImageOps.mirror(plain), side=Side(1 - side))
    for degrees in (-20, 20):
        turned = plain.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=paper)
        yield photo(f"turned {degrees:+}°", turned)
    yield photo("upside down", plain.rotate(180), gesture=upside_down.get(gesture, gesture))
    for scale in (0.5, 2.0):
        yield photo(f"{scale:g} x size", ImageOps.scale(plain, scale))
    for brightness in (0.5, 1.5):
        yield photo(f"{brightness:g} x light", ImageEnhance.Brightness(plain).enhance(brightness))
    for width, height in ((4, 3), (16, 9)):
        frame = (plain.height * width // height, plain.height)
        yield photo(f"in a {width}:{height} frame", ImageOps.pad(plain, frame, color=paper))
