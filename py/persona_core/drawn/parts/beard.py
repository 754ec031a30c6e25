"""Beards, which move with the jaw and the lips."""

from __future__ import annotations

import random
from typing import Final

import numpy as np

from persona_core.drawn.look import Look
from persona_core.drawn.palette import fade, mix
from persona_core.drawn.parts.mouth import around
from persona_core.drawn.shape import Array, depth, mirror, points, tapered
from persona_core.drawn.sketch import Run, Sketch
from persona_core.drawn.style import BeardStyle

# The person's left half of the edge towards the cheeks and the mouth, from the ear.
_CHEEK_EDGE: Final = points(
    (97, 6), (89, -20), (79, -50), (60, -68), (45, -74), (39, -86), (27, -101), (12, -104),
    (0, -101),
)  # fmt: skip
_HAIRS: Final = 90


def _strength(style: BeardStyle) -> float:
    return {BeardStyle.NONE: 0.0, BeardStyle.STUBBLE: 0.2, BeardStyle.SHORT: 0.8}[style]


def _place(s: Sketch, look: Look, xy: Array) -> Run:
    return s.run(xy, depth(xy) + 1.0, morphs=around(xy, look.style.mouth))


def draw_beard(s: Sketch, look: Look) -> None:
    """Jaw and chin; the face is the clip, so only the inner edge needs drawing."""
    strength = _strength(look.style.beard)
    if not strength:
        return
    colour = mix(look.hair.shade, look.skin.line, 0.25)
    edge = np.concatenate([_CHEEK_EDGE, mirror(_CHEEK_EDGE[-2::-1])])
    below = points((-110, 0), (-104, -80), (-64, -150), (0, -170), (64, -150), (104, -80), (110, 0))
    frame = _place(s, look, points((0, -40), (0, -122), (80, -40)))
    # Two layers: a faint wide one blurs the edge of the full one.
    for spread, share in ((-5.0, 0.35), (0.0, 0.75)):
        inner = edge + np.array([0.0, -spread]) * np.linspace(1.0, 0.4, len(edge))[:, None]
        s.begin().curve(_place(s, look, inner)).curve(_place(s, look, below)).close().linear(
            frame,
            [
                (0.0, fade(colour, 0.55 * share * strength)),
                (0.45, fade(colour, share * strength)),
                (1.0, fade(colour, share * strength)),
            ],
        )
    if look.style.beard is BeardStyle.SHORT:
        _draw_hairs(s, look, edge)


def _draw_hairs(s: Sketch, look: Look, edge: Array) -> None:
    """Single hairs along the edge, and lighter ones within."""
    rng = random.Random(5)
    along = np.linspace(0.5, len(edge) - 1.5, _HAIRS)
    index = np.arange(len(edge))
    x, y = np.interp(along, index, edge[:, 0]), np.interp(along, index, edge[:, 1])
    for colour, drop, alpha in ((look.hair.shade, 0.0, 0.6), (look.hair.light, -13.0, 0.45)):
        hairs = []
        for px, py in zip(x, y, strict=True):
            top = np.array([px, py + drop + rng.gauss(0.0, 2.5)])
            lean = np.array([-0.05 * px + rng.gauss(0.0, 1.2), -7.0 + rng.gauss(0.0, 1.5)])
            hairs.append(_hair(top, lean))
        _draw_all(s, look, hairs, fade(colour, alpha))


def _hair(top: Array, lean: Array) -> Array:
    return tapered(np.stack([top, top + 0.5 * lean, top + lean]), (0.3, 1.3, 0.3))


def _draw_all(s: Sketch, look: Look, hairs: list[Array], colour: str) -> None:
    s.begin()
    for hair in _place(s, look, np.concatenate(hairs)).split(len(hairs[0])):
        s.loop(hair)
    s.fill(colour)


def draw_moustache(s: Sketch, look: Look) -> None:
    """Upper lip; drawn over the mouth, whose upper lip it follows."""
    strength = _strength(look.style.beard)
    if not strength:
        return
    colour = mix(look.hair.shade, look.skin.line, 0.2)
    half = points((0, -66.5), (6, -64.5), (18, -66.5), (28, -72), (36, -81))
    under = points((36, -81), (28, -77.5), (19, -74.5), (9, -73), (0, -74.5))
    top = np.concatenate([mirror(half[:0:-1]), half])
    low = np.concatenate([under, mirror(under[-2::-1])])
    s.begin().curve(_place(s, look, top)).curve(_place(s, look, low)).close()
    s.fill(fade(colour, 0.92 * strength))
    if look.style.beard is not BeardStyle.SHORT:
        return
    hairs = [
        _hair(np.array([33.0 * k, -64.0 - 12.0 * k * k]), np.array([5.0 * k, -8.5]))
        for k in np.linspace(-1.0, 1.0, 19)
    ]
    _draw_all(s, look, hairs, fade(look.hair.light, 0.4))
