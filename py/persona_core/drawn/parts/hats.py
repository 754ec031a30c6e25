"""Hats, and the hair under them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from persona_core.drawn.look import Look
from persona_core.drawn.palette import fade, mix
from persona_core.drawn.shape import Array, both_sides, mirror, on_mantle, points, tapered
from persona_core.drawn.sketch import Run, Sketch
from persona_core.drawn.style import Accessory

_CROWN = points((0, 179), (42, 174), (80, 154), (106, 118), (117, 74), (117, 54))
"""The beanie's outline at positive x, from its top to the end of its band."""
_BELOW = points((117, 54), (132, 40), (150, 4), (172, -50), (190, -140), (260, -900))
"""How far hair may stand out below it."""
_BAND = points((-118, 60), (-84, 70), (-44, 77), (0, 79), (44, 77), (84, 70), (118, 60))
_BAND_HEIGHT = 34.0


@contextmanager
def tucked(s: Sketch, look: Look) -> Iterator[None]:
    """Hair drawn inside goes under the hat, if one is worn."""
    if Accessory.BEANIE not in look.style.accessories:
        yield
        return
    left = mirror(_CROWN[::-1])
    s.begin().curve(_on_hat(s, mirror(_BELOW[::-1]))).curve(_on_hat(s, left))
    s.curve(_on_hat(s, _CROWN)).curve(_on_hat(s, _BELOW)).close().clip()
    yield
    s.unclip()


def draw_hat(s: Sketch, look: Look) -> None:
    """A knitted beanie with a turned-up band, in the accent colour."""
    if Accessory.BEANIE not in look.style.accessories:
        return
    ramp = look.accent
    crown = both_sides(np.concatenate([_CROWN, points((60, 70), (0, 76))]))
    light = _on_hat(s, points((-34, 128), (112, 110), (-60, 14)))
    s.begin().loop(_on_hat(s, crown)).radial(
        light, [(0.0, ramp.light), (0.5, ramp.base), (1.0, ramp.deep)]
    )
    s.stroke(fade(ramp.line, 0.8), 1.6)
    _draw_ribs(s, look)
    _draw_band(s, look)


def _on_hat(s: Sketch, xy: Array) -> Run:
    z, binding = on_mantle(xy, 18.0)
    return s.run(xy, z, binding)


def _draw_ribs(s: Sketch, look: Look) -> None:
    s.begin()
    for u in np.linspace(-0.86, 0.86, 9):
        rib = points((u * 114, 78), (u * 108, 112), (u * 84, 146), (u * 40, 171))
        s.loop(_on_hat(s, tapered(rib, (1.2, 2.6, 2.2, 0.6))))
    s.fill(fade(look.accent.deep, 0.5))


def _draw_band(s: Sketch, look: Look) -> None:
    ramp = look.accent
    shadow = tapered(_BAND[1:-1] - np.array([0.0, 20.0]), (1.0, 9.0, 12.0, 9.0, 1.0))
    s.begin().loop(_on_hat(s, shadow)).fill(fade("#20101a", 0.2))
    band = tapered(_BAND, _BAND_HEIGHT)
    shade = _on_hat(s, points((-60, 92), (130, 92), (-60, 30)))
    s.begin().loop(_on_hat(s, band)).radial(
        shade, [(0.0, ramp.shine), (0.55, ramp.base), (1.0, ramp.shade)]
    )
    s.stroke(fade(ramp.line, 0.8), 1.6)
    s.clip()
    for u in np.linspace(-0.94, 0.94, 17):
        x = 118.0 * np.sin(0.5 * np.pi * u) * 0.99
        y = np.interp(x, _BAND[:, 0], _BAND[:, 1])
        groove = points((x, y + 19), (x * 1.006, y), (x * 1.002, y - 19))
        s.begin().curve(_on_hat(s, groove)).stroke(fade(ramp.deep, 0.75), 2.0)
        s.begin().curve(_on_hat(s, groove + np.array([2.2, 0.0])))
        s.stroke(fade(mix(ramp.shine, "#ffffff", 0.3), 0.45), 1.2)
    s.unclip()
