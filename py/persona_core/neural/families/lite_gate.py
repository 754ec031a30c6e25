"""How much a portrait leaves to LivePortrait-Lite's nets, by what its photo shows.

The mouth's net invents teeth where the photo has none. Where the photo shows them, its own teeth,
bent, are the surer ones. So the net is followed less as the photo's lips part, and never all the
way.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face.blend import smoothstep

PARTED: Final = 0.05
"""Gap between the lips, of the mouth's width, from which something may be seen between them."""
BARED: Final = 0.1
"""Gap at which teeth are seen."""
MOUTH: Final = 0.9
"""How far the mouth's net is followed where the photo shows no teeth: it is surer of its teeth than
a camera is of real ones. Measured, as the next, on films of two men that nothing else is scored on
(``docs/experiments/lite.md``)."""
BARING: Final = 0.4
"""How far where it shows them."""
_GAPS: Final = ((82, 87), (13, 14), (312, 317))
"""Points of the inner lips, upper and lower, right, middle and left."""
_CORNERS: Final = (78, 308)


def lip_gap(landmarks: Floats) -> float:
    """How far the lips are parted, in widths of the mouth, at least 0.

    Args:
        landmarks: (478, 3) of a face, in any unit that is the same for all three axes.
    """
    upper, lower = np.array(_GAPS).T
    points = np.asarray(landmarks, dtype=np.float64)
    gap = float(np.linalg.norm(points[upper] - points[lower], axis=1).mean())
    right, left = points[list(_CORNERS)]
    return gap / max(float(np.linalg.norm(left - right)), 1e-6)


def patch_strength(source_landmarks: Floats) -> dict[str, float]:
    """By what the changes of each net are multiplied: ``mouth`` and ``eye``, 0 to 1.

    Args:
        source_landmarks: (478, 3) of the portrait's photo, pixels.
    """
    share = (lip_gap(source_landmarks) - PARTED) / (BARED - PARTED)
    return {"mouth": MOUTH + (BARING - MOUTH) * smoothstep(share), "eye": 1.0}
