"""Faces by name: expressions, and any blendshapes with a turn of the head."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from persona_core.face import blendshapes
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams

Shapes = Mapping[str, float]
BY_NAME: Final = {shape.camel_name: shape for shape in Blendshape}


def both(**values: float) -> dict[str, float]:
    """Blendshapes for both sides, named without the side."""
    return {f"{name}{side}": v for name, v in values.items() for side in ("Left", "Right")}


def params(
    shapes: Shapes,
    pitch: float = 0.0,
    yaw: float = 0.0,
    roll: float = 0.0,
    translation: tuple[float, float] = (0.0, 0.0),
    scale: float = 1.0,
) -> FaceParams:
    """``FaceParams`` from named blendshapes and angles in degrees (roll after pitch/yaw)."""
    values = np.zeros(blendshapes.COUNT, dtype=np.float32)
    for name, value in shapes.items():
        values[BY_NAME[name]] = value
    x, y, z = (math.radians(v) / 2 for v in (pitch, yaw, roll))
    swing = math.hypot(x, y)
    k = math.sin(swing) / swing if swing else 0.0
    sw, sx, sy = math.cos(swing), k * x, k * y
    cz, sz = math.cos(z), math.sin(z)
    rotation = np.array([cz * sw, cz * sx - sz * sy, cz * sy + sz * sx, sz * sw], dtype=np.float32)
    return FaceParams(
        time_ms=0.0,
        blendshapes=values,
        rotation=rotation,
        translation=np.array(translation, dtype=np.float32),
        scale=scale,
    )


BIG_SMILE: Final = both(mouthSmile=0.9, mouthUpperUp=0.45, cheekSquint=0.6, eyeSquint=0.2) | {
    "jawOpen": 0.22
}
EXPRESSIONS: Final[dict[str, Shapes]] = {
    "neutral": {},
    "smile": both(mouthSmile=0.8, cheekSquint=0.3),
    "teeth": BIG_SMILE,
    "laugh": both(mouthSmile=0.9, cheekSquint=0.9, eyeBlink=0.6, mouthUpperUp=0.4)
    | {"jawOpen": 0.7},
    "open": {"jawOpen": 1.0},
    "ah": {"jawOpen": 0.45},
    "pucker": {"mouthPucker": 1.0},
    "funnel": {"mouthFunnel": 0.9, "jawOpen": 0.25},
    "closed": both(eyeBlink=1.0),
    "half": both(eyeBlink=0.45),
    "wide": both(eyeWide=1.0, browOuterUp=0.8) | {"browInnerUp": 0.9, "jawOpen": 0.4},
    "squint": both(eyeSquint=1.0, cheekSquint=0.6),
    "angry": both(browDown=1.0, eyeSquint=0.4, mouthPress=0.7, noseSneer=0.6),
    "sad": both(mouthFrown=1.0) | {"browInnerUp": 1.0, "mouthShrugLower": 0.4},
    "frown": both(mouthFrown=0.9, browDown=0.5),
    "stretch": both(mouthStretch=1.0, mouthLowerDown=0.6),
    "roll": {"mouthRollUpper": 1.0, "mouthRollLower": 1.0},
    "sneer": both(noseSneer=1.0, mouthUpperUp=0.9),
    "lower down": both(mouthLowerDown=1.0),
    "puff": {"cheekPuff": 1.0},
    "mouth left": {"mouthLeft": 1.0, "jawLeft": 0.5},
    "wink": {"eyeBlinkLeft": 1.0, "mouthSmileLeft": 0.9, "cheekSquintLeft": 0.6},
    "smirk": {"mouthSmileRight": 0.9, "browOuterUpRight": 1.0},
    "sealed": {"jawOpen": 0.7, "mouthClose": 0.7},
}
