"""Networks of any size with random weights: for measuring and for tests, where the official
weights are not at hand. Costs and sizes do not depend on what the numbers are.
"""

from __future__ import annotations

from collections.abc import Container
from math import prod

import numpy as np

from persona_liveportrait.network.fold import Array
from persona_liveportrait.network.layout import UNUSED_SUFFIX, expected_layout
from persona_liveportrait.network.parts import NetworkPart
from persona_liveportrait.network.widths import OFFICIAL, Shape, Widths

POWER_STEPS = 3


def random_weights(
    widths: Widths = OFFICIAL, seed: int = 0, parts: Container[NetworkPart] = frozenset(NetworkPart)
) -> dict[NetworkPart, dict[str, Array]]:
    """Tensors by part and key, scaled so that values neither die nor grow through the layers."""
    rng = np.random.default_rng(seed)
    return {
        part: _spectral(
            {
                key: _values(rng, key, shape)
                for key, shape in layout.items()
                if not key.endswith(UNUSED_SUFFIX)
            }
        )
        for part, layout in expected_layout(widths).items()
        if part in parts
    }


def _values(rng: np.random.Generator, key: str, shape: Shape) -> Array:
    name = key.rsplit(".", 1)[-1]
    if name == "running_var":
        values = rng.uniform(0.8, 1.2, shape)
    elif len(shape) >= 2 and name not in ("gamma", "beta"):
        # He et al. 2015: keeps the variance through layers with ReLU
        values = rng.standard_normal(shape, dtype=np.float32) * np.sqrt(2.0 / prod(shape[1:]))
    elif name == "weight":
        values = rng.uniform(0.8, 1.2, shape)  # of a normalisation
    else:
        values = rng.standard_normal(shape) * 0.1
    return np.asarray(values, dtype=np.float32)


def _spectral(tensors: dict[str, Array]) -> dict[str, Array]:
    """Puts singular vectors beside the weights that are spectrally normalised."""
    for key in [key for key in tensors if key.endswith("weight_orig")]:
        matrix = tensors[key].reshape(len(tensors[key]), -1)
        v = tensors[key.replace("_orig", "_v")]
        for _ in range(POWER_STEPS):
            u = _unit(matrix @ v)
            v = _unit(matrix.T @ u)
        tensors[key.replace("_orig", "_u")] = u
        tensors[key.replace("_orig", "_v")] = v
    return tensors


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)
