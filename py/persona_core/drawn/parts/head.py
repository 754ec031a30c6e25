"""Ears, the face's shape and the light on it."""

from __future__ import annotations

import random

import numpy as np

from persona_core.drawn.look import Look
from persona_core.drawn.paint import skin_spot
from persona_core.drawn.palette import fade, mix
from persona_core.drawn.parts.creases import draw_creases
from persona_core.drawn.shape import (
    SIDES,
    Array,
    both_sides,
    depth,
    flesh,
    mirror,
    points,
    smoothstep,
    tapered,
)
from persona_core.drawn.sketch import Binding, Run, Sketch
from persona_core.drawn.style import Accessory, FaceShape, HairStyle
from persona_core.face.blendshapes import Blendshape as B

# Half outlines at positive x, from the crown to the chin.
_CROWN = ((0.0, 128.0), (54.0, 116.0), (86.0, 82.0), (95.0, 40.0))
_JAWS = {
    FaceShape.OVAL: (
        (94.0, 0.0), (90.0, -34.0), (80.0, -68.0), (59.0, -99.0), (30.0, -119.0), (0.0, -125.0),
    ),
    FaceShape.ROUND: (
        (96.0, 0.0), (95.0, -34.0), (87.0, -68.0), (65.0, -97.0), (34.0, -114.0), (0.0, -119.0),
    ),
    FaceShape.HEART: (
        (95.0, 0.0), (90.0, -32.0), (77.0, -66.0), (53.0, -98.0), (25.0, -121.0), (0.0, -128.0),
    ),
    FaceShape.SQUARE: (
        (95.0, 0.0), (92.0, -36.0), (85.0, -72.0), (66.0, -104.0), (34.0, -124.0), (0.0, -129.0),
    ),
}  # fmt: skip


def outline(shape: FaceShape) -> Array:
    """(n, 2) closed outline of the face, clockwise from the crown."""
    return both_sides(_CROWN + _JAWS[shape])


def rim(xy: Array) -> tuple[Array, Binding]:
    """Depth and binding of the face's outline: the crown keeps its outline on a turn, the jaw
    is a plane that turns with the face."""
    roundness = 0.25 + 0.75 * smoothstep((xy[:, 1] + 60.0) / 90.0)
    return 0.55 * depth(xy) + 6.0, Binding(roundness=roundness)


def ears_covered(look: Look) -> bool:
    """Whether the hair hides the ears."""
    return look.style.hair in (HairStyle.LONG_BANGS, HairStyle.BOB)


def draw_ears(s: Sketch, look: Look) -> None:
    """Both ears, behind the face; none where the hair covers them."""
    if ears_covered(look):
        return
    shell = points(
        (84, 8), (96, 17), (108, 14), (112, 0), (108, -18), (101, -34), (92, -42), (84, -34)
    )
    fold = tapered(points((93, 8), (103, 7), (105, -6), (100, -20)), (0.8, 2.6, 2.8, 0.8))
    hollow = points((92, 0), (99, 0), (100, -12), (95, -24), (91, -20))
    for side, name in SIDES:
        binding = Binding(roundness=0.5)
        ear = s.run(mirror(shell, side), -14.0, binding, name=f"ear_{name.lower()}")
        frame = s.run(mirror(points((92, -10), (114, -10), (92, 24)), side), -14.0, binding)
        s.begin().loop(ear).radial(
            frame, [(0.0, look.skin.shade), (0.75, look.skin.base), (1.0, look.skin.shade)]
        )
        s.stroke(fade(look.skin.line, 0.55), 1.3)
        s.begin().loop(s.run(mirror(hollow, side), -12.0, binding))
        s.fill(fade(look.skin.deep, 0.55))
        s.begin().loop(s.run(mirror(fold, side), -12.0, binding))
        s.fill(fade(look.skin.deep, 0.7))


def draw_face(s: Sketch, look: Look) -> Run:
    """The face's skin with its shading; leaves the face as the clip (call ``s.unclip()``)."""
    skin = look.skin
    xy = outline(look.style.face)
    face = s.run(xy, *rim(xy), flesh(xy), name="face")
    frame_xy = points((-22, 34), (118, 6), (-46, -158))
    frame = s.run(frame_xy, 36.0, morphs=flesh(frame_xy))
    s.begin().loop(face).radial(
        frame, [(0.0, skin.light), (0.5, skin.base), (0.82, skin.base), (1.0, skin.shade)]
    )
    s.stroke(fade(skin.line, 0.6), 1.5)
    s.clip()
    _shade_sides(s, look)
    _shade_eye_sockets(s, look)
    _draw_blush(s, look)
    draw_creases(s, look)
    return face


def _shade_sides(s: Sketch, look: Look) -> None:
    # The light comes from the viewer's upper left; the far cheek and jaw lie in soft shade.
    skin_spot(s, (96, -58), (70, 120), look.skin.deep, 0.42)
    skin_spot(s, (-102, -66), (46, 100), look.skin.deep, 0.24)
    skin_spot(s, (0, -136), (96, 38), look.skin.deep, 0.3)
    skin_spot(s, (-10, 50), (74, 50), look.skin.shine, 0.42)
    skin_spot(s, (-3, -112), (20, 11), look.skin.shine, 0.5)
    _draw_bounce(s, look)
    # Shade that the fringe lets fall on the forehead.
    skin_spot(s, (0, 112), (140, 62), look.skin.deep, 0.42)


def _draw_bounce(s: Sketch, look: Look) -> None:
    """Light thrown back on the shaded cheek's rim, which lifts it off the background."""
    edge = outline(look.style.face)[4:9]
    xy = tapered(edge * np.array([0.962, 0.972]), (0.4, 3.6, 4.6, 3.6, 0.4))
    s.begin().loop(s.run(xy, *rim(xy), flesh(xy)))
    s.fill(fade(mix(look.skin.shine, "#ffffff", 0.25), 0.42))


def _shade_eye_sockets(s: Sketch, look: Look) -> None:
    for side, _ in SIDES:
        skin_spot(s, (42 * side, 4), (46, 32), mix(look.skin.deep, look.blush, 0.35), 0.26)
        skin_spot(s, (50 * side, -40), (36, 22), look.skin.shine, 0.45)


def _draw_blush(s: Sketch, look: Look) -> None:
    for side, name in SIDES:
        glow = s.scalar(0.55, {B[f"MOUTH_SMILE_{name}"]: 0.35, B[f"CHEEK_SQUINT_{name}"]: 0.15})
        skin_spot(s, (58 * side, -48), (38, 27), look.blush, 0.62, glow)
        if Accessory.BLUSH in look.style.accessories:
            skin_spot(s, (60 * side, -47), (31, 19), mix(look.blush, "#f0405f", 0.5), 0.8, glow)
    if Accessory.FRECKLES in look.style.accessories:
        _draw_freckles(s, look)


def _draw_freckles(s: Sketch, look: Look) -> None:
    # A fixed seed: the same person has the same freckles every time.
    rng = random.Random(11)
    for side, _ in SIDES:
        for _ in range(15):
            x = side * (16.0 + 56.0 * rng.random())
            y = -42.0 + 9.0 * rng.gauss()
            r = 0.8 + 0.8 * rng.random()
            ring = points((x - r, y), (x, y + r), (x + r, y), (x, y - r))
            dot = s.run(ring, depth(ring), morphs=flesh(ring))
            s.begin().loop(dot).fill(fade(look.skin.deep, 0.62))
