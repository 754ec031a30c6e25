"""The nets of a model that was written, read back: to go on training from what is shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx

from persona_core.base.arrays import Floats
from persona_core.errors import PersonaError
from persona_core.neural.manifest.manifest import Precision
from persona_models.errors import CheckpointError
from persona_models.lite.patch_graph import (
    COLOURS,
    FOLD,
    GATE_GAIN,
    GATE_SHIFT,
    PLANES,
)
from persona_models.onnx.native import NativeModel, read_file

_TAPS = 3
_REMEDY = "name a folder that `build.py models lite` wrote"


def read_shipped_nets(folder: Path) -> dict[str, dict[str, Floats]]:
    """The parameters of the nets by kind, ``mouth`` and ``eye``, as the training names them.

    They are those of :mod:`persona_models.lite.patch_graph`, its merged steps undone; exact but for
    the rounding to float16.

    Args:
        folder: of the model.

    Raises:
        CheckpointError: it is not there, or another model.
    """
    try:
        stored = _stored(folder)
        return {kind: _unmerged(stored, kind) for kind in ("mouth", "eye")}
    except (OSError, PersonaError, KeyError, ValueError) as error:
        raise CheckpointError(
            f"{folder} is no LivePortrait-Lite: {error!r:.200}", remedy=_REMEDY
        ) from error


def _stored(folder: Path) -> dict[str, Floats]:
    """Every stored weight by its name in the graphs."""
    model = NativeModel(folder)
    found = {}
    for graph in model.manifest.graphs:
        weights = model.manifest.weights_of(graph)
        if weights is None:
            continue
        data = b"".join(read_file(folder, shard) for shard in weights.shards)
        proto = onnx.load_from_string(read_file(folder, graph.file(Precision.FP32)))
        for tensor in proto.graph.initializer:
            places = {entry.key: entry.value for entry in tensor.external_data}
            if places:
                start, length = int(places["offset"]), int(places["length"])
                dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
                values = np.frombuffer(data[start : start + length], dtype)
                found[tensor.name] = values.reshape(tuple(tensor.dims)).astype(np.float32)
    return found


def _unmerged(stored: dict[str, Floats], kind: str) -> dict[str, Floats]:
    net = {
        name.removeprefix(f"{kind}."): values
        for name, values in stored.items()
        if name.startswith(f"{kind}.")
    }
    taps = net.pop("first.0.weight")
    out = len(taps)
    folded = taps.reshape(out, PLANES, _TAPS, FOLD, _TAPS, FOLD).transpose(0, 1, 3, 5, 2, 4)
    net["first.0.conv.weight"] = folded.reshape(out, PLANES * FOLD**2, _TAPS, _TAPS)
    net["first.0.conv.bias"] = net.pop("first.0.bias")
    for name in ("tell.0.weight", "tell.2.weight"):
        net[name] = net[name].T
    gate = slice(COLOURS * FOLD**2, None)
    net["answer.weight"][gate] /= GATE_GAIN
    net["answer.bias"][gate] = (net["answer.bias"][gate] - GATE_SHIFT) / GATE_GAIN
    return {name: np.ascontiguousarray(values) for name, values in net.items()}
