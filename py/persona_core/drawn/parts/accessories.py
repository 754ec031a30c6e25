"""Glasses, earrings, a hair clip."""

from __future__ import annotations

from typing import Final

import numpy as np

from persona_core.drawn.look import Look
from persona_core.drawn.palette import fade, mix, tone
from persona_core.drawn.parts.eyes import CENTRE
from persona_core.drawn.parts.head import ears_covered
from persona_core.drawn.shape import SIDES, Array, mirror, on_mantle, points, tapered
from persona_core.drawn.sketch import Binding, Run, Sketch
from persona_core.drawn.style import Accessory

GOLD: Final = "#d9a441"
SILVER: Final = "#c9ced6"


def draw_glasses(s: Sketch, look: Look) -> None:
    worn = look.style.accessories
    if Accessory.ROUND_GLASSES in worn:
        _glasses(s, 34.5, 33.0, 2.0, "#4a3426", 2.9)
    elif Accessory.SQUARE_GLASSES in worn:
        _glasses(s, 36.5, 27.0, 3.2, mix(look.style.clothes_colour, "#3a1f33", 0.6), 3.6)


def _lens(rx: float, ry: float, power: float) -> Array:
    """(16, 2) superellipse; power 2 is an ellipse, more is squarer."""
    angle = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
    c, q = np.cos(angle), np.sin(angle)
    radius = (np.abs(c) ** power + np.abs(q) ** power) ** (-1.0 / power)
    return np.stack([rx * radius * c, ry * radius * q], axis=1)


def _glasses(s: Sketch, rx: float, ry: float, power: float, colour: str, width: float) -> None:
    def place(xy: Array) -> Run:
        # A frame barely curves: it stands clear of the nose and the brow.
        return s.run(xy, 90.0 - 0.0032 * xy[:, 0] ** 2)

    cx, cy = CENTRE[0] + 1.5, CENTRE[1] - 2.0
    lens = _lens(rx, ry, power) + np.array([cx, cy])
    edge = tone(colour, 1.9)
    for side, _ in SIDES:
        temple = mirror(points((cx + rx - 1, cy + 8), (96, cy + 10), (104, cy + 8)), side)
        arm = s.run(temple, np.array([84.0, 30.0, 0.0]), Binding(roundness=(0.0, 0.3, 0.6)))
        s.begin().curve(arm).stroke(colour, width)
    for side, _ in SIDES:
        rim = place(mirror(lens, side))
        glare = place(
            points(
                (side * cx - rx, cy + ry),
                (side * cx + 0.5 * rx, cy - 0.8 * ry),
                (side * cx + ry, cy + rx),
            )
        )
        s.begin().loop(rim).linear(
            glare,
            [
                (0.0, "#ffffff38"),
                (0.3, "#ffffff1f"),
                (0.31, "#ffffff08"),
                (0.44, "#ffffff08"),
                (0.45, "#ffffff1c"),
                (0.56, "#ffffff12"),
                (0.57, "#ffffff00"),
                (1.0, "#ffffff00"),
            ],
        )
        s.stroke(colour, width)
        top = np.array([[rx * np.cos(a), ry * np.sin(a)] for a in np.radians((150, 125, 100, 75))])
        s.begin().curve(place(mirror(top, 1) + np.array([side * cx, cy + 0.4])))
        s.stroke(fade(edge, 0.8), 0.9)
    inner = cx - rx
    bridge = place(points((-inner, cy + 5), (0, cy + 10), (inner, cy + 5)))
    s.begin().curve(bridge).stroke(colour, width)


def draw_earrings(s: Sketch, look: Look) -> None:
    worn = look.style.accessories
    for side, _ in SIDES:
        if Accessory.HOOPS in worn:
            angle = np.linspace(0.0, 2.0 * np.pi, 12, endpoint=False)
            ring = np.stack([101.0 + 15.0 * np.cos(angle), -64.0 + 18.0 * np.sin(angle)], axis=1)
            hang = (np.max(ring[:, 1]) - ring[:, 1]) / 36.0
            hoop = s.run(mirror(ring, side), -8.0, Binding(roundness=0.5, sway=0.35 * hang))
            s.begin().loop(hoop).stroke(tone(GOLD, 0.72), 4.4).stroke(GOLD, 3.0)
            s.stroke(tone(GOLD, 1.22, 0.7, alpha=0.8), 1.0)
        elif Accessory.STUDS in worn and not ears_covered(look):
            r = 4.2
            dot = points((100 - r, -35), (100, -35 + r), (100 + r, -35), (100, -35 - r))
            frame = points((98.5, -33.5), (98.5 + 1.5 * r, -33.5), (98.5, -33.5 + 1.5 * r))
            binding = Binding(roundness=0.5)
            s.begin().loop(s.run(mirror(dot, side), -6.0, binding))
            s.radial(
                s.run(mirror(frame, side), -6.0, binding),
                [(0.0, "#ffffff"), (0.5, SILVER), (1.0, tone(SILVER, 0.7))],
            )


def draw_hair_clip(s: Sketch, look: Look) -> None:
    if Accessory.HAIR_CLIP not in look.style.accessories:
        return
    for dy in (0.0, -11.0):
        bar = points((-62, 84 + dy), (-78, 74 + dy), (-92, 60 + dy))
        body = tapered(bar, (5.0, 6.5, 5.0))
        z, binding = on_mantle(body, 14.0)
        s.begin().loop(s.run(body, z, binding)).fill(look.accent.base)
        s.stroke(fade(look.accent.line, 0.8), 1.0)
        light = tapered(bar + np.array([-0.6, 1.2]), (0.4, 1.6, 0.4))
        z, binding = on_mantle(light, 14.0)
        s.begin().loop(s.run(light, z, binding)).fill(fade(look.accent.shine, 0.9))
