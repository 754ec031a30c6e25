"""Hair that reaches the jaw or falls over the shoulders; and hair tied up."""

from __future__ import annotations

from persona_core.drawn.palette import mix
from persona_core.drawn.parts.hair.strands import Brush, fan
from persona_core.drawn.shape import mirror, points


def bangs_back(b: Brush) -> None:
    h = b.look.hair
    b.tip = -270.0
    half = points(
        (0, 149), (62, 137), (105, 100), (121, 44), (127, -20), (133, -90), (136, -170),
        (126, -240), (98, -284), (50, -300), (0, -296),
    )  # fmt: skip
    b.back(half, [(0.0, h.base), (0.3, h.shade), (0.5, h.deep), (1.0, h.line)], 120, -210)
    b.strands(
        [
            [(x * 0.86, 0), (x, -80), (x * 1.04, -160), (x * 0.9, -270)]
            for x in (-116, -98, -60, 60, 98, 116)
        ],
        3.0,
        h.shade,
        0.5,
        True,
    )


def bangs_front(b: Brush) -> None:
    h = b.look.hair
    b.tip = -270.0
    for sign in (1, -1):
        shade = 0.45 if sign > 0 else 0.1
        outer = mirror(points(
            (60, 136), (104, 100), (121, 44), (128, -24), (133, -100), (130, -170), (112, -232),
            (92, -276),
        ), sign)  # fmt: skip
        inner = mirror(points(
            (92, -276), (85, -220), (86, -150), (83, -90), (85, -36), (92, 14), (84, 60),
            (60, 136),
        ), sign)  # fmt: skip
        b.mass(
            outer,
            inner,
            stops=[(0.0, h.base), (0.2, mix(h.light, h.base, shade)), (0.5, h.base), (1.0, h.deep)],
            axis=((sign * 80, 110), (sign * 112, -250)),
        )
        b.strands(
            mirror(line, sign)
            for line in fan(
                (66, 128),
                [(94, 70), (98, 0), (97, -90), (96, -170), (92, -240)],
                [(112, 80), (124, 0), (128, -90), (124, -170), (104, -236)],
                6,
            )
        )
        b.strands(
            [mirror([(104, 40), (110, -30), (112, -100), (108, -180)], sign)], 4.0, h.light, 0.5
        )
    crown = points((-110, 84), (-96, 111), (-60, 137), (0, 149), (60, 137), (96, 111), (110, 84))
    inner = points((110, 84), (88, 62), (46, 60), (0, 62), (-46, 60), (-88, 62), (-110, 84))
    b.mass(
        crown,
        inner,
        stops=[(0.0, h.base), (0.35, h.light), (0.6, h.base), (1.0, h.base)],
        axis=((-10, 150), (6, 40)),
        line=0.0,
    )
    # Locks that frame the face, a full fringe under, slender locks over it.
    for sign in (1, -1):
        b.lock(
            mirror(points((40, 134), (82, 98), (95, 50), (91, 0), (84, -44), (88, -84)), sign),
            (10, 26, 26, 19, 11, 0),
            shade=0.4 if sign > 0 else 0.05,
            outline=0.5,
        )
    for x, y in ((-66, 28), (66, 28), (-40, 34), (40, 34), (-14, 37), (14, 37)):
        b.lock(
            [(x * 0.14, 141), (x * 0.62, 116), (x * 0.94, 76), (x * 1.0, y + 18), (x * 1.02, y)],
            (10, 30, 34, 25, 0),
            shade=0.3 if x > 20 else 0.05,
            outline=0.0,
        )
    for x, y, lean in (
        (-77, 8, -9),
        (-57, 19, -6),
        (-34, 23, -5),
        (-9, 26, -3),
        (17, 24, 4),
        (40, 22, 5),
        (60, 18, 6),
        (78, 7, 9),
    ):
        b.lock(
            [(x * 0.14, 142), (x * 0.6, 118), (x * 0.95, 76), (x, 44), (x + lean, y)],
            (6, 19, 21, 13, 0),
            shade=0.25 if x > 20 else 0.0,
            outline=0.35,
        )
    b.strands(
        fan((0, 144), [(-58, 122), (-84, 74), (-80, 44)], [(58, 122), (84, 74), (80, 44)], 13),
        1.2,
        alpha=0.36,
    )
    b.shine([(-98, 66), (-70, 96), (-24, 110), (28, 109), (70, 94), (96, 66)], 26.0, 0.5)
    b.shine([(104, 96), (119, 44), (126, -24), (130, -100), (126, -180)], 7.0, 0.45)


def bob_back(b: Brush) -> None:
    h = b.look.hair
    b.tip = -130.0
    half = points(
        (0, 150), (64, 137), (106, 100), (122, 44), (128, -20), (127, -76), (114, -116),
        (84, -130), (40, -133), (0, -133),
    )  # fmt: skip
    b.back(half, [(0.0, h.base), (0.5, h.shade), (0.66, h.deep), (1.0, h.line)], 120, -150)


def bob_front(b: Brush) -> None:
    h = b.look.hair
    b.tip = -130.0
    crown = points((-104, 96), (-62, 138), (0, 152), (34, 149), (84, 127), (106, 92))
    under = points((106, 92), (74, 96), (36, 122), (-20, 106), (-104, 96))
    b.mass(crown, under, stops=[(0.0, h.base), (1.0, h.shade)], axis=((0, 150), (0, 96)), line=0.4)
    # Parted on the person's left; the long side sweeps over the forehead.
    short_out = points(
        (32, 150), (84, 128), (113, 84), (126, 20), (131, -44), (125, -98), (106, -124), (84, -122)
    )
    short_in = points(
        (84, -122), (95, -96), (94, -40), (94, 14), (84, 60), (68, 94), (48, 124), (32, 150)
    )
    b.mass(
        short_out,
        short_in,
        stops=[(0.0, h.base), (0.3, h.light), (0.55, h.base), (1.0, h.deep)],
        axis=((60, 140), (90, -130)),
    )
    long_out = points(
        (34, 149), (0, 153), (-62, 139), (-106, 100), (-123, 44), (-131, -20), (-131, -80),
        (-119, -116), (-84, -124),
    )  # fmt: skip
    long_in = points(
        (-84, -124), (-96, -98), (-93, -50), (-95, -6), (-86, 34), (-50, 64), (4, 100), (30, 127),
        (34, 149),
    )  # fmt: skip
    b.mass(
        long_out,
        long_in,
        stops=[(0.0, h.base), (0.3, h.light), (0.55, h.base), (1.0, h.shade)],
        axis=((0, 150), (-80, -130)),
    )
    b.strands(
        fan(
            (34, 146),
            [(-6, 108), (-62, 66), (-92, 8), (-95, -90)],
            [(0, 150), (-80, 124), (-124, 30), (-126, -84)],
            8,
        ),
        1.8,
        h.shade,
        0.75,
    )
    b.strands(
        fan(
            (36, 145),
            [(66, 104), (88, 40), (95, -30), (96, -94)],
            [(84, 124), (119, 50), (127, -40), (116, -104)],
            6,
        ),
        1.8,
        h.shade,
        0.75,
    )
    b.lock(
        [(33, 148), (-6, 110), (-58, 66), (-84, 28), (-93, -16)], (4, 22, 24, 17, 0), outline=0.4
    )
    b.shine([(-120, 48), (-90, 90), (-48, 114), (-4, 126)], 28.0, 0.9)
    b.shine([(72, 112), (98, 80), (115, 36)], 22.0, 0.8)


def bun_back(b: Brush) -> None:
    h = b.look.hair
    knot = points(
        (0, 186), (25, 181), (38, 165), (35, 144), (0, 136), (-35, 144), (-38, 165), (-25, 181)
    )
    b.mass(
        knot,
        stops=[(0.0, h.light), (0.45, h.base), (1.0, h.deep)],
        axis=((-20, 194), (18, 140)),
        behind=True,
    )
    b.strands(
        [
            [(-30, 156), (-8, 174), (22, 174)],
            [(-22, 147), (4, 162), (32, 160)],
            [(-31, 166), (-13, 181), (8, 183)],
        ],
        2.2,
        alpha=0.7,
        behind=True,
    )
    half = points(
        (0, 144), (58, 132), (98, 96), (112, 44), (110, -14), (100, -60), (70, -90), (0, -96)
    )
    b.back(half, [(0.0, h.base), (0.5, h.shade), (1.0, h.deep)], 140, -90)


def bun_front(b: Brush) -> None:
    h = b.look.hair
    for sign in (1, -1):
        outer = mirror(points((0, 148), (58, 135), (98, 98), (112, 44), (107, -4)), sign)
        inner = mirror(points((107, -4), (95, 20), (84, 58), (50, 92), (0, 112), (0, 148)), sign)
        b.mass(
            outer,
            inner,
            stops=[(0.0, h.base), (0.4, mix(h.light, h.base, 0.3 * (sign > 0))), (1.0, h.shade)],
            axis=((0, 146), (sign * 100, 10)),
        )
        b.strands(
            mirror(line, sign)
            for line in fan(
                (0, 146), [(30, 116), (74, 84), (96, 20)], [(40, 138), (92, 100), (110, 30)], 5
            )
        )
        b.lock(
            mirror(points((76, 74), (96, 30), (102, -20), (94, -66), (98, -104)), sign),
            (8, 12, 11, 8, 0),
            shade=0.3 if sign > 0 else 0.0,
        )
    b.shine([(-100, 66), (-72, 104), (-20, 130)], 20.0, 0.55)
    b.shine([(100, 66), (72, 104), (20, 130)], 16.0, 0.4)
