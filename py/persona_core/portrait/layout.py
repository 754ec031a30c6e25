"""The block of uniforms that a frame of a portrait is, in vectors of four floats.

``portrait_webgl.js`` and ``portrait_webgpu.js`` hand it to the GPU as it is; the shaders know it by
the same names, which ``portrait_layout.js`` tells them::

    python -m persona_core.portrait.layout > py/persona_web/view/js/portrait_layout.js

std140 (OpenGL ES 3.0, 7.6.2.2) and WGSL's uniform layout agree for arrays of vec4.
"""

from __future__ import annotations

import sys
from typing import Final

HEAD: Final = 0
"""3: rows of the head's placement: x, y, depth of the picture (pixels of the photo) by
(x, y, z, 1) of the face frame (cm)."""
REST: Final = 3
"""3: rows of the photo's own placement."""
EYES: Final = 6
"""4, two an eye (right, left): rows (m, m, t) that take a point of the picture to the photo, for
what lies in the eye's plane; the fourth numbers are how shut the eye is, and how far it
has left the photo's, both in [0, 1]."""
IRISES: Final = 10
"""2: where each iris has gone from its place in the photo, x and y in pixels; how far the eye has
closed since the photo, in [0, 1]; then one unused."""
MOUTH: Final = 12
"""6, two a layer: rows that take a point of the picture to (x, y) cm right and down of the
mouth's middle in the upper jaw, to the same in the lower jaw, and to the photo for what moves
with the head; the fourth numbers are how far the jaw and the lips are open (cm), how firmly the
lips are pressed on each other, in [0, 1], how far the upper lip is below the mouth's middle (cm),
then unused."""
SHARES: Final = 18
"""8, two a region of a set (face, mouth, right eye, left eye): which pictures show it, as three
pairs (number of the expression, -1 for the portrait's own; its weight), then two unused."""
GAZES: Final = SHARES + 8
"""6, three an eye: the iris' centre in the picture, its radius and how far from the centre its
shift fades out, pixels; then how far (x, y) the iris lies from there in each of the three pictures
that show the eye, in sides of the patch; then two unused."""
WEIGHTS: Final = GAZES + 6
"""24: the weights of the moves, four a vector."""
FIXES: Final = WEIGHTS + 24
"""52: what is added at each pin (cm)."""
RIMS: Final = FIXES + 52
"""52: points (x, y) of the openings' refined rims in the picture, two a vector: of the right eye,
the left, the mouth."""
EYE_RIM: Final = 32
MOUTH_RIM: Final = 40
"""How many points each rim has."""
VECTORS: Final = RIMS + EYE_RIM + MOUTH_RIM // 2
"""160 in all: 2560 bytes."""


def as_javascript() -> str:
    """The module that tells the shaders."""
    names = [name for name in globals() if name.isupper()]
    lines = [f"export const {name} = {globals()[name]};" for name in names]
    return "\n".join(["// Made from persona_core/portrait/layout.py, which says how.", *lines, ""])


if __name__ == "__main__":
    sys.stdout.write(as_javascript())
