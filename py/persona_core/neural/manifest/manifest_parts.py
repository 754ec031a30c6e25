"""The parts of a model's manifest, each checked by itself as it is made.

What they mean together is said in :mod:`persona_core.neural.manifest.manifest`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import prod
from types import MappingProxyType
from typing import Final

from persona_core.errors import ManifestError

MAX_SHARD_BYTES: Final = 4 << 20
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
    """A mesh warp of the portrait, and nets that change it at mouth and eyes."""


class Purpose(Enum):
    """Whether people may be offered a model."""

    PRODUCT = "product"
    TEST = "test"


class GraphStage(Enum):
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
    INT8 = "int8"
    """Whole numbers of 8 bits: on a processor less than half the time, and no use on a GPU."""


FLOATS: Final = (Precision.FP16, Precision.FP32)


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
        require(PATH_PATTERN.fullmatch(self.path), f"path {self.path!r:.80} leads elsewhere")
        require(SHA256_PATTERN.fullmatch(self.sha256), f"{self.path}: sha256 is no SHA-256")
        require(
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
        require(NAME_PATTERN.fullmatch(self.name), f"weights name {self.name!r:.80}")
        total = sum(shard.bytes for shard in self.shards)
        require(
            total == self.bytes,
            f"{self.name}: shards hold {total} bytes, the file should have {self.bytes}",
        )


@dataclass(frozen=True, slots=True)
class Tensor:
    """A float32 tensor at the border of a graph.

    Attributes:
        shape: static; the first axis is the batch: 1, or 2 where both eyes are one run.
    """

    name: str
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        require(TENSOR_PATTERN.fullmatch(self.name), f"tensor name {self.name!r:.80}")
        require(
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
class ModelGraph:
    """One ONNX graph in one or several precisions.

    Attributes:
        gflop: 10^9 floating point operations of one run; a multiplication with its addition
            counts two.
        files: at least one precision; all have the same inputs and outputs.
        weights: name of the weights file of those in floats, None where they hold their own.
    """

    name: str
    stage: GraphStage
    priority: Priority
    gflop: float
    files: Mapping[Precision, File]
    weights: str | None
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]

    def __post_init__(self) -> None:
        require(NAME_PATTERN.fullmatch(self.name), f"graph name {self.name!r:.80}")
        require(self.files, f"graph {self.name} has no file")
        require(self.inputs and self.outputs, f"graph {self.name} lacks inputs or outputs")
        require(
            len(self.inputs) + len(self.outputs) <= MAX_TENSORS,
            f"graph {self.name} has more than {MAX_TENSORS} inputs and outputs",
        )
        distinct([each.name for each in (*self.inputs, *self.outputs)], f"graph {self.name}")

    def file(self, wanted: Precision) -> File:
        """The file in the wanted precision, or in one there is: every backend has whole floats."""
        given = self.files.get(wanted) or self.files.get(Precision.FP32)
        return given or next(iter(self.files.values()))

    def weights_in(self, wanted: Precision) -> str | None:
        """Name of the weights file that :meth:`file` needs; in whole numbers it holds its own."""
        return None if self.file(wanted) is self.files.get(Precision.INT8) else self.weights


@dataclass(frozen=True, slots=True)
class Interface:
    """The tensors that a driver exchanges with a model.

    Attributes:
        portrait: the portrait picture, 1 x 3 x H x W, RGB in [0, 1]; None where no graph takes it.
        once: inputs that the driver computes once a portrait.
        parameters: inputs that the driver computes for every frame.
        images: the pictures of a frame, 1 x 3 x H x W, RGB in [0, 1]; of the family ``lite`` what
            is added to patches of the bent portrait, N x 3 x H x W, RGB in [-1, 1].
    """

    portrait: str | None
    once: tuple[str, ...]
    parameters: tuple[str, ...]
    images: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhotoCrop:
    """How the portrait is cut around a face: a square of ``scale`` times the face's size whose
    centre lies ``shift_y`` of its side below the face's (negative: above)."""

    scale: float
    shift_y: float
    min_face: float
    """Least share of the crop's height that the face must fill."""


@dataclass(frozen=True, slots=True)
class ModelRig:
    """What the parameters mean.

    Attributes:
        kind: names the convention, for instance ``liveportrait-21``.
        points: number of keypoints; 0 where parameters are not points.
        parameters: names of the single parameters where they are not points.
        groups: keypoint numbers by the part of the face that they move.
    """

    kind: str
    points: int
    crop: PhotoCrop
    parameters: tuple[str, ...] = ()
    groups: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        for part, points in self.groups.items():
            require(
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
        require(
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
class ModelSource:
    """Where a model comes from.

    Attributes:
        files: SHA-256 by name of what it was made of.
    """

    title: str
    url: str
    files: Mapping[str, str]


def distinct(names: list[str], where: str) -> None:
    """Raises ManifestError where a name stands more than once."""
    twice = sorted(name for name, count in Counter(names).items() if count > 1)
    require(not twice, f"{where}: {twice!r:.80} more than once")


def require(held: object, problem: str) -> None:
    """Raises ManifestError, saying ``problem``, where a rule is not held."""
    if not held:
        raise ManifestError(problem)
