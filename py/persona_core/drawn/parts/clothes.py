"""Clothes: shoulders and sleeves that fit the build, a collar for each garment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from persona_core.drawn.look import Look, Ramp
from persona_core.drawn.palette import fade
from persona_core.drawn.shape import Array, both_sides, mirror, points, tapered
from persona_core.drawn.sketch import TORSO, Binding, Sketch
from persona_core.drawn.style import ClothesStyle


def _torso(look: Look, neckline: Array) -> Array:
    """Closed outline of a garment: the neckline (from the person's right to left at the neck)
    and the body below it down to far under any picture's edge."""
    w = look.shoulders
    top = neckline[-1]
    left = points(
        (top[0] + 26, top[1] - 9), (w * 0.68, -178), (w - 14, -195), (w + 4, -222), (w + 14, -270),
        (w + 20, -360), (w + 26, -820),
    )  # fmt: skip
    return np.concatenate([left, mirror(left[::-1])])


def draw_clothes_back(s: Sketch, look: Look) -> None:
    """The far side of a collar or hood, behind the neck."""
    n = look.neck
    ramp = look.clothes
    if look.style.clothes is ClothesStyle.HOODIE:
        half = points((0, -104), (n * 0.7, -108), (n + 14, -122), (n + 20, -150), (0, -190))
    elif look.style.clothes in (ClothesStyle.SHIRT, ClothesStyle.BLAZER):
        half = points((0, -126), (n * 0.7, -127), (n + 1, -133), (n + 11, -152), (0, -180))
    else:
        return
    xy = both_sides(half)
    frame = s.run(points((0, -110), (0, -165), (30, -110)), -8.0, TORSO)
    s.begin().loop(s.run(xy, -8.0, _collar_hang(xy))).linear(
        frame, [(0.0, ramp.shade), (0.5, ramp.deep), (1.0, ramp.line)]
    )
    s.stroke(fade(ramp.line, 0.7), 1.4)


def draw_clothes(s: Sketch, look: Look) -> None:
    _GARMENTS[look.style.clothes](s, look)


def _garment(s: Sketch, look: Look, ramp: Ramp, neckline: Array) -> None:
    """A garment with shading and folds; leaves it as the clip."""
    w = look.shoulders
    frame = s.run(points((-40, -190), (w * 1.5, -250), (-90, -560)), 0.0, TORSO)
    neck_run = s.run(neckline, 6.0, _collar_hang(neckline))
    body = s.run(_torso(look, neckline), 0.0, TORSO)
    s.begin().curve(neck_run).curve(body).close().radial(
        frame, [(0.0, ramp.light), (0.45, ramp.base), (1.0, ramp.shade)]
    )
    s.stroke(fade(ramp.line, 0.75), 1.6)
    s.clip()
    for sign in (1, -1):
        # The arm's edge, folds from the armpit, and the shoulder's roundness.
        _line(s, _arm(w, sign), _ARM_WIDTHS, fade(ramp.line, 0.42))
        fold = mirror(points((w - 36, -258), (w - 62, -244), (w - 80, -236)), sign)
        _line(s, fold, (0.6, 3.0, 0.4), fade(ramp.deep, 0.5))
        low = mirror(points((w - 36, -300), (w - 70, -318), (w - 112, -322)), sign)
        _line(s, low, (0.6, 4.0, 0.4), fade(ramp.deep, 0.4))
        side = points((w + 60, -160), (w + 60, -820), (w - 60, -820), (w - 60, -160))
        inner = points((w - 30, -270), (w + 34, -300), (w - 30, -150))
        edge = s.run(mirror(side, sign), 0.0, TORSO)
        s.begin().lines(edge).close().linear(
            s.run(mirror(inner, sign), 0.0, TORSO),
            [(0.0, fade(ramp.deep, 0.0)), (1.0, fade(ramp.deep, 0.62 if sign > 0 else 0.3))],
        )
    # Light along the shoulder that faces the lamp.
    rim = points(
        (-w * 0.40, -172), (-w * 0.68, -181), (-w + 16, -199), (-w - 1, -226), (-w - 9, -280)
    )
    _line(s, rim, (0.5, 5.0, 7.0, 5.0, 0.5), fade(ramp.shine, 0.6))


_ARM_WIDTHS = (0.8, 2.4, 3.0, 3.0)


def _arm(w: float, sign: int) -> Array:
    """The edge between an arm and the body."""
    return mirror(points((w - 34, -262), (w - 28, -310), (w - 30, -420), (w - 22, -700)), sign)


def _line(s: Sketch, line: Array, widths: Sequence[float], colour: str) -> None:
    """A tapered line in the cloth."""
    s.begin().loop(s.run(tapered(line, widths), 0.0, TORSO)).fill(colour)


def _collar_hang(xy: Array) -> Binding:
    follow = np.clip((xy[:, 1] + 178.0) / 92.0, 0.0, 1.0) * 0.5
    return Binding(follow=follow, breath=1.0)


def _round_neck(n: float, drop: float, side: float = 12.0, top: float = -156.0) -> Array:
    """A round neckline from the person's right to left, ``drop`` below the neck's side."""
    half = points(
        (n + side, top), (n * 0.86 + side, top - 0.45 * drop),
        (n * 0.5 + side * 0.6, top - 0.86 * drop), (0, top - drop),
    )  # fmt: skip
    return np.concatenate([mirror(half), half[-2::-1]])


def _band(s: Sketch, inner: Array, width: float, ramp: Ramp) -> None:
    """A ribbed band along a neckline."""
    centre = np.array([0.0, inner[0, 1] + 4.0])
    away = inner - centre
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
    outer = inner + away * width
    a = s.run(inner, 7.0, _collar_hang(inner))
    b = s.run(outer[::-1], 7.0, _collar_hang(outer[::-1]))
    s.begin().curve(a).curve(b).close().fill(ramp.light)
    s.stroke(fade(ramp.line, 0.55), 1.2)
    places = np.linspace(0.04, 0.96, 25) * (len(inner) - 1)
    index = np.arange(len(inner))
    s.begin()
    for p, q in zip(
        *(
            np.stack([np.interp(places, index, edge[:, k]) for k in (0, 1)], axis=1)
            for edge in (inner, outer)
        ),
        strict=True,
    ):
        rib = np.array([p + 0.12 * (q - p), q - 0.12 * (q - p)])
        s.lift().lines(s.run(rib, 7.0, _collar_hang(rib)))
    s.stroke(fade(ramp.deep, 0.5), 0.9)


def _tee(s: Sketch, look: Look) -> None:
    line = _round_neck(look.neck, 38.0)
    _garment(s, look, look.clothes, line)
    s.unclip()
    _band(s, line, 8.0, look.clothes)


def _sweater(s: Sketch, look: Look) -> None:
    n = look.neck
    line = _round_neck(n, 26.0, 11.0, -150.0)
    _garment(s, look, look.clothes, line)
    _knit(s, look, look.clothes)
    s.unclip()
    _band(s, line, 14.0, look.clothes)


def _knit(s: Sketch, look: Look, ramp: Ramp) -> None:
    """Rows of knitting, barely visible."""
    w = look.shoulders
    s.begin()
    for k in range(-8, 9):
        x = k * w / 8.5
        line = points((x * 0.72, -176), (x * 0.92, -240), (x, -400), (x, -800))
        s.lift().curve(s.run(line, 0.0, TORSO))
    s.stroke(fade(ramp.deep, 0.3), 2.0)


def _hoodie(s: Sketch, look: Look) -> None:
    n, ramp = look.neck, look.clothes
    line = _round_neck(n, 44.0, 14.0, -150.0)
    _garment(s, look, ramp, line)
    s.unclip()
    for sign in (-1, 1):
        outer = mirror(points(
            (n + 15, -124), (n + 36, -134), (n + 44, -156), (n + 16, -192), (14, -224), (-3, -236),
        ), sign)  # fmt: skip
        inner = mirror(points(
            (-3, -236), (-2, -212), (n * 0.55, -190), (n, -164), (n + 6, -138), (n + 15, -124),
        ), sign)  # fmt: skip
        a, b = (s.run(xy, 12.0, _collar_hang(xy)) for xy in (outer, inner))
        frame = s.run(points((sign * (n + 38), -140), (sign * 8, -232), (0, -140)), 12.0, TORSO)
        s.begin().curve(a).curve(b).close().linear(
            frame, [(0.0, ramp.light), (0.5, ramp.base), (1.0, ramp.shade)]
        )
        s.stroke(fade(ramp.line, 0.7), 1.5)
        seam = mirror(points((n + 12, -136), (n + 26, -156), (n + 4, -190), (8, -224)), sign)
        s.begin().curve(s.run(seam, 12.0, _collar_hang(seam))).stroke(fade(ramp.deep, 0.6), 1.3)
    for sign in (-1, 1):
        cord = points((sign * 16, -221), (sign * 20, -244), (sign * 18, -276))
        s.begin().curve(s.run(cord, 14.0, TORSO)).stroke(look.accent.deep, 4.8)
        s.stroke(look.accent.light, 3.2)
        tip = points((sign * 18, -276), (sign * 17.6, -286))
        s.begin().lines(s.run(tip, 14.0, TORSO)).stroke(look.accent.deep, 5.0)


def _shirt(s: Sketch, look: Look) -> None:
    n, ramp = look.neck, look.clothes
    vee = points((-(n + 10), -150), (-(n * 0.6), -178), (0, -214), (n * 0.6, -178), (n + 10, -150))
    _garment(s, look, ramp, vee)
    placket = points((7, -214), (8, -400), (8, -800))
    s.begin().curve(s.run(placket, 0.0, TORSO)).stroke(fade(ramp.deep, 0.7), 1.4)
    for y in (-246, -300, -354, -408):
        ring = points((-3.2, y), (0, y + 3.2), (3.2, y), (0, y - 3.2))
        s.begin().loop(s.run(ring, 0.0, TORSO)).fill(look.accent.light)
        s.stroke(fade(ramp.line, 0.8), 0.9)
    s.unclip()
    for sign in (1, -1):
        leaf = mirror(
            points((n + 3, -132), (n + 14, -143), (n + 20, -160), (n + 4, -204), (0.5, -215)), sign
        )
        back = mirror(points((0.5, -215), (n * 0.62, -172), (n + 3, -132)), sign)
        a, b = s.run(leaf, 9.0, _collar_hang(leaf)), s.run(back, 9.0, _collar_hang(back))
        frame = s.run(points((sign * (n + 16), -146), (sign * 18, -216), (0, -146)), 9.0, TORSO)
        s.begin().lines(a).curve(b).close().linear(frame, [(0.0, ramp.light), (1.0, ramp.base)])
        s.stroke(fade(ramp.line, 0.7), 1.4)


def _blazer(s: Sketch, look: Look) -> None:
    n, w = look.neck, look.shoulders
    tee = _round_neck(n, 22.0, 7.0, -148.0)
    _inner_top(s, look, tee, 9.0)
    _open_front(s, look, look.clothes, 66.0)
    ramp = look.clothes
    for sign in (1, -1):
        lapel = mirror(points(
            (n + 13, -150), (n + 40, -176), (w * 0.52, -214), (w * 0.36, -222), (w * 0.44, -240),
            (14, -372), (26, -290), (n * 0.9, -196),
        ), sign)  # fmt: skip
        run = s.run(lapel, 10.0, TORSO)
        frame = s.run(points((sign * (n + 30), -160), (sign * 20, -360), (0, -160)), 8.0, TORSO)
        s.begin().lines(run).close().linear(frame, [(0.0, ramp.light), (1.0, ramp.shade)])
        s.stroke(fade(ramp.line, 0.85), 1.5)


def _inner_top(s: Sketch, look: Look, neckline: Array, band: float) -> None:
    """What shows of a top under an open garment."""
    ramp = look.accent
    side = points((neckline[-1, 0] + 16, -190), (78, -320), (78, -820))
    panel = np.concatenate([side, mirror(side[::-1])])
    frame = s.run(points((0, -180), (0, -420), (80, -180)), 0.0, TORSO)
    s.begin().curve(s.run(neckline, 5.0, _collar_hang(neckline))).lines(s.run(panel, 0.0, TORSO))
    s.close().linear(frame, [(0.0, ramp.base), (0.4, ramp.light), (1.0, ramp.shade)])
    _band(s, neckline, band, ramp)


def _open_front(s: Sketch, look: Look, ramp: Ramp, gap: float) -> None:
    """Two halves of an open garment."""
    n, w = look.neck, look.shoulders
    for sign in (-1, 1):
        half = mirror(points(
            (n + 13, -149), (n + 36, -163), (w * 0.68, -177), (w - 12, -193), (w + 7, -222),
            (w + 17, -270), (w + 23, -360), (w + 30, -820),
        ), sign)  # fmt: skip
        edge = mirror(points(
            (gap * 0.16, -820), (gap * 0.2, -380), (gap * 0.55, -250), (n * 0.95, -190),
            (n + 13, -149),
        ), sign)  # fmt: skip
        frame = s.run(points((-40, -190), (w * 1.5, -250), (-90, -560)), 0.0, TORSO)
        s.begin().curve(s.run(half, 2.0, TORSO)).curve(s.run(edge, 8.0, TORSO)).close()
        s.radial(frame, [(0.0, ramp.light), (0.45, ramp.base), (1.0, ramp.shade)])
        s.stroke(fade(ramp.line, 0.8), 1.6)
        _line(s, _arm(w, sign), _ARM_WIDTHS, fade(ramp.line, 0.45))
    rim = points(
        (-w * 0.40, -169), (-w * 0.68, -180), (-w + 14, -197), (-w - 4, -226), (-w - 12, -280)
    )
    _line(s, rim, (0.5, 4.0, 6.0, 4.0, 0.5), fade(ramp.shine, 0.6))


def _cardigan(s: Sketch, look: Look) -> None:
    n = look.neck
    tee = _round_neck(n, 40.0, 8.0, -152.0)
    _inner_top(s, look, tee, 6.0)
    _open_front(s, look, look.clothes, 74.0)
    ramp = look.clothes
    for sign in (-1, 1):
        edge = mirror(
            points((n + 13, -149), (n * 0.95, -190), (41, -250), (15, -380), (12, -820)), sign
        )
        s.begin().curve(s.run(edge, 9.0, TORSO)).stroke(fade(ramp.line, 0.8), 13.0)
        s.stroke(ramp.light, 10.6)


_GARMENTS = {
    ClothesStyle.TEE: _tee,
    ClothesStyle.SWEATER: _sweater,
    ClothesStyle.HOODIE: _hoodie,
    ClothesStyle.SHIRT: _shirt,
    ClothesStyle.BLAZER: _blazer,
    ClothesStyle.CARDIGAN: _cardigan,
}
