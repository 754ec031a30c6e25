"""What a neural avatar's model is: its graphs, weights, interface and self-check.

A model belongs to the kind "features once, image per frame". Graphs of the stage *portrait* run
once for a portrait; graphs of the stage *frame* run for every drawn frame. Graphs are joined by
the names of their tensors: an input that an earlier graph gives is taken from there, every other
input is named in :class:`Interface` and comes from the driver of the model's family. All tensors
at the borders of graphs are float32, whatever a graph computes in, so that precisions can be
swapped one graph at a time.

Weights are flat files that the graphs of both float precisions share (ONNX external data). A
weights file is stored in shards; their bytes, one after the other, are the file. A graph in whole
numbers holds its own.

The rules that hold a manifest together are checked here, those of its parts in
:mod:`~persona_core.neural.manifest.manifest_parts`; its JSON is
:mod:`~persona_core.neural.manifest.manifest_json`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from persona_core.errors import ManifestError
from persona_core.neural.manifest.manifest_parts import (
    FLOATS,
    MAX_SHARD_BYTES,
    NAME_PATTERN,
    Expected,
    Family,
    File,
    GraphStage,
    Interface,
    Licence,
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
    distinct,
    require,
)

__all__ = [
    "FLOATS",
    "MAX_SHARD_BYTES",
    "NAME_PATTERN",
    "Expected",
    "Family",
    "File",
    "GraphStage",
    "Interface",
    "Licence",
    "Manifest",
    "ModelGraph",
    "ModelRig",
    "ModelSource",
    "PhotoCrop",
    "Precision",
    "Priority",
    "Purpose",
    "SelfCheck",
    "Tensor",
    "Weights",
]

MAX_MODEL_BYTES: Final = 4 << 30
MAX_FILES: Final = 4096
MAX_GRAPHS: Final = 64


@dataclass(frozen=True, slots=True)
class Manifest:
    """A model. Construction checks that its parts fit together.

    Raises:
        ManifestError: they do not.
    """

    name: str
    title: str
    family: Family
    purpose: Purpose
    licence: Licence
    source: ModelSource
    interface: Interface
    rig: ModelRig
    graphs: tuple[ModelGraph, ...]
    weights: tuple[Weights, ...]
    check: SelfCheck

    def __post_init__(self) -> None:
        require(NAME_PATTERN.fullmatch(self.name), f"model name {self.name!r:.80}")
        require(1 <= len(self.graphs) <= MAX_GRAPHS, f"{len(self.graphs)} graphs")
        distinct([graph.name for graph in self.graphs], "graphs")
        distinct([weights.name for weights in self.weights], "weights")
        _check_files(self)
        _check_weights(self)
        _check_joints(self)
        _check_interface(self)
        _check_self_check(self)

    def graph(self, name: str) -> ModelGraph:
        """The graph of that name.

        Raises:
            ManifestError: there is none.
        """
        for graph in self.graphs:
            if graph.name == name:
                return graph
        raise ManifestError(f"no graph {name!r:.80} in {self.name}")

    def weights_of(self, graph: ModelGraph) -> Weights | None:
        """A graph's weights file."""
        return next((each for each in self.weights if each.name == graph.weights), None)

    def weights_for(self, precision: Precision) -> tuple[Weights, ...]:
        """The weights files that graphs use in a precision."""
        named = {graph.weights_in(precision) for graph in self.graphs}
        return tuple(each for each in self.weights if each.name in named)

    @property
    def essential(self) -> tuple[ModelGraph, ...]:
        """The graphs without which nothing can be drawn."""
        return tuple(each for each in self.graphs if each.priority is Priority.ESSENTIAL)

    def stage(self, stage: GraphStage) -> tuple[ModelGraph, ...]:
        """The essential graphs of a stage in the order in which they run."""
        return tuple(graph for graph in self.essential if graph.stage is stage)

    def gflop(self, stage: GraphStage) -> float:
        """Cost of the essential graphs of a stage, in 10^9 operations."""
        return sum(graph.gflop for graph in self.stage(stage))

    def tensor(self, name: str) -> Tensor:
        """The tensor of that name, wherever it occurs.

        Raises:
            ManifestError: there is none.
        """
        for tensor in self._tensors():
            if tensor.name == name:
                return tensor
        raise ManifestError(f"no tensor {name!r:.80} in {self.name}")

    @property
    def files(self) -> tuple[File, ...]:
        """Every file but the manifest: graphs, then shards."""
        graphs = [file for graph in self.graphs for file in graph.files.values()]
        return (*graphs, *(shard for weights in self.weights for shard in weights.shards))

    def _tensors(self) -> Iterator[Tensor]:
        for graph in self.graphs:
            yield from graph.inputs
            yield from graph.outputs


def _check_files(manifest: Manifest) -> None:
    files = manifest.files
    require(len(files) <= MAX_FILES, f"{len(files)} files, allowed are {MAX_FILES}")
    total = sum(file.bytes for file in files)
    require(total <= MAX_MODEL_BYTES, f"{total} bytes, allowed are {MAX_MODEL_BYTES}")
    sizes: dict[str, int] = {}
    for file in files:
        require(
            sizes.setdefault(file.sha256, file.bytes) == file.bytes,
            f"{file.path}: one SHA-256 with two sizes",
        )


def _check_weights(manifest: Manifest) -> None:
    known = {weights.name: weights for weights in manifest.weights}
    for graph in manifest.graphs:
        if graph.weights is None:
            continue
        weights = known.get(graph.weights)
        if weights is None:
            raise ManifestError(f"graph {graph.name} wants weights {graph.weights!r:.80}: none")
        require(
            graph.priority is Priority.OPTIONAL or weights.priority is Priority.ESSENTIAL,
            f"graph {graph.name} is essential, its weights are optional",
        )
    used = {graph.weights for graph in manifest.graphs}
    unused = sorted(known.keys() - used)
    require(not unused, f"no graph uses the weights {unused!r:.80}")


def _check_joints(manifest: Manifest) -> None:
    """Equal names, equal shapes; one giver a tensor, and before its takers."""
    shapes: dict[str, tuple[int, ...]] = {}
    given: set[str] = set()
    taken: set[str] = set()
    for graph in manifest.graphs:
        for tensor in (*graph.inputs, *graph.outputs):
            require(
                shapes.setdefault(tensor.name, tensor.shape) == tensor.shape,
                f"tensor {tensor.name} has two shapes",
            )
        taken.update(tensor.name for tensor in graph.inputs)
        for tensor in graph.outputs:
            require(tensor.name not in given, f"two graphs give the tensor {tensor.name}")
            require(
                tensor.name not in taken,
                f"graph {graph.name} gives {tensor.name} after it was taken",
            )
            given.add(tensor.name)


def _check_interface(manifest: Manifest) -> None:
    interface = manifest.interface
    named = [*interface.once, *interface.parameters]
    if interface.portrait is not None:
        named.append(interface.portrait)
    distinct(named, "interface")
    given = {tensor.name for graph in manifest.essential for tensor in graph.outputs}
    wanted = {tensor.name for graph in manifest.essential for tensor in graph.inputs} - given
    require(
        wanted == set(named),
        f"interface names {sorted(named)!r:.120}, the graphs want {sorted(wanted)!r:.120}",
    )
    frame = {t.name for graph in manifest.stage(GraphStage.FRAME) for t in graph.outputs}
    require(
        interface.images and set(interface.images) <= frame,
        f"images {interface.images!r:.80} are not given by frame graphs",
    )


def _check_self_check(manifest: Manifest) -> None:
    check = manifest.check
    needed = {*FLOATS, *(each for graph in manifest.graphs for each in graph.files)}
    require(set(check.tolerance) == needed, "self-check lacks a tolerance")
    distinct([expected.tensor for expected in check.expected], "self-check")
    for name, values in check.inputs.items():
        require(
            manifest.tensor(name).size == len(values),
            f"self-check gives {len(values)} values for {name}",
        )
    for expected in check.expected:
        size = manifest.tensor(expected.tensor).size
        require(
            all(0 <= place < size for place in expected.at),
            f"self-check looks outside of {expected.tensor}",
        )
    seen = {expected.tensor for expected in check.expected}
    require(set(manifest.interface.images) <= seen, "self-check expects nothing of an image")
