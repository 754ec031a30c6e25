"""Portraits for tests: the canonical face without a photo, and sets made of those built in."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageEnhance
from tests.support.site_server import ROOT

from persona_core.face import blendshapes
from persona_core.face.landmarks import canonical_points
from persona_core.portrait.expressions.expression import (
    CORES,
    MAX_PATCH_SIDE,
    Expression,
    Patch,
    Region,
)
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.tiles import head_box

SIZE = 256
PX_PER_CM = 10.0


def canonical_portrait(colour: str = "white") -> Portrait:
    """A valid portrait of 256 x 256 pixels, whose photo is nothing but a colour."""
    points = canonical_points() * np.array([1.0, -1.0, -1.0]) * PX_PER_CM
    points[:, :2] += SIZE / 2
    photo = io.BytesIO()
    Image.new("RGB", (SIZE, SIZE), colour).save(photo, "WEBP")
    return Portrait(
        image=photo.getvalue(),
        width=SIZE,
        height=SIZE,
        landmarks=points.astype(np.float32),
        blendshapes=np.zeros(blendshapes.COUNT, np.float32),
    )


def built_in(name: str = "officer") -> Portrait:
    """One of the portraits that come with the site, with the landmarks of a real face."""
    return Portrait.from_bytes((ROOT / f"app/portraits/{name}.portrait").read_bytes())


def placing(portrait: Portrait, width: int, height: int) -> tuple[float, tuple[float, float]]:
    """By what a portrait's pixels are scaled and then shifted in a scene, as ``fitPhoto`` does."""
    left, top, right, bottom = head_box(portrait.landmarks).tolist()
    ratios = width / portrait.width, height / portrait.height
    whole = min(width / (right - left), height / (bottom - top))
    scale = max(min(ratios), min(max(ratios), whole))

    def place(scene: int, photo: int, middle: float, rest: float) -> float:
        spare = photo * scale - scene
        if spare <= 0.0:
            return -spare * rest
        return -min(max(middle * scale - scene / 2, 0.0), spare)

    x = place(width, portrait.width, (left + right) / 2, 0.5)
    y = place(height, portrait.height, (top + bottom) / 2, 1.0)
    return scale, (x, y)


def patch_of(
    portrait: Portrait, region: Region, *, glow: float = 1.0, margin: float = 0.3
) -> Patch:
    """A region cut out of a portrait's photo.

    Args:
        glow: the brightness is so many times the photo's.
        margin: of the box of the region's core on every side, parts of its longer side.
    """
    core = portrait.landmarks[CORES[region], :2]
    low, high = core.min(axis=0), core.max(axis=0)
    room = margin * (high - low).max()
    left, top = np.floor(low - room).astype(int).tolist()
    right, bottom = np.ceil(high + room).astype(int).tolist()
    with Image.open(io.BytesIO(portrait.image)) as photo:
        cut = photo.convert("RGB").crop((left, top, right, bottom))
    pixels = max(1.0, max(cut.size) / MAX_PATCH_SIDE)
    size = (round(cut.width / pixels), round(cut.height / pixels))
    file = io.BytesIO()
    ImageEnhance.Brightness(cut.resize(size)).enhance(glow).save(file, "WEBP", quality=80)
    return Patch(region, file.getvalue(), *size, float(left), float(top), pixels)


def expression_of(portrait: Portrait, *regions: Region, glow: float = 1.0) -> Expression:
    """A picture that is the portrait's photo over again, but for its brightness."""
    wanted = regions or (Region.MOUTH, Region.EYE_RIGHT, Region.EYE_LEFT)
    patches = tuple(patch_of(portrait, region, glow=glow) for region in wanted)
    return Expression(portrait.landmarks, portrait.blendshapes, patches)


def portrait_set(count: int = 3, name: str = "officer") -> PortraitSet:
    """A built-in portrait with so many expressions, each of its own brightness."""
    base = built_in(name)
    glows = np.linspace(0.7, 1.3, count)
    return PortraitSet(base, tuple(expression_of(base, glow=float(glow)) for glow in glows))
