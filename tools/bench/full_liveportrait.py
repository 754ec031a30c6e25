"""What a frame of the full LivePortrait costs on this machine, in native onnxruntime.

Warping and generator, the two parts that run for every frame, at the official size (a portrait of
256 x 256, a picture of 512 x 512) in float32, with random weights: times do not depend on what the
numbers are.
"""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

SIZE: Final = 256
THREADS: Final = 2
RUNS: Final = 2
"""Each takes from 16 s to most of a minute on two cores, so that one more tells little."""
NEEDED: Final = ("onnx", "onnxruntime")


def missing() -> str:
    """The packages without which it cannot be measured, in words; empty where all are there."""
    return " and ".join(name for name in NEEDED if importlib.util.find_spec(name) is None)


def frame_ms(runs: int = RUNS) -> list[float]:
    """Milliseconds of warping and generator together, of each run; none is left out."""
    # Here, so that the others' figures do not need these packages.
    from persona_core.neural.manifest.manifest import Precision
    from persona_liveportrait.graphs.recipe import RECIPES, write_graphs
    from persona_liveportrait.network.parts import NetworkPart
    from persona_liveportrait.network.random_weights import random_weights
    from persona_liveportrait.network.widths import OFFICIAL
    from persona_liveportrait.timing import inputs_of
    from persona_models.onnx.native import open_session

    parts = (NetworkPart.WARPING, NetworkPart.GENERATOR)
    weights = random_weights(parts=parts)
    sessions = {}
    with TemporaryDirectory() as scratch:
        for recipe in RECIPES:
            if recipe.part not in parts:
                continue
            path = Path(scratch) / f"{recipe.part.value}.bin"
            tensors = weights.pop(recipe.part)
            graphs = write_graphs(recipe, tensors, OFFICIAL, SIZE, path, Precision.FP32)
            graph = graphs[Precision.FP32].SerializeToString()
            sessions[recipe.part] = open_session(graph, {path.name: path.read_bytes()}, THREADS)
            path.unlink()
    warping, generator = (sessions[part] for part in parts)
    given = inputs_of(NetworkPart.WARPING, SIZE)
    names = [output.name for output in warping.get_outputs()]
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        warped = dict(zip(names, warping.run(names, given), strict=True))["warped"]
        generator.run(None, {"warped": warped})
        times.append((time.perf_counter() - start) * 1e3)
    return times
