"""The neck and the skin below it."""

from __future__ import annotations

import numpy as np

from persona_core.drawn.look import Look
from persona_core.drawn.palette import fade
from persona_core.drawn.shape import Array, flesh, mirror, points, tapered
from persona_core.drawn.sketch import TORSO, Binding, Sketch


def _hang(xy: Array) -> Binding:
    """The neck: its top goes with the head, its foot with the shoulders."""
    follow = np.clip((xy[:, 1] + 182.0) / 92.0, 0.0, 1.0) ** 1.1 * 0.92
    return Binding(follow=follow, roundness=0.6, breath=1.0)


def draw_neck(s: Sketch, look: Look) -> None:
    """The neck and the skin that a neckline may show, with the shadow of the chin."""
    n, skin = look.neck, look.skin
    side = points(
        (n * 0.96, -60), (n * 0.94, -100), (n * 0.97, -132), (n + 7, -152), (n + 26, -168),
        (n + 34, -196), (n + 30, -290), (0, -320),
    )  # fmt: skip
    outline = np.concatenate([side, mirror(side[-2::-1])])
    z = np.where(outline[:, 1] > -140, 2.0, 0.0)
    frame_xy = points((-n, -130), (n * 1.25, -130), (-n, -60))
    frame = s.run(frame_xy, 0.0, _hang(frame_xy))
    neck = s.run(outline, z, _hang(outline), name="neck")
    s.begin().curve(neck).close().linear(
        frame, [(0.0, skin.base), (0.35, skin.light), (0.7, skin.base), (1.0, skin.shade)]
    )
    s.stroke(fade(skin.line, 0.5), 1.5)
    s.clip()
    shadow = points(
        (-88, -40), (88, -40), (84, -92), (62, -122), (34, -139), (4, -146), (-30, -138),
        (-58, -118), (-82, -88),
    )  # fmt: skip
    moves = {c: 0.8 * m for c, m in flesh(shadow).items()}
    cast = s.run(
        shadow, 12.0, Binding(follow=np.interp(shadow[:, 1], (-140, -90), (0.8, 1.0))), moves
    )
    frame = s.run(
        points((4, -96), (4, -152), (90, -96)),
        12.0,
        Binding(follow=0.9),
        {c: m[:1] for c, m in flesh(points((0, -130))).items()},
    )
    s.begin().loop(cast).linear(
        frame,
        [(0.0, fade(skin.deep, 0.95)), (0.6, fade(skin.deep, 0.72)), (1.0, fade(skin.deep, 0.5))],
    )
    for sign in (1, -1):
        bone = tapered(
            points((sign * 10, -184), (sign * 34, -180), (sign * 66, -174)), (0.8, 2.6, 0.5)
        )
        s.begin().loop(s.run(bone, 4.0, TORSO)).fill(fade(skin.deep, 0.55))
        cord = tapered(
            points((sign * 24, -136), (sign * 16, -160), (sign * 8, -178)), (0.4, 2.4, 0.6)
        )
        s.begin().loop(s.run(cord, 4.0, _hang(cord))).fill(fade(skin.deep, 0.22))
    s.unclip()
