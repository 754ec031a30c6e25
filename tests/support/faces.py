"""Faces by the names of their blendshapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import blendshapes
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams

_FIELDS = frozenset(field.name for field in fields(FaceParams))


def shapes(values: Mapping[Blendshape, float] | None = None, /, **named: float) -> Floats:
    """(52,) blendshapes, the others 0. A name may be in small letters; without a side it is both.

    Raises:
        KeyError: there is no blendshape of that name.
    """
    array = np.zeros(blendshapes.COUNT, dtype=np.float32)
    for shape, value in (values or {}).items():
        array[shape] = value
    for name, value in named.items():
        word = name.upper()
        sides = [word] if word in Blendshape.__members__ else [f"{word}_LEFT", f"{word}_RIGHT"]
        array[[Blendshape[side] for side in sides]] = value
    return array


def face(values: Mapping[Blendshape, float] | None = None, /, **named: Any) -> FaceParams:
    """A face with these blendshapes; ``named`` are more of them, or other fields."""
    others = {"time_ms": 0.0} | {name: named.pop(name) for name in _FIELDS & set(named)}
    return FaceParams(blendshapes=shapes(values, **named), **others)
