"""What a neural avatar's model is: its graphs, weights, interface and self-check.

A model belongs to the kind "features once, image per frame". Graphs of the stage *portrait* run
once for a portrait; graphs of the stage *frame* run for every drawn frame. Graphs are joined by
the names of their tensors: an input that an earlier graph gives is taken from there, every other
input is named in :class:`Interface` and comes from the driver of the model's family. All tensors
at the borders of graphs are float32, whatever a graph computes in, so that precisions can be
swapped one graph at a time.

Weights are flat files that the graphs of both precisions share (ONNX external data). A weights
file is stored in shards; their bytes, one after the other, are the file.

The rules that hold a manifest together are checked here; reading and writing its JSON is done by
:mod:`persona_core.neural.manifest_json`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import prod
from types import MappingProxyType
from typing import Final

from persona_core.errors import ManifestError

MAX_SHARD_BYTES: Final = 4 << 20
MAX_MODEL_BYTES: Final = 4 << 30
MAX_FILES: Final = 4096
MAX_GRAPHS: Final = 64
MAX_TENSORS: Final = 64
"""Of a graph."""
MAX_RANK: Final = 6
MAX_ELEMENTS: Final = 1 << 28

NAME_PATTERN: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
TENSOR_PATTERN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
SHA256_PATTERN: Final = re.compile(r"[0-9a-f]{64}")
PATH_PATTERN: Final = re.compile(
    r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*){0,3}"
)
"""Below the model's own folder: no scheme, no way up, no hidden file."""


class Family(Enum):
    """Which driver computes a model's parameters from a face."""

    LIVEPORTRAIT = "liveportrait"
    """21 implicit keypoints, 1 x 21 x 3."""
    LITE = "lite"
    """A mesh warp of the portrait with patch nets for mouth and eyes."""
    NANO = "nano"
    """A dozen face parameters; for tests."""


class Purpose(Enum):
    """Whether people may be offered a model."""

    PRODUCT = "product"
    TEST = "test"


class Stage(Enum):
    """When a graph runs."""

    PORTRAIT = "portrait"
    FRAME = "frame"


class Priority(Enum):
    """Whether an avatar can be drawn without it."""

    ESSENTIAL = "essential"
    OPTIONAL = "optional"


class Precision(Enum):
    """What a graph computes in."""

    FP16 = "fp16"
    FP32 = "fp32"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a model.

    Attributes:
        path: relative to the folder of the manifest.
        sha256: 64 lower-case hexadecimal digits.
        bytes: exact size, at least 1.
    """

    path: str
    sha256: str
    bytes: int

    def __post_init__(self) -> None:
        _require(PATH_PATTERN.fullmatch(self.path), f"path {self.path!r:.80} leads elsewhere")
        _require(SHA256_PATTERN.fullmatch(self.sha256), f"{self.path}: sha256 is no SHA-256")
        _require(
            1 <= self.bytes <= MAX_SHARD_BYTES,
            f"{self.path}: {self.bytes} bytes, allowed are 1 to {MAX_SHARD_BYTES}",
        )


@dataclass(frozen=True, slots=True)
class Weights:
    """A flat file of weights, to be handed to the runtime under ``name``.

    Attributes:
        name: the location that the graphs' external data refers to.
        bytes: size of the whole file.
        shards: its parts, in order.
    """

    name: str
    bytes: int
    priority: Priority
    shards: tuple[File, ...]

    def __post_init__(self) -> None:
        _require(NAME_PATTERN.fullmatch(self.name), f"weights name {self.name!r:.80}")
        total = sum(shard.bytes for shard in self.shards)
        _require(
            total == self.bytes,
            f"{self.name}: shards hold {total} bytes, the file should have {self.bytes}",
        )


@dataclass(frozen=True, slots=True)
class Tensor:
    """A float32 tensor at the border of a graph.

    Attributes:
        shape: static; the first axis is the batch and is 1.
    """

    name: str
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        _require(TENSOR_PATTERN.fullmatch(self.name), f"tensor name {self.name!r:.80}")
        _require(
            1 <= len(self.shape) <= MAX_RANK
            and all(size >= 1 for size in self.shape)
            and self.size <= MAX_ELEMENTS,
            f"tensor {self.name}: shape {self.shape!r:.80}",
        )

    @property
    def size(self) -> int:
        """Number of elements."""
        return prod(self.shape)


@dataclass(frozen=True, slots=True)
class Graph:
    """One ONNX graph in one or two precisions.

    Attributes:
        gflop: 10^9 floating point operations of one run; a multiplication with its addition
            counts two.
        files: at least one precision; both have the same inputs and outputs.
        weights: name of its weights file, None where the graph holds its own.
    """

    name: str
    stage: Stage
    priority: Priority
    gflop: float
    files: Mapping[Precision, File]
    weights: str | None
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    def __post_init__(self) -> None:
        _require(NAME_PATTERN.fullmatch(self.name), f"graph name {self.name!r:.80}")
        _require(self.files, f"graph {self.name} has no file")
        _require(self.inputs and self.outputs, f"graph {self.name} lacks inputs or outputs")
        _require(
            len(self.inputs) + len(self.outputs) <= MAX_TENSORS,
            f"graph {self.name} has more than {MAX_TENSORS} inputs and outputs",
        )
        _distinct([each.name for each in (*self.inputs, *self.outputs)], f"graph {self.name}")

    def file(self, wanted: Precision) -> File:
        """The file in the wanted precision, or in the one there is."""
        return self.files.get(wanted) or next(iter(self.files.values()))


@dataclass(frozen=True, slots=True)
class Interface:
    """The tensors that a driver exchanges with a model.

    Attributes:
        portrait: the portrait picture, 1 x 3 x H x W, RGB in [0, 1]; None where no graph takes it.
        once: inputs that the driver computes once a portrait.
        parameters: inputs that the driver computes for every frame.
        images: the pictures of a frame, 1 x 3 x H x W, RGB in [0, 1].
    """

    portrait: str | None
    once: tuple[str, ...]
    parameters: tuple[str, ...]
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crop:
    """How the portrait is cut around a face: a square of ``scale`` times the face's size whose
    centre lies ``shift_y`` of its side below the face's (negative: above)."""

    scale: float
    shift_y: float
    min_face: float
    """Least share of the crop's height that the face must fill."""


@dataclass(frozen=True, slots=True)
class Rig:
    """What the parameters mean.

    Attributes:
        kind: names the convention, for instance ``liveportrait-21``.
        points: number of keypoints; 0 where parameters are not points.
        parameters: names of the single parameters where they are not points.
        groups: keypoint numbers by the part of the face that they move.
    """

    kind: str
    points: int
    crop: Crop
    parameters: tuple[str, ...] = ()
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for part, points in self.groups.items():
            _require(
                all(0 <= point < self.points for point in points),
                f"rig group {part!r:.40} names a point that is not there",
            )


@dataclass(frozen=True, slots=True)
class Expected:
    """What a tensor should hold after the self-check.

    Attributes:
        scale: greatest absolute value of the whole tensor, > 0.
        mean: mean of the whole tensor.
        at: flat indices of the samples, growing.
        values: the samples.
    """

    tensor: str
    scale: float
    mean: float
    at: tuple[int, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        _require(
            len(self.at) == len(self.values) > 0 and self.scale > 0,
            f"self-check of {self.tensor}: no samples, or samples without places",
        )


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """A known run of all essential graphs. Inputs that are not listed hold the test picture of
    :func:`persona_core.neural.self_check.waves`.

    Attributes:
        inputs: flat values by tensor.
        expected: what tensors should hold then.
        tolerance: greatest :func:`persona_core.neural.self_check.deviation` by precision.
    """

    inputs: Mapping[str, tuple[float, ...]]
    expected: tuple[Expected, ...]
    tolerance: Mapping[Precision, float]


@dataclass(frozen=True, slots=True)
class Licence:
    """Under which terms the weights may be used.

    Attributes:
        id: SPDX identifier or a short name.
        holder: who grants it.
        file: its text, relative to the folder of the manifest.
        note: what a person should know before using the model, in English.
    """

    id: str
    holder: str
    file: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a model comes from.

    Attributes:
        files: SHA-256 by name of what it was made of.
    """

    title: str
    url: str
    files: Mapping[str, str]


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
    source: Source
    interface: Interface
    rig: Rig
    graphs: tuple[Graph, ...]
    weights: tuple[Weights, ...]
    check: SelfCheck

    def __post_init__(self) -> None:
        _require(NAME_PATTERN.fullmatch(self.name), f"model name {self.name!r:.80}")
        _require(1 <= len(self.graphs) <= MAX_GRAPHS, f"{len(self.graphs)} graphs")
        _distinct([graph.name for graph in self.graphs], "graphs")
        _distinct([weights.name for weights in self.weights], "weights")
        _check_files(self)
        _check_weights(self)
        _check_joints(self)
        _check_interface(self)
        _check_self_check(self)

    def graph(self, name: str) -> Graph:
        """The graph of that name.

        Raises:
            ManifestError: there is none.
        """
        for graph in self.graphs:
            if graph.name == name:
                return graph
        raise ManifestError(f"no graph {name!r:.80} in {self.name}")

    def weights_of(self, graph: Graph) -> Weights | None:
        """A graph's weights file."""
        return next((each for each in self.weights if each.name == graph.weights), None)

    def stage(self, stage: Stage, *, optional: bool = False) -> tuple[Graph, ...]:
        """The graphs of a stage in the order in which they run."""
        return tuple(
            graph
            for graph in self.graphs
            if graph.stage is stage and (optional or graph.priority is Priority.ESSENTIAL)
        )

    def gflop(self, stage: Stage) -> float:
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
    _require(len(files) <= MAX_FILES, f"{len(files)} files, allowed are {MAX_FILES}")
    total = sum(file.bytes for file in files)
    _require(total <= MAX_MODEL_BYTES, f"{total} bytes, allowed are {MAX_MODEL_BYTES}")
    sizes: dict[str, int] = {}
    for file in files:
        _require(
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
        _require(
            graph.priority is Priority.OPTIONAL or weights.priority is Priority.ESSENTIAL,
            f"graph {graph.name} is essential, its weights are optional",
        )
    used = {graph.weights for graph in manifest.graphs}
    unused = sorted(known.keys() - used)
    _require(not unused, f"no graph uses the weights {unused!r:.80}")


def _check_joints(manifest: Manifest) -> None:
    """Equal names, equal shapes; one giver a tensor, and before its takers."""
    shapes: dict[str, tuple[int, ...]] = {}
    given: set[str] = set()
    taken: set[str] = set()
    for graph in manifest.graphs:
        for tensor in (*graph.inputs, *graph.outputs):
            _require(
                shapes.setdefault(tensor.name, tensor.shape) == tensor.shape,
                f"tensor {tensor.name} has two shapes",
            )
        taken.update(tensor.name for tensor in graph.inputs)
        for tensor in graph.outputs:
            _require(tensor.name not in given, f"two graphs give the tensor {tensor.name}")
            _require(
                tensor.name not in taken,
                f"graph {graph.name} gives {tensor.name} after it was taken",
            )
            given.add(tensor.name)


def _check_interface(manifest: Manifest) -> None:
    interface = manifest.interface
    named = [*interface.once, *interface.parameters]
    if interface.portrait is not None:
        named.append(interface.portrait)
    _distinct(named, "interface")
    essential = [graph for graph in manifest.graphs if graph.priority is Priority.ESSENTIAL]
    given = {tensor.name for graph in essential for tensor in graph.outputs}
    wanted = {tensor.name for graph in essential for tensor in graph.inputs} - given
    _require(
        wanted == set(named),
        f"interface names {sorted(named)!r:.120}, the graphs want {sorted(wanted)!r:.120}",
    )
    frame = {t.name for graph in manifest.stage(Stage.FRAME) for t in graph.outputs}
    _require(
        interface.images and set(interface.images) <= frame,
        f"images {interface.images!r:.80} are not given by frame graphs",
    )


def _check_self_check(manifest: Manifest) -> None:
    check = manifest.check
    _require(set(check.tolerance) == set(Precision), "self-check lacks a tolerance")
    _distinct([expected.tensor for expected in check.expected], "self-check")
    for name, values in check.inputs.items():
        _require(
            manifest.tensor(name).size == len(values),
            f"self-check gives {len(values)} values for {name}",
        )
    for expected in check.expected:
        size = manifest.tensor(expected.tensor).size
        _require(
            all(0 <= place < size for place in expected.at),
            f"self-check looks outside of {expected.tensor}",
        )
    seen = {expected.tensor for expected in check.expected}
    _require(set(manifest.interface.images) <= seen, "self-check expects nothing of an image")


def _distinct(names: list[str], where: str) -> None:
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    _require(not twice, f"{where}: {twice!r:.80} more than once")


def _require(held: object, problem: str) -> None:
    if not held:
        raise ManifestError(problem)
