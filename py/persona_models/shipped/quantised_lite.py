"""LivePortrait-Lite in whole numbers of 8 bits (static quantisation), for processors.

How far each value reaches is measured on patches of photographs and on the run of the self-check;
weights are scaled channel by channel. The last convolution stays in floats: what it says is added
to a picture, and counts in fractions of a colour's step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final

import numpy as np
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)

from persona_core.base.arrays import Floats
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.neural.manifest.manifest import Manifest, ModelGraph, Precision
from persona_core.neural.self_check import check_inputs
from persona_models.data.photo_album import PhotoAlbum
from persona_models.data.photo_pairs import photo_pair
from persona_models.lite.card import CARD_FILE, cost
from persona_models.lite.patch_frame import PatchPart
from persona_models.lite.patch_inputs import patch_inputs
from persona_models.onnx.native import NativeModel, read_file
from persona_models.onnx.package import finish_package, write_graph, write_whole

TOLERANCE: Final = 0.15
"""Of the self-check, which is no face: its run deviates by 0.04 at the mouth, 0.08 at the eyes."""
PHOTOS: Final = 48
SEED: Final = 3
_KINDS: Final = ("Conv", "LeakyRelu", "Concat")
_PARTS: Final = {"mouth": (PatchPart.MOUTH,), "eye": (PatchPart.EYE_RIGHT, PatchPart.EYE_LEFT)}

Feeds = list[dict[str, Floats]]


def quantise(folder: Path, album: PhotoAlbum, photos: int = PHOTOS) -> Manifest:
    """Adds the graphs in whole numbers to a model's folder, in place of those that are there.

    Args:
        folder: of a model that `build.py models lite` wrote.
        album: of which photographs are taken that are trained on.
        photos: how many.

    Returns:
        The manifest as it is now.

    Raises:
        ManifestError: the model cannot be used.
        OSError: a file of it is missing.
    """
    model = NativeModel(folder)
    manifest = model.manifest
    seen = _patches(manifest, album, photos)
    check = check_inputs(manifest)
    graphs = []
    for graph in manifest.graphs:
        names = [tensor.name for tensor in graph.inputs]
        feeds = [{name: each[name] for name in names} for each in (*seen, check)]
        file = write_graph(folder, Precision.INT8, _quantised(_whole(model, graph), feeds))
        files = MappingProxyType({**graph.files, Precision.INT8: file})
        graphs.append(replace(graph, files=files))
    tolerance = MappingProxyType({**manifest.check.tolerance, Precision.INT8: TOLERANCE})
    made = replace(
        manifest, graphs=tuple(graphs), check=replace(manifest.check, tolerance=tolerance)
    )
    text = (folder / CARD_FILE).read_text("utf-8")
    write_whole(folder / CARD_FILE, text.replace(cost(manifest), cost(made)).encode())
    finish_package(folder, made)
    return made


def _patches(manifest: Manifest, album: PhotoAlbum, photos: int) -> Feeds:
    """What the nets see of some photographs, each moved in another way."""
    basis, random = LandmarkBasis.load(), np.random.default_rng(SEED)
    places = album.training()
    feeds: Feeds = []
    for place in places[:: max(1, len(places) // photos)][:photos]:
        pair = photo_pair(album.photo(place), basis, random)
        feed = {}
        for kind, parts in _PARTS.items():
            size = manifest.tensor(f"{kind}_planes").shape[-1]
            given = pair.photo, pair.source, pair.target, size
            inputs = [patch_inputs(part, *given) for part in parts]
            feed[f"{kind}_planes"] = np.stack([each.planes for each in inputs])
            feed[f"{kind}_vector"] = np.stack([each.vector for each in inputs])
        feeds.append(feed)
    return feeds


def _whole(model: NativeModel, graph: ModelGraph) -> onnx.ModelProto:
    """A graph in 32-bit floats that holds its weights itself, none of them cast."""
    with TemporaryDirectory() as scratch:
        for weights in model.manifest.weights:
            shards = b"".join(read_file(model.folder, each) for each in weights.shards)
            (Path(scratch) / weights.name).write_bytes(shards)
        path = Path(scratch) / "graph.onnx"
        path.write_bytes(read_file(model.folder, graph.file(Precision.FP32)))
        proto = onnx.load(path)
    stored = {tensor.name: tensor for tensor in proto.graph.initializer}
    for node in [each for each in proto.graph.node if each.op_type == "Cast"]:
        tensor = stored.get(node.input[0])
        if tensor is not None:
            values = onnx.numpy_helper.to_array(tensor).astype(np.float32)
            proto.graph.initializer.append(onnx.numpy_helper.from_array(values, node.output[0]))
            proto.graph.initializer.remove(tensor)
            proto.graph.node.remove(node)
    return proto


def _quantised(proto: onnx.ModelProto, feeds: Sequence[Mapping[str, Floats]]) -> onnx.ModelProto:
    convolutions = [node.name for node in proto.graph.node if node.op_type == "Conv"]
    with TemporaryDirectory() as scratch:
        floats, whole = Path(scratch) / "floats.onnx", Path(scratch) / "whole.onnx"
        onnx.save(proto, floats)
        quantize_static(
            floats,
            whole,
            _Reader(feeds),
            quant_format=QuantFormat.QOperator,
            op_types_to_quantize=list(_KINDS),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=convolutions[-1:],
            calibrate_method=CalibrationMethod.MinMax,
        )
        return onnx.load(whole)


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, feeds: Sequence[Mapping[str, Floats]]) -> None:
        self._feeds = iter(feeds)

    def get_next(self) -> Mapping[str, Floats] | None:
        return next(self._feeds, None)
