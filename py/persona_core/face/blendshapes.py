"""The 52 face blendshapes in MediaPipe's order (ARKit's names, without ``tongueOut``).

Index 0 is MediaPipe's ``_neutral``, which carries no motion and is always about 0.
"Left" and "right" are the person's own, as ARKit defines them.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt


class Blendshape(IntEnum):
    """Index of each blendshape in a (52,) vector; every value lies in [0, 1]."""

    NEUTRAL = 0
    BROW_DOWN_LEFT = 1
    BROW_DOWN_RIGHT = 2
    BROW_INNER_UP = 3
    BROW_OUTER_UP_LEFT = 4
    BROW_OUTER_UP_RIGHT = 5
    CHEEK_PUFF = 6
    CHEEK_SQUINT_LEFT = 7
    CHEEK_SQUINT_RIGHT = 8
    EYE_BLINK_LEFT = 9
    EYE_BLINK_RIGHT = 10
    EYE_LOOK_DOWN_LEFT = 11
    EYE_LOOK_DOWN_RIGHT = 12
    EYE_LOOK_IN_LEFT = 13
    EYE_LOOK_IN_RIGHT = 14
    EYE_LOOK_OUT_LEFT = 15
    EYE_LOOK_OUT_RIGHT = 16
    EYE_LOOK_UP_LEFT = 17
    EYE_LOOK_UP_RIGHT = 18
    EYE_SQUINT_LEFT = 19
    EYE_SQUINT_RIGHT = 20
    EYE_WIDE_LEFT = 21
    EYE_WIDE_RIGHT = 22
    JAW_FORWARD = 23
    JAW_LEFT = 24
    JAW_OPEN = 25
    JAW_RIGHT = 26
    MOUTH_CLOSE = 27
    MOUTH_DIMPLE_LEFT = 28
    MOUTH_DIMPLE_RIGHT = 29
    MOUTH_FROWN_LEFT = 30
    MOUTH_FROWN_RIGHT = 31
    MOUTH_FUNNEL = 32
    MOUTH_LEFT = 33
    MOUTH_LOWER_DOWN_LEFT = 34
    MOUTH_LOWER_DOWN_RIGHT = 35
    MOUTH_PRESS_LEFT = 36
    MOUTH_PRESS_RIGHT = 37
    MOUTH_PUCKER = 38
    MOUTH_RIGHT = 39
    MOUTH_ROLL_LOWER = 40
    MOUTH_ROLL_UPPER = 41
    MOUTH_SHRUG_LOWER = 42
    MOUTH_SHRUG_UPPER = 43
    MOUTH_SMILE_LEFT = 44
    MOUTH_SMILE_RIGHT = 45
    MOUTH_STRETCH_LEFT = 46
    MOUTH_STRETCH_RIGHT = 47
    MOUTH_UPPER_UP_LEFT = 48
    MOUTH_UPPER_UP_RIGHT = 49
    NOSE_SNEER_LEFT = 50
    NOSE_SNEER_RIGHT = 51

    @property
    def camel_name(self) -> str:
        """The name as MediaPipe and ARKit write it: ``jawOpen``; ``_neutral`` for index 0."""
        if self is Blendshape.NEUTRAL:
            return "_neutral"
        head, *rest = self.name.lower().split("_")
        return head + "".join(word.capitalize() for word in rest)


COUNT = len(Blendshape)


def _mirror_order() -> npt.NDArray[np.intp]:
    order = []
    for shape in Blendshape:
        if shape.name.endswith("LEFT"):
            twin = Blendshape[shape.name.removesuffix("LEFT") + "RIGHT"]
        elif shape.name.endswith("RIGHT"):
            twin = Blendshape[shape.name.removesuffix("RIGHT") + "LEFT"]
        else:
            twin = shape
        order.append(int(twin))
    return np.array(order, dtype=np.intp)


MIRROR_ORDER: npt.NDArray[np.intp] = _mirror_order()
"""``shapes[MIRROR_ORDER]`` swaps the person's left and right."""
