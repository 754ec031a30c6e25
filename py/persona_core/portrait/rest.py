"""What of a photo's expression belongs to the person, and what to the moment it was taken."""

from __future__ import annotations

from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face.blendshapes import Blendshape
from persona_core.face.neutral import MOOD_SHARE, REST_CAPS

MOOD_KEPT: Final = 0.55
"""How much of a photo's smile stays when its sender's face is at rest. Closing the lips over the
teeth of a photo costs it more of its life than a smile that was not meant."""
_LOOKS: Final = [shape for shape in Blendshape if shape.name.startswith("EYE_LOOK")]
_SMILE: Final = [
    Blendshape.MOUTH_SMILE_LEFT,
    Blendshape.MOUTH_SMILE_RIGHT,
    Blendshape.MOUTH_UPPER_UP_LEFT,
    Blendshape.MOUTH_UPPER_UP_RIGHT,
    Blendshape.MOUTH_LOWER_DOWN_LEFT,
    Blendshape.MOUTH_LOWER_DOWN_RIGHT,
    Blendshape.MOUTH_DIMPLE_LEFT,
    Blendshape.MOUTH_DIMPLE_RIGHT,
]


def own_shapes(shapes: Floats) -> Floats:
    """The blendshapes (52,) of a photo that stay when its sender shows no expression.

    Eyes that are narrow by nature stay so, a smile stays in part; the gaze is the sender's
    alone.
    """
    own = np.clip(shapes, 0.0, REST_CAPS) * MOOD_SHARE
    own[_LOOKS] = 0.0
    own[_SMILE] = MOOD_KEPT * shapes[_SMILE]
    return np.asarray(own, dtype=np.float32)
