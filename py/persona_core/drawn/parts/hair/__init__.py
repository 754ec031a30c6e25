"""Hair: a back part behind everything, a front part over the face; a pair for each style."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from persona_core.drawn.look import Look
from persona_core.drawn.parts.hair import curly, long, short
from persona_core.drawn.parts.hair.strands import Brush
from persona_core.drawn.sketch import Sketch
from persona_core.drawn.style import HairStyle

_Draw = Callable[[Brush], None]

_STYLES: Final[dict[HairStyle, tuple[_Draw, _Draw]]] = {
    HairStyle.LONG_BANGS: (long.bangs_back, long.bangs_front),
    HairStyle.SIDE_PART: (short.side_part_back, short.side_part_front),
    HairStyle.CURLS: (curly.curls_back, curly.curls_front),
    HairStyle.TOUSLED: (short.tousled_back, short.tousled_front),
    HairStyle.SWEPT_BACK: (short.swept_back, short.swept_front),
    HairStyle.BOB: (long.bob_back, long.bob_front),
    HairStyle.BUN: (long.bun_back, long.bun_front),
}


def draw_hair_back(s: Sketch, look: Look) -> None:
    """What hangs behind the neck and shows around the head."""
    _STYLES[look.style.hair][0](Brush(s, look))


def draw_hair_front(s: Sketch, look: Look) -> None:
    """The crown, the fringe and what falls in front of the ears."""
    _STYLES[look.style.hair][1](Brush(s, look))
