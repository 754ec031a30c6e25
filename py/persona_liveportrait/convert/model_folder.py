"""Converts a checkpoint into a model folder, part by part.

Each finished part is written down beside the result. A run that was broken off goes on with the
first part that is not, as long as it converts the same weights in the same way.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.errors import ManifestError
from persona_core.neural.manifest import manifest_json
from persona_core.neural.manifest.manifest import (
    Family,
    File,
    Interface,
    Manifest,
    ModelGraph,
    ModelRig,
    ModelSource,
    PhotoCrop,
    Precision,
    Purpose,
    SelfCheck,
    Weights,
)
from persona_core.neural.self_check import deviation, record, waves
from persona_liveportrait.convert import card
from persona_liveportrait.convert.checkpoint import Checkpoint, read_checkpoint
from persona_liveportrait.convert.progress import ProgressLine
from persona_liveportrait.convert.resources import DISK_BYTES, MEMORY_BYTES, check_room
from persona_liveportrait.convert.verify import fixed_keypoints, verify_part
from persona_liveportrait.errors import VerificationError
from persona_liveportrait.graphs.recipe import RECIPES, Recipe, write_graphs
from persona_liveportrait.network.widths import OFFICIAL
from persona_models.errors import ConversionError
from persona_models.onnx.native import open_session, read_file, run_session
from persona_models.onnx.package import (
    finish_package,
    is_whole,
    package_graph,
    package_weights,
    write_whole,
)

CONVERTER_VERSION = 1
"""Goes up when the same checkpoint would give other files: finished parts are then made anew."""
NAME = "liveportrait"
WORK_FOLDER = ".converting"
UPSCALE = 2
"""The picture's side over the portrait's."""
GROUPS = MappingProxyType({"lips": (6, 12, 14, 17, 19, 20), "eyes": (11, 13, 15, 16, 18)})
"""Keypoints that move lips and eyes in the official network, found by trying."""
CHECK_TOLERANCE = MappingProxyType({Precision.FP32: 1e-2, Precision.FP16: 5e-2})
"""Of the self-check: wider than the verification's, for other processors sum in another order and
the whole chain adds up. Zeros, noise and wrong colours deviate by 0.1 to 1."""
HALF_MARGIN = 5.0
"""Half floats may deviate by this many times what they do here, where sums are float32."""
MAX_HALF_DEVIATION = 0.05
"""What deviates more in half floats is another picture."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to convert into what.

    Attributes:
        size: side of the drawn picture, 256 or 512.
        precision: what warping and generator are stored in.
        any_weights: take weights that are not the official ones.
    """

    weights: Path
    out: Path
    size: int = 512
    precision: Precision = Precision.FP16
    any_weights: bool = False


def convert(options: Options) -> Manifest:
    """Converts, verifies and writes everything.

    Returns:
        The manifest of the finished model.

    Raises:
        ConversionError: it could not be done; the message names the remedy.
    """
    check_room(options.out, DISK_BYTES, MEMORY_BYTES)
    progress = ProgressLine(len(RECIPES) + 3)
    progress.step(f"reading the checkpoint in {options.weights}")
    checkpoint = read_checkpoint(
        options.weights, progress.note, allow_unofficial=options.any_weights
    )
    work = options.out / WORK_FOLDER
    work.mkdir(parents=True, exist_ok=True)
    graphs: list[ModelGraph] = []
    weights: list[Weights] = []
    for recipe in RECIPES:
        if recipe.part not in checkpoint.tensors:
            progress.step(f"{recipe.part.value}: not in this checkpoint, left out")
            continue
        progress.step(f"{recipe.part.value}: converting and verifying")
        graph, stored = _convert_part(recipe, checkpoint, options, work, progress)
        graphs.append(graph)
        weights.append(stored)
    progress.step("running the whole model for its self-check")
    check, half_error = _self_check(options.out, graphs, weights, progress)
    manifest = _manifest(checkpoint, graphs, weights, check)
    progress.step("writing the manifest")
    text = card.write_card(manifest, official=checkpoint.official, half_error=half_error)
    write_whole(options.out / card.CARD_FILE, text.encode())
    write_whole(options.out / card.LICENCE_FILE, card.LICENCE_TEXT.encode())
    finish_package(options.out, manifest)
    shutil.rmtree(work)
    total = sum(file.bytes for file in manifest.files)
    progress.note(f"{options.out}: {len(manifest.files)} files, {total / 1e6:.1f} MB")
    return manifest


def _convert_part(
    recipe: Recipe, checkpoint: Checkpoint, options: Options, work: Path, progress: ProgressLine
) -> tuple[ModelGraph, Weights]:
    name = recipe.part.value
    mark = _fingerprint(recipe, checkpoint, options)
    record_file = work / f"{name}.json"
    done = _read_record(record_file, mark)
    if done and is_whole(options.out, _files(*done)):
        progress.note("done before, kept")
        return done
    tensors = checkpoint.tensors[recipe.part]
    stored = recipe.stored(options.precision)
    path = work / f"{name}.bin"
    size = options.size // UPSCALE
    try:
        verify_part(recipe, tensors, checkpoint.widths, stored, work, progress.note)
        models = write_graphs(recipe, tensors, checkpoint.widths, size, path, stored)
    except OverflowError as error:
        raise ConversionError(
            f"The {name} network does not fit into half floats: {error}.",
            remedy="convert with --precision fp32",
        ) from error
    weights = package_weights(options.out, path, recipe.priority)
    path.unlink()
    graph = package_graph(options.out, recipe.stage, recipe.priority, models, weights.name)
    _write_record(record_file, mark, graph, weights)
    progress.note(f"{weights.bytes / 1e6:.1f} MB in {len(weights.shards)} shards")
    return graph, weights


def _self_check(
    folder: Path, graphs: list[ModelGraph], weights: list[Weights], progress: ProgressLine
) -> tuple[SelfCheck, float | None]:
    """Runs the essential graphs at full size, and remembers what they gave.

    Returns:
        the self-check, and the deviation of half floats; None where there are none.
    """
    portrait = next(t for t in graphs[0].inputs if t.name == "portrait")
    keypoints = next(t for graph in graphs for t in graph.inputs if t.name == "kp_source")
    source, target = fixed_keypoints(keypoints.shape[1])
    inputs = {"portrait": waves(portrait), "kp_source": source, "kp_target": target}
    whole = _run_all(folder, graphs, weights, inputs, Precision.FP32, progress)
    outputs = {tensor.name: tensor for graph in graphs for tensor in graph.outputs}
    expected = tuple(
        record(outputs[name], whole[name]) for name in ("feature_3d", "kp", "warped", "image")
    )
    half_error = None
    if any(Precision.FP16 in graph.files for graph in graphs):
        half = _run_all(folder, graphs, weights, inputs, Precision.FP16, progress)
        half_error = max(deviation(each, half[each.tensor]) for each in expected)
        progress.note(f"half floats deviate by {half_error:.1e}")
        if not half_error <= MAX_HALF_DEVIATION:
            raise VerificationError(
                f"In half floats the model deviates by {half_error:.1e}, allowed are "
                f"{MAX_HALF_DEVIATION}.",
                remedy="convert with --precision fp32",
            )
    flat = {name: tuple(inputs[name].ravel().tolist()) for name in ("kp_source", "kp_target")}
    half_tolerance = max(CHECK_TOLERANCE[Precision.FP16], HALF_MARGIN * (half_error or 0.0))
    tolerance = MappingProxyType({**CHECK_TOLERANCE, Precision.FP16: half_tolerance})
    return SelfCheck(MappingProxyType(flat), expected, tolerance), half_error


def _run_all(
    folder: Path,
    graphs: list[ModelGraph],
    weights: list[Weights],
    inputs: Mapping[str, Floats],
    precision: Precision,
    progress: ProgressLine,
) -> dict[str, Floats]:
    """Every tensor of a run of all essential graphs; one part in memory at a time."""
    stored = {each.name: each for each in weights}
    tensors = dict(inputs)
    for graph in graphs:
        if not all(tensor.name in tensors for tensor in graph.inputs):
            continue  # an optional one, with inputs of its own
        progress.note(f"{graph.name} in {precision.value}")
        shards = stored[graph.weights or ""].shards
        data = {graph.weights or "": b"".join(read_file(folder, shard) for shard in shards)}
        session = open_session(read_file(folder, graph.file(precision)), data)
        tensors.update(run_session(session, tensors))
    return tensors


def _manifest(
    checkpoint: Checkpoint, graphs: list[ModelGraph], weights: list[Weights], check: SelfCheck
) -> Manifest:
    points = checkpoint.widths.keypoints
    return Manifest(
        name=NAME,
        title="LivePortrait",
        family=Family.LIVEPORTRAIT,
        purpose=Purpose.PRODUCT,
        licence=card.LICENCE,
        source=ModelSource("LivePortrait", card.PROJECT, MappingProxyType(dict(checkpoint.hashes))),
        interface=Interface("portrait", ("kp_source",), ("kp_target",), ("image",)),
        rig=ModelRig(
            kind=f"liveportrait-{points}",
            points=points,
            crop=PhotoCrop(scale=2.3, shift_y=-0.125, min_face=1 / 3),
            groups=GROUPS if points == OFFICIAL.keypoints else MappingProxyType({}),
        ),
        graphs=tuple(graphs),
        weights=tuple(weights),
        check=check,
    )


def _fingerprint(recipe: Recipe, checkpoint: Checkpoint, options: Options) -> str:
    """Names everything that a part's files depend on."""
    told = [CONVERTER_VERSION, options.size, recipe.stored(options.precision).value]
    digest = hashlib.sha256(json.dumps(told).encode())
    for key, values in sorted(checkpoint.tensors[recipe.part].items()):
        digest.update(f"{key} {values.dtype} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()


def _files(graph: ModelGraph, weights: Weights) -> list[File]:
    return [*graph.files.values(), *weights.shards]


def _write_record(path: Path, mark: str, graph: ModelGraph, weights: Weights) -> None:
    record_ = {
        "mark": mark,
        "graph": manifest_json.to_plain(graph),
        "weights": manifest_json.to_plain(weights),
    }
    write_whole(path, json.dumps(record_).encode())


def _read_record(path: Path, mark: str) -> tuple[ModelGraph, Weights] | None:
    """What was written down of a part; None where there is nothing or it is of another run."""
    try:
        record_ = json.loads(path.read_bytes())
        if record_["mark"] != mark:
            return None
        return manifest_json.read_graph(record_["graph"]), manifest_json.read_weights(
            record_["weights"]
        )
    except (OSError, ValueError, KeyError, TypeError, ManifestError):
        return None
