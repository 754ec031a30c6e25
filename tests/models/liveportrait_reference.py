"""The official code's results for a narrow network, where they are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt
from tests.support import extra_data

from persona_models.liveportrait.fold import Array
from persona_models.liveportrait.parts import Part

Floats = npt.NDArray[np.float32]

MODULES = {
    "appearance_feature_extractor": Part.APPEARANCE,
    "motion_extractor": Part.MOTION,
    "warping_module": Part.WARPING,
    "spade_generator": Part.GENERATOR,
    "stitching": Part.STITCHING,
    "eye": Part.EYE,
    "lip": Part.LIP,
}
"""The official names of the networks."""

SIZE = 128

needs_reference = extra_data.needs(extra_data.REFERENCE)


@cache
def read_reference() -> tuple[Mapping[Part, Mapping[str, Array]], Mapping[str, Floats]]:
    """Weights by part and key, and inputs and outputs as ``in/image``, ``out/warped`` ..."""
    with np.load(extra_data.path(extra_data.REFERENCE)) as content:
        weights: dict[Part, dict[str, Array]] = {}
        values = {}
        for name in content.files:
            if name.startswith("weights/"):
                _, module, key = name.split("/", 2)
                weights.setdefault(MODULES[module], {})[key] = content[name]
            elif name != "config":
                values[name] = content[name]
    return weights, values
