"""Which files of a model to fetch, and in which order: decided before a byte is fetched.

Essential files come first, graphs before weights, each file once. The graphs of the other float
precision come last: they are small, and the loader steps down to them when the first choice
fails its self-check. Beside graphs in whole numbers nothing else is fetched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from persona_core.neural.manifest.manifest import (
    FLOATS,
    File,
    Manifest,
    ModelGraph,
    Precision,
    Priority,
)

Precisions = tuple[Precision, ...]
"""What a backend computes in, the best first."""
PROCESSOR: Final[Precisions] = (Precision.INT8, Precision.FP32, Precision.FP16)
GPU: Final[Precisions] = (Precision.FP32, Precision.FP16)
GPU_WITH_HALVES: Final[Precisions] = (Precision.FP16, Precision.FP32)


@dataclass(frozen=True, slots=True)
class Fetch:
    """A file that is not here yet."""

    file: File
    priority: Priority


@dataclass(frozen=True, slots=True)
class DownloadPlan:
    """What a model needs on a machine.

    Attributes:
        precision: what the graphs should compute in, where a graph has it.
        fetches: in order; all essential ones stand before the optional ones.
        total_bytes: size of all files of the plan, those that are here included.
    """

    precision: Precision
    fetches: tuple[Fetch, ...]
    total_bytes: int

    def bytes(self, priority: Priority | None = None) -> int:
        """What must still be fetched, of one priority or of all."""
        return sum(
            fetch.file.bytes
            for fetch in self.fetches
            if priority is None or fetch.priority is priority
        )


def plan(manifest: Manifest, cached: Collection[str], precisions: Precisions) -> DownloadPlan:
    """What to fetch for a model.

    Args:
        cached: SHA-256 of the files that are here.
        precisions: of the backend that is to run it.
    """
    precision = offered(manifest, precisions)[0]
    wanted: dict[str, Fetch] = {}
    for fetch in _in_order(manifest, precision):
        wanted.setdefault(fetch.file.sha256, fetch)
    here = frozenset(cached)
    return DownloadPlan(
        precision,
        tuple(fetch for sha256, fetch in wanted.items() if sha256 not in here),
        sum(fetch.file.bytes for fetch in wanted.values()),
    )


def offered(manifest: Manifest, precisions: Precisions) -> Precisions:
    """Those in which there is some graph of a model; the first where there is none."""
    found = {each for graph in manifest.graphs for each in graph.files}
    return tuple(each for each in precisions if each in found) or precisions[:1]


def _in_order(manifest: Manifest, precision: Precision) -> Iterator[Fetch]:
    for priority in Priority:
        for graph in manifest.graphs:
            if graph.priority is priority:
                yield Fetch(graph.file(precision), priority)
        for weights in manifest.weights_for(precision):
            if weights.priority is priority:
                yield from (Fetch(shard, priority) for shard in weights.shards)
    for graph in manifest.graphs:
        yield from (Fetch(file, Priority.OPTIONAL) for file in _others(graph, precision))


def _others(graph: ModelGraph, precision: Precision) -> list[File]:
    if precision not in FLOATS:
        return []
    chosen = graph.file(precision)
    others = (graph.files.get(each) for each in FLOATS)
    return [file for file in others if file is not None and file != chosen]
