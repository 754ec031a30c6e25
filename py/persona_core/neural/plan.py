"""Which files of a model to fetch, and in which order: decided before a byte is fetched.

Essential files come first, graphs before weights, each file once. The graphs of the other
precision come last: they are small, and the loader steps down to them when the first choice
fails its self-check.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from persona_core.neural.manifest.manifest import File, Manifest, ModelGraph, Precision, Priority


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


def plan(manifest: Manifest, cached: Collection[str], *, half_floats: bool) -> DownloadPlan:
    """What to fetch for a model.

    Args:
        cached: SHA-256 of the files that are here.
        half_floats: whether the backend computes with 16-bit floats.
    """
    precision = choose_precision(manifest, half_floats=half_floats)
    wanted: dict[str, Fetch] = {}
    for fetch in _in_order(manifest, precision):
        wanted.setdefault(fetch.file.sha256, fetch)
    here = frozenset(cached)
    return DownloadPlan(
        precision,
        tuple(fetch for sha256, fetch in wanted.items() if sha256 not in here),
        sum(fetch.file.bytes for fetch in wanted.values()),
    )


def choose_precision(manifest: Manifest, *, half_floats: bool) -> Precision:
    """Half floats where the backend has them and the model offers them."""
    offered = any(Precision.FP16 in graph.files for graph in manifest.graphs)
    return Precision.FP16 if offered and half_floats else Precision.FP32


def _in_order(manifest: Manifest, precision: Precision) -> Iterator[Fetch]:
    for priority in Priority:
        for graph in manifest.graphs:
            if graph.priority is priority:
                yield Fetch(graph.file(precision), priority)
        for weights in manifest.weights:
            if weights.priority is priority:
                yield from (Fetch(shard, priority) for shard in weights.shards)
    for graph in manifest.graphs:
        yield from (Fetch(file, Priority.OPTIONAL) for file in _others(graph, precision))


def _others(graph: ModelGraph, precision: Precision) -> list[File]:
    chosen = graph.file(precision)
    return [file for file in graph.files.values() if file != chosen]
