"""Photos that people should not have chosen, and some that only look so."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from tests.support.site_server import ROOT

from persona_core.portrait.portrait import Portrait

DATA = Path(__file__).parent / "data/photos"
"""Rendered people; tests/browser/data/photos/README.md tells how."""

# What each photo comes to: a portrait with these notes, or the error's code.
FINE: tuple[str, ...] = ()
EXPECTED: dict[str, tuple[str, ...] | str] = {
    "plain": FINE,
    "glasses": FINE,
    "beard": FINE,
    "turned": "photo-profile",
    "one eye closed": FINE,
    "bystander": FINE,
    "grey": FINE,
    "turned by its EXIF tag": FINE,
    "closed eyes": ("eyes-closed",),
    "open mouth": ("mouth-open",),
    "teeth": FINE,
    "dim": ("dark",),
    "dark": "photo-too-dark",
    "nobody": "photo-no-face",
    "black": "photo-no-face",
    "cat": "photo-no-face",
    "two people": "photo-several-faces",
    "tiny": "photo-no-face",
    "small": "photo-tiny-face",
    "half": "photo-no-face",
    "cut off": "photo-cut-off",
    "profile": "photo-profile",
}
EITHER = {"cartoon", "upside down"}
"""Found on some days and not on others' machines: both answers are right."""


def photos() -> dict[str, bytes]:
    """Every photo's file, by what is wrong with it."""
    astronaut, officer = _built_in("astronaut"), _built_in("officer")
    rotated = astronaut.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned by 90 degrees clockwise
    face = Portrait.from_bytes((ROOT / "app/portraits/astronaut.portrait").read_bytes()).landmarks
    middle = int(face[1, 0])
    cheek = int(np.quantile(face[:, 0], 0.9))
    dim, dark = (astronaut.point(lambda x, k=k: int(x * k)) for k in (0.25, 0.07))
    return {
        "plain": _png(astronaut),
        "glasses": _png(_built_in("architect")),
        "beard": _png(_built_in("baker")),
        "turned": _stored("turned"),
        "one eye closed": _stored("one-eye"),
        "bystander": _png(_beside(astronaut, officer, 0.22)),
        "grey": _png(officer.convert("L").convert("RGB")),
        "turned by its EXIF tag": _jpeg(rotated, exif=exif),
        "closed eyes": _stored("closed-eyes"),
        "open mouth": _stored("open-mouth"),
        "teeth": _stored("teeth"),
        "dim": _jpeg(dim),
        "dark": _jpeg(dark),
        "nobody": _png(_room()),
        "black": _png(Image.new("RGB", (480, 480))),
        "cat": _png(_cat()),
        "cartoon": _png(_cartoon()),
        "two people": _png(_beside(astronaut, officer, 1.0)),
        "tiny": _png(_small(astronaut, 30)),
        "small": _png(_small(astronaut, 70)),
        "half": _png(astronaut.crop((0, 0, middle, astronaut.height))),
        "cut off": _png(astronaut.crop((0, 0, cheek, astronaut.height))),
        "profile": _stored("profile"),
        "upside down": _png(officer.rotate(180)),
    }


def _built_in(name: str) -> Image.Image:
    portrait = Portrait.from_bytes((ROOT / f"app/portraits/{name}.portrait").read_bytes())
    return Image.open(io.BytesIO(portrait.image)).convert("RGB")


def _stored(name: str) -> bytes:
    return (DATA / f"{name}.webp").read_bytes()


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _jpeg(image: Image.Image, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85, **options)  # type: ignore[arg-type]
    return file.getvalue()


def _beside(one: Image.Image, other: Image.Image, scale: float) -> Image.Image:
    """Both before one wall, the other so much smaller."""
    second = other.resize((round(one.width * scale), round(one.height * scale)))
    wall = Image.new("RGB", (one.width * 2, one.height), (120, 120, 125))
    wall.paste(one, (0, 0))
    wall.paste(second, (one.width + (one.width - second.width) // 2, one.height // 4))
    return wall


def _small(image: Image.Image, width: int) -> Image.Image:
    """In the middle of a wall, the face about so many pixels wide."""
    wall = Image.new("RGB", (640, 480), (150, 145, 140))
    scale = width / (0.42 * image.width)
    wall.paste(image.resize((round(image.width * scale), round(image.height * scale))), (220, 140))
    return wall


def _room() -> Image.Image:
    """Walls, a window and a shelf."""
    random = np.random.default_rng(3)
    shade = np.linspace(150, 90, 480)[:, None, None] + random.normal(0, 4, (480, 640, 1))
    room = Image.fromarray(np.clip(shade + np.array([8, 4, 0]), 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(room)
    pen.rectangle((60, 60, 240, 260), fill=(205, 220, 235))
    pen.line((150, 60, 150, 260), fill=(90, 80, 70), width=8)
    pen.rectangle((380, 300, 600, 316), fill=(80, 60, 45))
    for number in range(9):
        left = 390 + 22 * number
        colour = tuple(int(value) for value in random.integers(40, 200, 3))
        pen.rectangle((left, 220 + int(random.integers(0, 30)), left + 16, 299), fill=colour)
    return room


def _cat() -> Image.Image:
    """Drawn: round head, pointed ears, whiskers."""
    paper = Image.new("RGB", (480, 480), (226, 222, 210))
    pen = ImageDraw.Draw(paper)
    fur = (150, 118, 84)
    for side in (-1, 1):
        ear = [(240 + side * x, y) for x, y in ((150, 60), (60, 150), (165, 220))]
        pen.polygon(ear, fill=fur)
    pen.ellipse((80, 110, 400, 430), fill=fur)
    for side in (-1, 1):
        eye = 240 + side * 70
        pen.ellipse((eye - 34, 210, eye + 34, 270), fill=(196, 205, 90))
        pen.ellipse((eye - 9, 212, eye + 9, 268), fill=(10, 10, 10))
        for height in (310, 330, 350):
            pen.line((240 + side * 40, 330, 240 + side * 190, height - 10), fill=(40, 35, 30))
    pen.polygon([(220, 300), (260, 300), (240, 322)], fill=(200, 120, 120))
    pen.arc((205, 315, 240, 350), 0, 180, fill=(40, 30, 30), width=4)
    pen.arc((240, 315, 275, 350), 0, 180, fill=(40, 30, 30), width=4)
    return paper


def _cartoon() -> Image.Image:
    """A simple face of flat colours."""
    paper = Image.new("RGB", (480, 480), (160, 205, 230))
    pen = ImageDraw.Draw(paper)
    pen.ellipse((110, 40, 370, 300), fill=(70, 45, 30))
    pen.ellipse((130, 90, 350, 400), fill=(240, 200, 170))
    for side in (-1, 1):
        eye = 240 + side * 52
        pen.ellipse((eye - 24, 205, eye + 24, 240), fill=(250, 250, 250))
        pen.ellipse((eye - 11, 208, eye + 11, 236), fill=(60, 40, 30))
        pen.line((eye - 28, 188, eye + 28, 184), fill=(70, 45, 30), width=8)
    pen.line([(240, 230), (228, 285), (250, 288)], fill=(200, 150, 120), width=5)
    pen.chord((195, 310, 285, 350), 0, 180, fill=(190, 80, 80))
    return paper
