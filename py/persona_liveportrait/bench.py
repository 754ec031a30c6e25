"""Measures the full-size network with random weights, part by part: ``python -m
persona_liveportrait.bench``.

Our graphs in native onnxruntime, and where torch is installed the network in PyTorch, on the same
device. On a GPU that needs onnxruntime with CUDA (``onnxruntime-gpu``) and torch with CUDA.
Inputs and results stay on the device; what is timed is the run alone.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnxruntime

from persona_core.neural.manifest.manifest import Precision
from persona_liveportrait.graphs.recipe import RECIPES, Recipe, write_graphs
from persona_liveportrait.network.parts import NetworkPart
from persona_liveportrait.network.random_weights import random_weights
from persona_liveportrait.network.widths import OFFICIAL
from persona_liveportrait.timing import PARTS, Timing, Weights, inputs_of, time_runs
from persona_models.onnx.native import open_session, with_any_batch


def main() -> None:
    parser = argparse.ArgumentParser(prog="persona_liveportrait.bench", description=__doc__)
    parser.add_argument("--size", type=int, default=256, help="of the portrait (default: 256)")
    parser.add_argument("--runs", type=int, default=20, help="timed runs (default: 20)")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--parts", nargs="+", choices=[part.value for part in PARTS])
    parser.add_argument(
        "--batch", type=int, default=1, help="pictures at once, of the generator (default: 1)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here too")
    options = parser.parse_args()
    if options.batch < 1:
        parser.error("--batch takes at least 1")
    parts = [part for part in PARTS if not options.parts or part.value in options.parts]
    weights = random_weights(parts=parts)
    figures: list[Timing] = []
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
        from persona_liveportrait.pytorch.bench import describe_torch

        machine |= describe_torch()
    return machine


def _measure(
    weights: Weights, parts: list[NetworkPart], options: argparse.Namespace
) -> Iterator[Timing]:
    with TemporaryDirectory() as scratch:
        for recipe in RECIPES:
            if recipe.part in parts:
                yield from _measure_graphs(recipe, weights, Path(scratch), options)
    if importlib.util.find_spec("torch"):
        from persona_liveportrait.pytorch.bench import measure_torch

        yield from measure_torch(weights, parts, options.size, options.runs, options.device)
    else:
        _say("torch is not installed: PyTorch is left out")


def _measure_graphs(
    recipe: Recipe, weights: Weights, scratch: Path, options: argparse.Namespace
) -> Iterator[Timing]:
    path = scratch / f"{recipe.part.value}.bin"
    stored = recipe.stored(Precision.FP16)
    graphs = write_graphs(recipe, weights[recipe.part], OFFICIAL, options.size, path, stored)
    data = {path.name: path.read_bytes()}
    path.unlink()
    providers = ["CUDAExecutionProvider"] if options.device == "cuda" else []
    batch = options.batch if recipe.part is NetworkPart.GENERATOR else 1
    for precision, graph in graphs.items():
        written = graph.SerializeToString()
        start = time.perf_counter()
        session = open_session(
            written if batch == 1 else with_any_batch(written),
            data,
            providers=[*providers, "CPUExecutionProvider"],
        )
        opened = time.perf_counter() - start
        binding = session.io_binding()
        for name, values in inputs_of(recipe.part, options.size).items():
            given = np.repeat(values, batch, axis=0)
            kept = onnxruntime.OrtValue.ortvalue_from_numpy(given, options.device, 0)
            binding.bind_ortvalue_input(name, kept)
        for output in session.get_outputs():
            binding.bind_output(output.name, options.device, 0)

        times = time_runs(partial(_run_bound, session, binding), options.runs)
        engine = "onnxruntime" if batch == 1 else f"onnxruntime x {batch}"
        yield Timing.of(engine, recipe.part, precision.value, opened, times)


def _run_bound(session: onnxruntime.InferenceSession, binding: onnxruntime.IOBinding) -> None:
    session.run_with_iobinding(binding)
    binding.synchronize_outputs()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
