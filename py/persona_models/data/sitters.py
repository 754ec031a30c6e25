"""The people who were drawn as portraits to choose from: chosen by eye among many seeds."""

from __future__ import annotations

import numpy as np

from persona_core.base.arrays import Floats
from persona_models.data.looks import linear
from persona_models.data.studio import Subject


def _of(red: float, green: float, blue: float) -> Floats:
    return linear(np.array([red, green, blue]))


_PLAIN: dict[str, object] = {
    "freckles": 0.0,
    "glasses": 0,
    "lash_length": 0.75,
    "lash_density": 0.85,
    "shine": 0.35,
    "red": 0.3,
    "sclera": 0.78,
    "stubble": True,
    "beard": 0.0,
    "moustache": 0.0,
    "curl": 0.2,
    "fringe": False,
    "hairline": 9.0,
    "iris_radius": 0.6,
    "pupil_radius": 0.22,
}
_REST = {"eyeBlink": 0.08, "eyeSquint": 0.1, "mouthSmile": 0.24}

SITTERS = {
    "architect": Subject(
        seed=3,
        look=_PLAIN
        | {
            "skin": _of(0.80, 0.61, 0.49),
            "hair": _of(0.20, 0.13, 0.10),
            "iris": _of(0.28, 0.17, 0.10),
            "lip_colour": _of(0.68, 0.36, 0.34),
            "lips": 0.7,
            "age": 0.25,
            "hair_style": "tied",
            "hair_volume": 0.45,
            "brow_width": 0.2,
            "brow_density": 0.8,
            "liner": 0.6,
            "eye_shadow": 0.2,
            "glasses": 1,
            "cloth": _of(0.62, 0.30, 0.26),
        },
        expression=_REST | {"mouthSmile": 0.32},
        turn=(3.0, 1.0, -1.0),
        backdrop=(0.66, 0.62, 0.56),
    ),
    "baker": Subject(
        seed=103,
        look=_PLAIN
        | {
            "skin": _of(0.84, 0.65, 0.54),
            "hair": _of(0.36, 0.24, 0.16),
            "iris": _of(0.37, 0.41, 0.40),
            "lip_colour": _of(0.70, 0.44, 0.40),
            "lips": 0.5,
            "age": 0.4,
            "hair_style": "short",
            "hair_volume": 0.9,
            "brow_width": 0.28,
            "brow_density": 0.8,
            "liner": 0.2,
            "eye_shadow": 0.1,
            "beard": 0.8,
            "moustache": 0.8,
            "cloth": _of(0.24, 0.33, 0.40),
        },
        expression=_REST,
        turn=(-3.0, 0.0, 1.0),
        backdrop=(0.52, 0.58, 0.60),
    ),
    "musician": Subject(
        seed=203,
        look=_PLAIN
        | {
            "skin": _of(0.86, 0.68, 0.57),
            "hair": _of(0.15, 0.12, 0.11),
            "iris": _of(0.24, 0.15, 0.10),
            "lip_colour": _of(0.74, 0.38, 0.38),
            "lips": 0.75,
            "age": 0.1,
            "hair_style": "bob",
            "hair_volume": 0.9,
            "brow_width": 0.2,
            "brow_density": 0.7,
            "liner": 0.5,
            "eye_shadow": 0.1,
            "cloth": _of(0.25, 0.42, 0.40),
        },
        expression=_REST | {"mouthSmile": 0.28},
        turn=(2.0, 0.0, 2.0),
        backdrop=(0.64, 0.58, 0.60),
    ),
    "runner": Subject(
        seed=303,
        look=_PLAIN
        | {
            "skin": _of(0.50, 0.34, 0.26),
            "hair": _of(0.12, 0.10, 0.09),
            "iris": _of(0.22, 0.13, 0.08),
            "lip_colour": _of(0.47, 0.27, 0.24),
            "lips": 0.6,
            "age": 0.2,
            "hair_style": "cropped",
            "hair_volume": 0.35,
            "brow_width": 0.25,
            "brow_density": 0.8,
            "liner": 0.2,
            "eye_shadow": 0.1,
            "cloth": _of(0.80, 0.62, 0.24),
        },
        expression=_REST | {"mouthSmile": 0.36},
        turn=(-2.0, 1.0, -1.0),
        backdrop=(0.50, 0.54, 0.60),
    ),
    "gardener": Subject(
        seed=402,
        look=_PLAIN
        | {
            "skin": _of(0.85, 0.67, 0.57),
            "hair": _of(0.66, 0.65, 0.63),
            "iris": _of(0.40, 0.45, 0.46),
            "lip_colour": _of(0.70, 0.45, 0.42),
            "lips": 0.5,
            "age": 0.6,
            "hair_style": "short",
            "hair_volume": 1.1,
            "brow_width": 0.22,
            "brow_density": 0.6,
            "liner": 0.3,
            "eye_shadow": 0.15,
            "cloth": _of(0.36, 0.44, 0.30),
        },
        expression=_REST,
        turn=(2.0, 0.0, 0.0),
        backdrop=(0.60, 0.60, 0.55),
    ),
}
"""By the names of their portraits."""
