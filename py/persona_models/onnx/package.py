"""Lays a model out for a web server: graphs, weights in shards, manifest."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import onnx

from persona_core.neural.manifest.manifest import (
    MAX_SHARD_BYTES,
    File,
    GraphStage,
    Manifest,
    ModelGraph,
    Precision,
    Priority,
    Tensor,
    Weights,
)
from persona_core.neural.manifest.manifest_json import FILE_NAME, write_manifest
from persona_models.onnx.cost import count_flop

GRAPH_FOLDER = "graphs"
SHARD_FOLDER = "shards"


def package_graph(
    folder: Path,
    stage: GraphStage,
    priority: Priority,
    models: Mapping[Precision, onnx.ModelProto],
    weights: str | None,
) -> ModelGraph:
    """Writes one graph in its precisions into ``folder`` and describes it."""
    any_model = next(iter(models.values()))
    files = {
        precision: write_graph(folder, precision, model) for precision, model in models.items()
    }
    return ModelGraph(
        name=any_model.graph.name,
        stage=stage,
        priority=priority,
        gflop=round(count_flop(any_model) / 1e9, 6),
        files=files,
        weights=weights,
        inputs=_tensors(any_model.graph.input),
        outputs=_tensors(any_model.graph.output),
    )


def write_graph(folder: Path, precision: Precision, model: onnx.ModelProto) -> File:
    """Writes one graph in one precision, under a name that its SHA-256 is part of."""
    data = model.SerializeToString(deterministic=True)
    digest = hashlib.sha256(data).hexdigest()
    path = f"{GRAPH_FOLDER}/{model.graph.name}-{precision.value}-{digest[:12]}.onnx"
    return _write(folder, path, data)


def package_weights(folder: Path, weights: Path, priority: Priority) -> Weights:
    """Cuts a weights file into shards named by their SHA-256, and describes it."""
    shards = []
    with weights.open("rb") as file:
        while data := file.read(MAX_SHARD_BYTES):
            digest = hashlib.sha256(data).hexdigest()
            shards.append(_write(folder, f"{SHARD_FOLDER}/{digest}.bin", data))
    return Weights(weights.name, weights.stat().st_size, priority, tuple(shards))


def finish_package(folder: Path, manifest: Manifest) -> None:
    """Writes the manifest, which makes the model whole, and removes what it does not name."""
    write_whole(folder / FILE_NAME, write_manifest(manifest))
    named = {folder / file.path for file in manifest.files}
    for inner in (GRAPH_FOLDER, SHARD_FOLDER):
        for path in (folder / inner).glob("*"):
            if path not in named:
                path.unlink()


def is_whole(folder: Path, files: Iterable[File]) -> bool:
    """Whether every file is there and right."""
    for file in files:
        path = folder / file.path
        if not path.is_file() or path.stat().st_size != file.bytes:
            return False
        if hashlib.sha256(path.read_bytes()).hexdigest() != file.sha256:
            return False
    return True


def write_whole(target: Path, data: bytes) -> None:
    """Whole or not at all, so that an interrupted run leaves no half file under a right name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(target.name + ".part")
    scratch.write_bytes(data)
    os.replace(scratch, target)


def _write(folder: Path, path: str, data: bytes) -> File:
    write_whole(folder / path, data)
    return File(path, hashlib.sha256(data).hexdigest(), len(data))


def _tensors(infos: Iterable[onnx.ValueInfoProto]) -> tuple[Tensor, ...]:
    return tuple(
        Tensor(info.name, tuple(size.dim_value for size in info.type.tensor_type.shape.dim))
        for info in infos
    )
