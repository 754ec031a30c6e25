"""Makes the nano model: a portrait that is warped and painted on by a dozen parameters.

Like the real models it computes features once a portrait and a picture a frame, with the same
operators: convolution, GridSample, matrix product, Resize. Its motion is drawn by hand as smooth
bumps around a face in the middle of the picture; its convolutions are a fixed seed's noise around
the identity. It shows that a runtime works, not what a person looks like, and is never offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import onnx

from persona_core.neural.families.nano_motion import PARAMETERS
from persona_core.neural.manifest.manifest import (
    Family,
    GraphStage,
    Interface,
    Licence,
    Manifest,
    ModelRig,
    ModelSource,
    PhotoCrop,
    Precision,
    Priority,
    Purpose,
    SelfCheck,
    Tensor,
)
from persona_core.neural.self_check import record, waves
from persona_models.nano.basis import GRID, paint_basis, warp_basis
from persona_models.onnx.graph import GraphBuilder, Value
from persona_models.onnx.native import open_session, run_session
from persona_models.onnx.package import (
    finish_package,
    package_graph,
    package_weights,
    write_whole,
)
from persona_models.onnx.weights import WeightsFile

NAME = "nano"
SEED = 20
NOISE = 0.02
"""How far the convolutions are from the identity."""
LICENCE_FILE = "LICENSE.txt"
CARD_FILE = "README.md"
WEIGHTS_FILE = "nano.bin"
TOLERANCE = MappingProxyType({Precision.FP32: 1e-2, Precision.FP16: 5e-2})
DTYPES = {Precision.FP16: np.float16, Precision.FP32: np.float32}
CHECK_PARAMETERS = (0.5, -0.25, 0.125, 0.25, -0.5, 0.25, 1.0, 0.5, 0.25, 1.0, 0.0, -0.5)


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of the model.

    Attributes:
        side: of the picture in pixels.
        features: channels that are kept of the portrait, at least 3.
        width: channels between the two convolutions of a frame. 2 makes the model of a few
            MFLOP; more make one that costs what is asked for.
    """

    side: int = 128
    features: int = 4
    width: int = 2


def build(folder: Path, licence: Path, shape: Shape | None = None) -> Manifest:
    """Writes the model into ``folder`` and returns its manifest.

    Args:
        licence: the project's own licence, which is copied.
    """
    shape = shape or Shape()
    portrait: dict[Precision, onnx.ModelProto] = {}
    frame: dict[Precision, onnx.ModelProto] = {}
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / WEIGHTS_FILE
        with WeightsFile(path, np.float16) as weights:
            for precision in Precision:
                rng = np.random.default_rng(SEED)
                dtype = DTYPES[precision]
                portrait[precision] = _features(
                    GraphBuilder("features", weights, dtype), shape, rng
                )
                frame[precision] = _frame(GraphBuilder("frame", weights, dtype), shape, rng)
        data = path.read_bytes()
        stored = package_weights(folder, path, Priority.ESSENTIAL)
    graphs = tuple(
        package_graph(folder, stage, Priority.ESSENTIAL, models, stored.name)
        for stage, models in ((GraphStage.PORTRAIT, portrait), (GraphStage.FRAME, frame))
    )
    text = licence.read_text()
    manifest = Manifest(
        name=NAME,
        title="Nano (for tests)",
        family=Family.NANO,
        purpose=Purpose.TEST,
        licence=Licence("MIT", "VirtualPersona", LICENCE_FILE),
        source=ModelSource("persona_models.nano", "", MappingProxyType({})),
        interface=Interface("portrait", (), ("parameters",), ("image",)),
        rig=ModelRig("nano-12", 0, PhotoCrop(2.3, -0.125, 1 / 3), parameters=PARAMETERS),
        graphs=graphs,
        weights=(stored,),
        check=_self_check(portrait[Precision.FP32], frame[Precision.FP32], data, shape),
    )
    write_whole(folder / LICENCE_FILE, text.encode())
    write_whole(folder / CARD_FILE, _card(manifest).encode())
    finish_package(folder, manifest)
    return manifest


def _features(graph: GraphBuilder, shape: Shape, rng: np.random.Generator) -> onnx.ModelProto:
    """``portrait`` (1, 3, S, S) to ``features`` (1, F, S, S): the picture, and traces of it."""
    x = graph.compute(graph.input("portrait", (1, 3, shape.side, shape.side)))
    kernel = _noisy_identity(rng, shape.features, 3, 0.0)
    kernel[3:] = rng.standard_normal(kernel[3:].shape) * 0.2
    weight = graph.weight("features.weight", kernel)
    graph.output("features", graph.conv(x, weight))
    return graph.build()


def _frame(graph: GraphBuilder, shape: Shape, rng: np.random.Generator) -> onnx.ModelProto:
    """``features`` and ``parameters`` (1, P) to ``image`` (1, 3, S, S)."""
    features = graph.input("features", (1, shape.features, shape.side, shape.side))
    parameters = graph.input("parameters", (1, len(PARAMETERS)))
    warped = graph.compute(_warp(graph, features, parameters, shape.side))
    first = graph.weight("first.weight", _noisy_identity(rng, shape.width, shape.features, NOISE))
    second = graph.weight(
        "second.weight", rng.standard_normal((3, shape.width, 3, 3)) * NOISE / shape.width
    )
    traces = graph.conv(graph.unary("Relu", graph.conv(warped, first)), second)
    picture = graph.split(warped, [3, shape.features - 3], axis=1)[0]
    painted = graph.add(graph.add(picture, traces), _paint(graph, parameters, shape.side))
    limits = [graph.constant(0.0), graph.constant(1.0)]
    graph.output(
        "image", graph.op("Clip", [graph.cast(painted, np.float32), *limits], painted.shape)
    )
    return graph.build()


def _warp(graph: GraphBuilder, features: Value, parameters: Value, side: int) -> Value:
    """Features moved by a smooth field; coordinates are float32."""
    basis = graph.cast(graph.weight("warp.basis", warp_basis()), np.float32)
    coarse = graph.reshape(graph.matmul(parameters, basis), (1, 2, GRID, GRID))
    field = _resize(graph, coarse, side)
    line = (2.0 * np.arange(side) + 1.0) / side - 1.0
    x, y = graph.split(field, [1, 1], axis=1)
    x = graph.add(x, graph.constant(line.reshape(1, 1, 1, side)))
    y = graph.add(y, graph.constant(line.reshape(1, 1, side, 1)))
    pair = [graph.reshape(each, (1, side, side, 1)) for each in (x, y)]
    return graph.op(
        "GridSample",
        [features, graph.concat(pair, axis=3)],
        features.shape,
        mode="bilinear",
        padding_mode="border",
        align_corners=0,
    )


def _paint(graph: GraphBuilder, parameters: Value, side: int) -> Value:
    """What is painted on: lids, the inside of the mouth."""
    basis = graph.weight("paint.basis", paint_basis())
    product = graph.matmul(graph.compute(parameters), basis)
    return _resize(graph, graph.reshape(product, (1, 3, GRID, GRID)), side)


def _resize(graph: GraphBuilder, value: Value, side: int) -> Value:
    shape = (*value.shape[:2], side, side)
    scale = side / value.shape[-1]
    return graph.op(
        "Resize",
        [value, graph.constant([]), graph.constant([1.0, 1.0, scale, scale])],
        shape,
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )


def _noisy_identity(
    rng: np.random.Generator, out: int, given: int, noise: float
) -> npt.NDArray[np.float64]:
    """(out, given, 3, 3): each channel passed through, wrapping around, with noise around it."""
    kernel = rng.standard_normal((out, given, 3, 3)) * noise
    for channel in range(out):
        kernel[channel, channel % given, 1, 1] += 1.0
    return kernel


def _self_check(
    portrait: onnx.ModelProto, frame: onnx.ModelProto, weights: bytes, shape: Shape
) -> SelfCheck:
    data = {WEIGHTS_FILE: weights}
    side = shape.side
    picture = Tensor("portrait", (1, 3, side, side))
    tensors = {
        "portrait": waves(picture),
        "parameters": np.array([CHECK_PARAMETERS], dtype=np.float32),
    }
    for model in (portrait, frame):
        session = open_session(model.SerializeToString(), data)
        tensors |= run_session(session, tensors)
    shapes = {"features": (1, shape.features, side, side), "image": (1, 3, side, side)}
    expected = tuple(record(Tensor(name, size), tensors[name]) for name, size in shapes.items())
    return SelfCheck(MappingProxyType({"parameters": CHECK_PARAMETERS}), expected, TOLERANCE)


def _card(manifest: Manifest) -> str:
    frame = manifest.gflop(GraphStage.FRAME) * 1e3
    return (
        f"# {manifest.title}\n\n"
        "A toy with the interface of a real neural avatar, for tests where the GPU is software. "
        f"{frame:.1f} MFLOP a frame. Made by `python build.py models nano` from a fixed seed; its "
        "motion is drawn by hand. The app never offers it.\n"
    )
