"""The official code's results for a narrow network, where they are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt
from tests.support import extra_data

from persona_liveportrait.network.fold import Array
from persona_liveportrait.network.parts import NetworkPart

Floats = npt.NDArray[np.float32]

MODULES = {
    "appearance_feature_extractor": NetworkPart.APPEARANCE,
    "motion_extractor": NetworkPart.MOTION,
    "warping_module": NetworkPart.WARPING,
    "spade_generator": NetworkPart.GENERATOR,
    "stitching": NetworkPart.STITCHING,
    "eye": NetworkPart.EYE,
    "lip": NetworkPart.LIP,
}
"""The official names of the networks."""

SIZE = 128

needs_reference = extra_data.needs(extra_data.REFERENCE)


@cache
def read_reference() -> tuple[Mapping[NetworkPart, Mapping[str, Array]], Mapping[str, Floats]]:
    """Weights by part and key, and inputs and outputs as ``in/image``, ``out/warped`` ..."""
    with np.load(extra_data.path(extra_data.REFERENCE)) as content:
        weights: dict[NetworkPart, dict[str, Array]] = {}
        values = {}
        for name in content.files:
            if name.startswith("weights/"):
                _, module, key = name.split("/", 2)
                weights.setdefault(MODULES[module], {})[key] = content[name]
            elif name != "config":
                values[name] = content[name]
    return weights, values
