"""A manifest for tests: small, complete, with both float precisions and an optional graph."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from persona_core.neural.manifest.manifest import (
    Expected,
    Family,
    File,
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

PORTRAIT = Tensor("portrait", (1, 3, 8, 8))
FEATURES = Tensor("features", (1, 4, 8, 8))
POINTS = Tensor("points", (1, 6))
IMAGE = Tensor("image", (1, 3, 8, 8))


def sha(number: int) -> str:
    return f"{number:064x}"


def make_graph(
    name: str = "frame",
    stage: GraphStage = GraphStage.FRAME,
    priority: Priority = Priority.ESSENTIAL,
    inputs: tuple[Tensor, ...] = (FEATURES, POINTS),
    outputs: tuple[Tensor, ...] = (IMAGE,),
    weights: str | None = "frame.bin",
    number: int = 10,
) -> ModelGraph:
    files = {
        Precision.FP16: File(f"graphs/{name}-fp16.onnx", sha(number), 100),
        Precision.FP32: File(f"graphs/{name}-fp32.onnx", sha(number + 1), 120),
    }
    return ModelGraph(name, stage, priority, 0.5, MappingProxyType(files), weights, inputs, outputs)


def make_weights(
    name: str, sizes: tuple[int, ...], number: int, priority: Priority = Priority.ESSENTIAL
) -> Weights:
    shards = tuple(
        File(f"shards/{sha(number + i)}.bin", sha(number + i), size) for i, size in enumerate(sizes)
    )
    return Weights(name, sum(sizes), priority, shards)


GRAPHS = (
    make_graph("features", GraphStage.PORTRAIT, inputs=(PORTRAIT,), outputs=(FEATURES,), number=20),
    make_graph(),
    make_graph(
        "extra",
        priority=Priority.OPTIONAL,
        inputs=(Tensor("condition", (1, 2)),),
        outputs=(Tensor("offsets", (1, 6)),),
        weights="extra.bin",
        number=30,
    ),
)
WEIGHTS = (
    make_weights("frame.bin", (4 << 20, 1000), 100),
    make_weights("extra.bin", (77,), 200, Priority.OPTIONAL),
)
CHECK = SelfCheck(
    MappingProxyType({"points": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)}),
    (Expected("image", 1.0, 0.5, (0, 50, 191), (0.2, 0.4, 0.9)),),
    MappingProxyType({Precision.FP16: 0.05, Precision.FP32: 0.01}),
)


def make_manifest(**changes: object) -> Manifest:
    graphs = list(GRAPHS)
    graphs[0] = make_graph(
        "features",
        GraphStage.PORTRAIT,
        inputs=(PORTRAIT,),
        outputs=(FEATURES,),
        number=20,
        weights="frame.bin",
    )
    values: dict[str, object] = {
        "name": "sample",
        "title": "Sample",
        "family": Family.LIVEPORTRAIT,
        "purpose": Purpose.PRODUCT,
        "licence": Licence("MIT", "somebody", "LICENSE.txt", "a note"),
        "source": ModelSource(
            "a project", "https://project.example", MappingProxyType({"a": sha(1)})
        ),
        "interface": Interface("portrait", (), ("points",), ("image",)),
        "rig": ModelRig(
            "points-2", 2, PhotoCrop(2.3, -0.125, 0.3), (), MappingProxyType({"lips": (0, 1)})
        ),
        "graphs": tuple(graphs),
        "weights": WEIGHTS,
        "check": CHECK,
    }
    return Manifest(**(values | changes))  # type: ignore[arg-type]


def with_whole_numbers(*names: str) -> Manifest:
    """The manifest with these graphs, by default all, in whole numbers too."""
    manifest = make_manifest()
    graphs = tuple(
        replace(
            graph,
            files=MappingProxyType(
                {**graph.files, Precision.INT8: File(f"graphs/{graph.name}-int8.onnx", sha(n), 300)}
            ),
        )
        if graph.name in (names or (graph.name,))
        else graph
        for n, graph in enumerate(manifest.graphs, 300)
    )
    tolerance = MappingProxyType({**CHECK.tolerance, Precision.INT8: 0.1})
    return replace(manifest, graphs=graphs, check=replace(CHECK, tolerance=tolerance))
