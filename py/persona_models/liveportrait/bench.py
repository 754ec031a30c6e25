"""Measures the full-size network with random weights, part by part: ``python -m
persona_models.liveportrait.bench``.

Our graphs in native onnxruntime, and where torch is installed the network in PyTorch, on the same
device. On a GPU that needs onnxruntime with CUDA (``onnxruntime-gpu``) and torch with CUDA.
Inputs and results stay on the device; what is timed is the run alone.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import onnxruntime

from persona_core.neural.manifest.manifest import Precision, Tensor
from persona_core.neural.self_check import waves
from persona_models.liveportrait.config import OFFICIAL, Widths
from persona_models.liveportrait.fold import Array
from persona_models.liveportrait.parts import NetworkPart
from persona_models.liveportrait.random_weights import random_weights
from persona_models.liveportrait.recipe import RECIPES, Recipe, write_graphs
from persona_models.liveportrait.verify import fixed_keypoints
from persona_models.onnx_native import open_session

Floats = npt.NDArray[np.float32]
Weights = Mapping[NetworkPart, Mapping[str, Array]]

PARTS = (NetworkPart.APPEARANCE, NetworkPart.MOTION, NetworkPart.WARPING, NetworkPart.GENERATOR)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured part.

    Attributes:
        open_s: until the session was ready; None for PyTorch.
        first_ms: the first run, which may compile or choose algorithms.
        median_ms, worst_ms: of the runs after it.
    """

    engine: str
    part: str
    precision: str
    open_s: float | None
    first_ms: float
    median_ms: float
    worst_ms: float

    def __str__(self) -> str:
        opened = "" if self.open_s is None else f", open {self.open_s:.1f} s"
        return (
            f"{self.engine:18} {self.part:11} {self.precision}: median {self.median_ms:.1f} ms, "
            f"worst {self.worst_ms:.1f} ms, first {self.first_ms:.0f} ms{opened}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="persona_models.liveportrait.bench", description=__doc__)
    parser.add_argument("--size", type=int, default=256, help="of the portrait (default: 256)")
    parser.add_argument("--runs", type=int, default=20, help="timed runs (default: 20)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--parts", nargs="+", choices=[part.value for part in PARTS])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    parts = [part for part in PARTS if not options.parts or part.value in options.parts]
    weights = random_weights(parts=parts)
    figures: list[Figure] = []
    for figure in _measure(weights, parts, options):
        figures.append(figure)
        _say(str(figure))
    if options.json:
        document = {"machine": describe(), "figures": [asdict(figure) for figure in figures]}
        options.json.write_text(json.dumps(document, indent=1) + "\n")


def describe() -> dict[str, str]:
    """What was measured on."""
    machine = {
        "machine": platform.machine(),
        "processor": platform.processor(),
        "onnxruntime": onnxruntime.__version__,
    }
    if importlib.util.find_spec("torch"):
        from persona_models.train.liveportrait_bench import describe_torch

        machine |= describe_torch()
    return machine


def _measure(
    weights: Weights, parts: list[NetworkPart], options: argparse.Namespace
) -> Iterator[Figure]:
    with TemporaryDirectory() as scratch:
        for recipe in RECIPES:
            if recipe.part in parts:
                yield from _measure_graphs(recipe, weights, Path(scratch), options)
    if importlib.util.find_spec("torch"):
        from persona_models.train.liveportrait_bench import measure_torch

        yield from measure_torch(weights, parts, options.size, options.runs, options.device)
    else:
        _say("torch is not installed: PyTorch is left out")


def inputs_of(part: NetworkPart, size: int, widths: Widths = OFFICIAL) -> dict[str, Floats]:
    """Inputs of a part's shapes, for a portrait of a side length."""
    source, driving = fixed_keypoints(widths.keypoints)
    side = size // 4
    volume = (1, widths.volume_channels, widths.depth, side, side)
    if part is NetworkPart.WARPING:
        feature = waves(Tensor("feature_3d", volume))
        return {"feature_3d": feature, "kp_driving": driving, "kp_source": source}
    if part is NetworkPart.GENERATOR:
        return {"warped": waves(Tensor("warped", (1, widths.warped, side, side)))}
    return {"portrait": waves(Tensor("portrait", (1, 3, size, size)))}


def _measure_graphs(
    recipe: Recipe, weights: Weights, scratch: Path, options: argparse.Namespace
) -> Iterator[Figure]:
    path = scratch / f"{recipe.part.value}.bin"
    stored = recipe.stored(Precision.FP16)
    graphs = write_graphs(recipe, weights[recipe.part], OFFICIAL, options.size, path, stored)
    data = {path.name: path.read_bytes()}
    path.unlink()
    providers = ["CUDAExecutionProvider"] if options.device == "cuda" else []
    for precision, graph in graphs.items():
        start = time.perf_counter()
        session = open_session(
            graph.SerializeToString(), data, providers=[*providers, "CPUExecutionProvider"]
        )
        opened = time.perf_counter() - start
        binding = session.io_binding()
        for name, values in inputs_of(recipe.part, options.size).items():
            kept = onnxruntime.OrtValue.ortvalue_from_numpy(values, options.device, 0)
            binding.bind_ortvalue_input(name, kept)
        for output in session.get_outputs():
            binding.bind_output(output.name, options.device, 0)

        first, rest = time_runs(partial(_run_bound, session, binding), options.runs)
        yield figure("onnxruntime", recipe.part, precision.value, opened, first, rest)


def _run_bound(session: onnxruntime.InferenceSession, binding: onnxruntime.IOBinding) -> None:
    session.run_with_iobinding(binding)
    binding.synchronize_outputs()


def time_runs(run: Callable[[], None], count: int) -> tuple[float, list[float]]:
    """Milliseconds of the first run, and of ``count`` more."""
    times = []
    for _ in range(count + 1):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return times[0], times[1:]


def figure(
    engine: str,
    part: NetworkPart,
    precision: str,
    opened: float | None,
    first: float,
    rest: list[float],
) -> Figure:
    """What is kept of the times of a part's runs."""
    return Figure(engine, part.value, precision, opened, first, statistics.median(rest), max(rest))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
