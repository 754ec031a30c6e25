"""Short hair: parted, tousled, swept back."""

from __future__ import annotations

from collections.abc import Sequence

from persona_core.drawn.palette import fade, mix
from persona_core.drawn.parts import head
from persona_core.drawn.parts.hair.strands import Brush, Pairs, fan
from persona_core.drawn.shape import mirror, points

Lock = tuple[Pairs, Sequence[float], float]
"""A lock's middle line, its widths and its shade (see :meth:`Brush.lock`)."""


def _close_sides(b: Brush, low: float = -30.0) -> None:
    """Cropped hair around the ears, behind the face."""
    h = b.look.hair
    half = points(
        (0, 140), (60, 130), (98, 94), (106, 44), (103, 4), (94, low), (60, low - 26), (0, low - 30)
    )
    b.back(half, [(0.0, h.base), (0.5, h.shade), (1.0, h.deep)], 140, low - 30)


def _sideburns(b: Brush, end: float = -26.0) -> None:
    """Hair that runs down before the ears and thins out on the cheek."""
    h = b.look.hair
    for sign in (1, -1):
        edge = mirror(points((106, 74), (105, 30), (100, 0), (93, end)), sign)
        inner = mirror(points((93, end), (89, 4), (90, 36), (90, 62), (106, 74)), sign)
        a, c = (b.s.run(xy, *head.rim(xy)) for xy in (edge, inner))
        axis = mirror(points((92, 70), (92, end), (200, 70)), sign)
        b.s.begin().curve(a).curve(c).close().linear(
            b.s.run(axis, *head.rim(axis)),
            [(0.0, h.shade), (0.5, h.shade), (1.0, fade(h.shade, 0.0))],
        )


def side_part_back(b: Brush) -> None:
    _close_sides(b)


def side_part_front(b: Brush) -> None:
    h = b.look.hair
    _sideburns(b)
    outer = points(
        (-105, 36), (-113, 72), (-100, 116), (-60, 150), (-8, 161), (46, 154), (86, 129),
        (107, 92), (105, 40),
    )  # fmt: skip
    inner = points(
        (105, 40), (92, 58), (72, 92), (44, 106), (20, 102), (-40, 92), (-84, 64), (-105, 36)
    )
    b.mass(
        outer,
        inner,
        stops=[(0.0, h.light), (0.35, h.base), (1.0, h.shade)],
        axis=((-40, 158), (30, 50)),
    )
    # The parting's short side.
    b.lock([(44, 134), (74, 126), (96, 100), (103, 66), (100, 30)], (10, 26, 28, 17, 0), shade=0.5)
    b.lock([(42, 126), (64, 114), (82, 88), (92, 54)], (8, 18, 18, 0), shade=0.35)
    # The fringe: lifted at the parting, falling in a comma over the brow.
    b.lock([(44, 132), (2, 140), (-48, 122), (-88, 84), (-101, 36)], (12, 36, 40, 30, 0))
    b.lock([(46, 130), (8, 122), (-36, 98), (-66, 66), (-84, 32)], (12, 32, 34, 24, 0))
    b.lock([(46, 128), (18, 112), (-14, 88), (-44, 62), (-56, 34)], (12, 30, 32, 22, 0))
    b.lock([(47, 126), (28, 108), (4, 86), (-20, 64), (-24, 38)], (10, 24, 26, 18, 0), shade=0.1)
    b.lock([(47, 124), (36, 106), (18, 88), (2, 74), (-6, 54)], (8, 16, 17, 11, 0), shade=0.2)
    b.strands(
        fan((44, 132), [(0, 146), (-56, 130), (-96, 84)], [(18, 112), (-12, 88), (-30, 54)], 8),
        1.6,
        alpha=0.5,
    )
    b.strands(
        fan((46, 130), [(66, 119), (84, 94), (96, 46)], [(74, 132), (98, 106), (106, 60)], 4),
        alpha=0.5,
    )
    b.shine([(-98, 78), (-70, 110), (-30, 130), (14, 138)], 24.0, 0.5)
    b.shine([(86, 124), (103, 94), (106, 66), (103, 40)], 8.0, 0.5)


def tousled_back(b: Brush) -> None:
    h = b.look.hair
    b.tip = -120.0
    half = points(
        (0, 150), (62, 139), (106, 101), (121, 48), (127, -4), (119, -44), (124, -78), (108, -98),
        (84, -92), (60, -108), (30, -100), (0, -106),
    )  # fmt: skip
    b.back(half, [(0.0, h.shade), (0.5, h.deep), (1.0, h.line)], 130, -110)


def tousled_front(b: Brush) -> None:
    h = b.look.hair
    b.tip = -120.0
    for sign in (1, -1):
        shade = 0.5 if sign > 0 else 0.05
        outer = mirror(points(
            (60, 138), (106, 100), (122, 46), (128, -6), (119, -44), (125, -76), (114, -100),
        ), sign)  # fmt: skip
        inner = mirror(
            points((114, -100), (101, -78), (103, -44), (93, -12), (97, 30), (84, 66), (60, 138)),
            sign,
        )
        b.mass(
            outer,
            inner,
            stops=[
                (0.0, h.base),
                (0.3, mix(h.light, h.base, shade)),
                (0.6, h.base),
                (1.0, h.shade),
            ],
            axis=((sign * 80, 120), (sign * 108, -100)),
        )
        for line, widths in (
            (((88, 106), (118, 62), (124, 10), (113, -30), (124, -64)), (12, 26, 26, 20, 0)),
            (((84, 102), (106, 60), (110, 10), (100, -36), (110, -84)), (12, 26, 25, 21, 0)),
            (((80, 98), (98, 56), (100, 16), (89, -22), (96, -54)), (10, 21, 20, 14, 0)),
        ):
            b.lock(mirror(points(*line), sign), widths, shade=shade, outline=0.5)
    crown = points(
        (-118, 58), (-104, 108), (-64, 143), (-8, 160), (42, 155), (82, 134), (108, 98), (118, 56)
    )
    inner = points(
        (118, 56), (96, 48), (72, 78), (20, 90), (-40, 86), (-78, 68), (-98, 42), (-118, 58)
    )
    b.mass(
        crown,
        inner,
        stops=[(0.0, h.light), (0.4, h.base), (1.0, h.shade)],
        axis=((-40, 156), (20, 40)),
        line=0.5,
    )
    locks: Sequence[Lock] = (
        (((38, 134), (78, 124), (106, 92), (112, 52), (104, 16)), (12, 30, 30, 22, 0), 0.5),
        (((30, 136), (-30, 140), (-88, 110), (-112, 66), (-106, 22)), (12, 32, 34, 24, 0), 0.0),
        # The fringe, pushed over from the person's left.
        (((40, 132), (68, 110), (86, 76), (82, 34)), (14, 28, 25, 0), 0.35),
        (((34, 134), (-4, 124), (-56, 94), (-84, 54), (-92, 24)), (14, 34, 34, 22, 0), 0.0),
        (((34, 134), (54, 108), (58, 72), (48, 38)), (14, 27, 22, 0), 0.2),
        (((32, 136), (6, 114), (-32, 84), (-58, 52), (-62, 24)), (14, 30, 31, 20, 0), 0.0),
        (((32, 136), (34, 108), (26, 76), (8, 52), (10, 30)), (12, 26, 26, 16, 0), 0.05),
        (((30, 136), (10, 108), (-12, 78), (-30, 54), (-30, 28)), (10, 24, 25, 17, 0), 0.0),
    )
    for middle, width, shade in locks:
        b.lock(middle, width, shade=shade, outline=0.5)
    b.strands(
        fan((30, 138), [(-10, 130), (-62, 102), (-90, 50)], [(50, 112), (66, 84), (62, 48)], 9),
        1.5,
        alpha=0.45,
    )
    b.shine([(-104, 72), (-76, 108), (-34, 126), (14, 131)], 22.0, 0.42)
    b.shine([(104, 96), (119, 46), (124, -2), (117, -40)], 7.0, 0.4)


def swept_back(b: Brush) -> None:
    _close_sides(b, -34.0)


def swept_front(b: Brush) -> None:
    h = b.look.hair
    _sideburns(b, -34.0)
    outer = points(
        (-104, 44), (-109, 90), (-98, 128), (-66, 154), (-12, 167), (44, 168), (84, 150),
        (106, 110), (104, 44),
    )  # fmt: skip
    inner = points(
        (104, 44), (92, 58), (80, 82), (58, 96), (20, 94), (-16, 91), (-52, 94), (-80, 80),
        (-92, 56), (-104, 44),
    )  # fmt: skip
    b.mass(
        outer,
        inner,
        stops=[(0.0, h.base), (0.5, h.base), (1.0, h.deep)],
        axis=((-30, 168), (20, 70)),
    )
    # Waves that rise from the forehead and sweep over to the person's left.
    for line, widths, shade in (
        (((84, 76), (94, 96), (101, 104), (105, 84)), (8, 22, 17, 0), 0.7),
        (((66, 91), (76, 116), (92, 130), (104, 112)), (10, 28, 22, 0), 0.6),
        (((40, 95), (48, 122), (68, 144), (94, 140)), (10, 31, 26, 0), 0.4),
        (((12, 93), (14, 124), (36, 152), (74, 156)), (10, 33, 28, 0), 0.2),
        (((-16, 91), (-20, 124), (2, 156), (48, 168)), (10, 34, 29, 0), 0.05),
        (((-44, 93), (-54, 124), (-32, 154), (18, 168)), (10, 34, 29, 0), 0.0),
        (((-68, 88), (-84, 116), (-66, 146), (-18, 166)), (10, 32, 27, 0), 0.0),
        (((-86, 72), (-102, 98), (-90, 132), (-52, 156)), (8, 26, 24, 0), 0.15),
    ):
        b.lock(line, widths, shade=shade, outline=0.35)
        b.strands([[(x + dx, y - 0.4 * dx) for x, y in line] for dx in (-6, 0, 6)], 1.5, alpha=0.45)
    b.shine([(-96, 104), (-64, 134), (-20, 148), (24, 150)], 20.0, 0.55)
    b.shine([(62, 158), (88, 144), (102, 118), (103, 84)], 8.0, 0.5)
