"""Lays trained patch nets out as the model ``liveportrait-lite``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import numpy as np
import onnx

from persona_core.base.arrays import Floats
from persona_core.neural.manifest.manifest import (
    Family,
    GraphStage,
    Interface,
    Licence,
    Manifest,
    ModelGraph,
    ModelRig,
    ModelSource,
    PhotoCrop,
    Precision,
    Priority,
    Purpose,
    SelfCheck,
    Tensor,
    Weights,
)
from persona_core.neural.self_check import record, waves
from persona_models.lite.card import CARD_FILE, LICENCE_FILE, LICENCE_NOTE, write_card
from persona_models.lite.checkpoint import PatchCheckpoint
from persona_models.lite.patch_frame import VARIANTS
from persona_models.lite.patch_graph import PatchGraph
from persona_models.onnx.graph import GraphBuilder
from persona_models.onnx.native import open_session, run_session
from persona_models.onnx.package import (
    finish_package,
    package_graph,
    package_weights,
    write_whole,
)
from persona_models.onnx.weights import WeightsFile

NAME = "liveportrait-lite"
WEIGHTS_FILE = "patches.bin"
TOLERANCE = MappingProxyType({Precision.FP32: 1e-2, Precision.FP16: 5e-2})
_DTYPES = {Precision.FP16: np.float16, Precision.FP32: np.float32}


def patch_graphs(variant: str) -> dict[str, PatchGraph]:
    """The graphs by the kind of their net; both eyes are one run of one net."""
    sizes = VARIANTS[variant]
    return {
        "mouth": PatchGraph("mouth", "mouth", 1, sizes["mouth"]),
        "eye": PatchGraph("eyes", "eye", 2, sizes["eye"]),
    }


def build(
    folder: Path, checkpoints: Mapping[str, PatchCheckpoint], licence: Path, variant: str = "fast"
) -> Manifest:
    """Writes the model into ``folder`` and returns its manifest.

    Args:
        checkpoints: of ``mouth`` and ``eye``.
        licence: the project's own licence, which is copied.
        variant: of the training, see ``VARIANTS``.
    """
    models: dict[str, dict[Precision, onnx.ModelProto]] = {}
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / WEIGHTS_FILE
        with WeightsFile(path, np.float16) as file:
            for kind, graph in patch_graphs(variant).items():
                models[kind] = {
                    precision: graph.build(
                        GraphBuilder(graph.name, file, dtype), checkpoints[kind].net
                    )
                    for precision, dtype in _DTYPES.items()
                }
        data = path.read_bytes()
        weights = package_weights(folder, path, Priority.ESSENTIAL)
    graphs = tuple(
        package_graph(folder, GraphStage.FRAME, Priority.ESSENTIAL, each, weights.name)
        for each in models.values()
    )
    sessions = [each[Precision.FP32] for each in models.values()]
    check = _self_check(graphs, sessions, data)
    manifest = _manifest(graphs, weights, checkpoints, check)
    write_whole(folder / LICENCE_FILE, licence.read_bytes())
    write_whole(folder / CARD_FILE, write_card(manifest, checkpoints).encode())
    finish_package(folder, manifest)
    return manifest


def _manifest(
    graphs: tuple[ModelGraph, ...],
    weights: Weights,
    checkpoints: Mapping[str, PatchCheckpoint],
    check: SelfCheck,
) -> Manifest:
    return Manifest(
        name=NAME,
        title="LivePortrait-Lite",
        family=Family.LITE,
        purpose=Purpose.PRODUCT,
        licence=Licence("MIT", "VirtualPersona", LICENCE_FILE, LICENCE_NOTE),
        source=ModelSource(
            "persona_models.train",
            "",
            MappingProxyType({each.file: each.sha256 for each in checkpoints.values()}),
        ),
        interface=Interface(
            portrait=None,
            once=(),
            parameters=tuple(tensor.name for graph in graphs for tensor in graph.inputs),
            images=tuple(tensor.name for graph in graphs for tensor in graph.outputs),
        ),
        rig=ModelRig("lite-patches", 0, PhotoCrop(2.3, -0.125, 1 / 3)),
        graphs=graphs,
        weights=(weights,),
        check=check,
    )


def _self_check(
    graphs: tuple[ModelGraph, ...], models: list[onnx.ModelProto], weights: bytes
) -> SelfCheck:
    given: dict[str, tuple[float, ...]] = {}
    expected = []
    for graph, model in zip(graphs, models, strict=True):
        planes, vector = graph.inputs
        given[vector.name] = _spread(vector)
        tensors: dict[str, Floats] = {
            planes.name: waves(planes),
            vector.name: np.array(given[vector.name], dtype=np.float32).reshape(vector.shape),
        }
        session = open_session(model.SerializeToString(), {WEIGHTS_FILE: weights})
        [output] = graph.outputs
        expected.append(record(output, run_session(session, tensors)[output.name]))
    return SelfCheck(MappingProxyType(given), tuple(expected), TOLERANCE)


def _spread(vector: Tensor) -> tuple[float, ...]:
    """Values all over a patch, -0.4 to 0.4 of its side, exact in every floating point type."""
    return tuple((place * 7 % 27 - 13) / 32 for place in range(vector.size))
