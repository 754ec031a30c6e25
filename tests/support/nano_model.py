"""Makes the nano model: a portrait that is moved by LivePortrait's keypoints, in 5 MFLOP a frame.

    PYTHONPATH=py:. python -m tests.support.nano_model

Like the real models of its family it computes features and keypoints once a portrait and a picture
a frame, with the same operators: convolution, GridSample, matrix product, Resize. Each of its
keypoints draws its surroundings along; its convolutions are a fixed seed's noise around the
identity. It shows that a runtime works where the GPU is software, not what a person looks like,
and lies where only tests find it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import onnx
from tests.support.nano import NANO

from persona_core.neural.families.liveportrait_controls import KEYPOINTS
from persona_core.neural.families.liveportrait_motion import BINS
from persona_core.neural.manifest.manifest import (
    FLOATS,
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
from persona_models.onnx.graph import GraphBuilder, Value
from persona_models.onnx.native import open_session, run_session
from persona_models.onnx.package import (
    finish_package,
    package_graph,
    package_weights,
    write_whole,
)
from persona_models.onnx.weights import WeightsFile

ROOT = Path(__file__).resolve().parents[2]

SEED = 20
NOISE = 0.02
"""How far the convolutions are from the identity."""
GAIN = 8.0
"""How much further than its keypoints the picture moves among itself: it is small."""
GRID = 16
REACH = 0.16
"""How far a keypoint's pull reaches, in half sides of the picture."""
LICENCE_FILE = "LICENSE.txt"
CARD_FILE = "README.md"
WEIGHTS_FILE = "nano.bin"
TOLERANCE = MappingProxyType({Precision.FP32: 1e-2, Precision.FP16: 5e-2})
DTYPES = {Precision.FP16: np.float16, Precision.FP32: np.float32}

PLACES = {
    **{1: (0.22, -0.24), 2: (-0.22, -0.24)},  # brows
    **{11: (0.22, -0.07), 15: (-0.22, -0.07), 13: (0.22, 0.02), 16: (-0.22, 0.02)},  # lids
    **{14: (0.19, 0.42), 20: (-0.19, 0.42), 17: (0.0, 0.38), 19: (0.0, 0.56)},  # mouth
    **{3: (0.32, 0.26), 7: (-0.32, 0.26)},  # cheeks
    **{0: (0.0, 0.18), 12: (0.0, -0.45)},  # nose and forehead
    **{4: (0.52, -0.1), 5: (-0.52, -0.1), 6: (0.45, 0.5), 8: (-0.45, 0.5)},
    **{9: (0.0, 0.85), 10: (0.35, -0.55), 18: (-0.35, -0.55)},  # the head's rim
}
"""Where LivePortrait's keypoints lie in the picture, x right, y down, -1 to 1: those that its
table of controls moves are where it moves them."""


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


def canonical() -> npt.NDArray[np.float64]:
    """(21, 3): the keypoints that the model sees in every portrait; what lies further in stands
    out more."""
    flat = np.array([PLACES[number] for number in range(KEYPOINTS)])
    depth = -0.35 * np.clip(1.0 - (flat**2).sum(axis=1), 0.0, 1.0)
    return np.concatenate([flat, depth[:, np.newaxis]], axis=1)


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
            for precision in FLOATS:
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
    manifest = Manifest(
        name=NANO.name,
        title="Nano (for tests)",
        family=Family.LIVEPORTRAIT,
        purpose=Purpose.PRODUCT,
        licence=Licence("MIT", "VirtualPersona", LICENCE_FILE),
        source=ModelSource("tests.support.nano_model", "", MappingProxyType({})),
        interface=Interface("portrait", ("kp_source",), ("kp_target",), ("image",)),
        rig=ModelRig(f"liveportrait-{KEYPOINTS}", KEYPOINTS, PhotoCrop(2.3, -0.125, 1 / 3)),
        graphs=graphs,
        weights=(stored,),
        check=_self_check(portrait[Precision.FP32], frame[Precision.FP32], data, shape),
    )
    write_whole(folder / LICENCE_FILE, licence.read_bytes())
    write_whole(folder / CARD_FILE, _card(manifest).encode())
    finish_package(folder, manifest)
    return manifest


def _features(graph: GraphBuilder, shape: Shape, rng: np.random.Generator) -> onnx.ModelProto:
    """``portrait`` (1, 3, S, S) to ``features`` (1, F, S, S), the picture and traces of it, and to
    the heads of a motion extractor that sees the same face in it, whatever it shows."""
    given = graph.input("portrait", (1, 3, shape.side, shape.side))
    kernel = _noisy_identity(rng, shape.features, 3, 0.0)
    kernel[3:] = rng.standard_normal(kernel[3:].shape) * 0.2
    weight = graph.weight("features.weight", kernel)
    graph.output("features", graph.conv(graph.compute(given), weight))
    heads = {name: np.zeros(BINS) for name in ("pitch", "yaw", "roll")}
    heads |= {"t": np.zeros(3), "exp": np.zeros(3 * KEYPOINTS), "scale": np.ones(1)}
    heads |= {"kp": canonical().ravel()}
    # Not constants: a runtime would put those out from somewhere else than what it computes.
    nothing = graph.mul(graph.reshape(graph.reduce_mean(given, (1, 2, 3)), (1, 1)), 0.0)
    for name, values in heads.items():
        graph.output(name, graph.add(graph.constant(values[np.newaxis]), nothing))
    return graph.build()


def _frame(graph: GraphBuilder, shape: Shape, rng: np.random.Generator) -> onnx.ModelProto:
    """``features``, ``kp_source`` and ``kp_target`` (1, 21, 3) to ``image`` (1, 3, S, S)."""
    features = graph.input("features", (1, shape.features, shape.side, shape.side))
    source = graph.input("kp_source", (1, KEYPOINTS, 3))
    target = graph.input("kp_target", (1, KEYPOINTS, 3))
    moved = graph.sub(target, source)
    warped = graph.compute(_warp(graph, features, moved, shape.side))
    first = graph.weight("first.weight", _noisy_identity(rng, shape.width, shape.features, NOISE))
    second = graph.weight(
        "second.weight", rng.standard_normal((3, shape.width, 3, 3)) * NOISE / shape.width
    )
    traces = graph.conv(graph.unary("Relu", graph.conv(warped, first)), second)
    picture = graph.split(warped, [3, shape.features - 3], axis=1)[0]
    image = graph.cast(graph.add(picture, traces), np.float32)
    limits = [graph.constant(0.0), graph.constant(1.0)]
    graph.output("image", graph.op("Clip", [image, *limits], image.shape))
    return graph.build()


def _warp(graph: GraphBuilder, features: Value, moved: Value, side: int) -> Value:
    """Features moved by a smooth field; coordinates are float32."""
    pulls = graph.cast(graph.weight("warp.pulls", pulls_of_keypoints()), np.float32)
    coarse = graph.matmul(graph.transpose(moved, (0, 2, 1)), pulls)
    field = graph.op(
        "Resize",
        [
            graph.reshape(coarse, (1, 3, GRID, GRID)),
            graph.constant([]),
            graph.constant([1.0, 1.0, side / GRID, side / GRID]),
        ],
        (1, 3, side, side),
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )
    line = (2.0 * np.arange(side) + 1.0) / side - 1.0
    x, y, _depth = graph.split(field, [1, 1, 1], axis=1)
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


def pulls_of_keypoints() -> npt.NDArray[np.float64]:
    """(21, GRID GRID): how far off a pixel is fetched for how far each keypoint has moved. A thing
    moves to the right when pixels are fetched from their left."""
    line = (2.0 * np.arange(GRID) + 1.0) / GRID - 1.0
    y, x = np.meshgrid(line, line, indexing="ij")
    off = np.stack([x, y], axis=-1) - canonical()[:, np.newaxis, np.newaxis, :2]
    pull = np.exp(-(off**2).sum(axis=-1) / (2.0 * REACH**2))
    pull /= pull.sum(axis=0) + 0.1  # far from all of them nothing moves
    pull = GAIN * pull + (1.0 - GAIN) * pull.mean(axis=0)  # as a whole it moves as they do
    return -pull.reshape(KEYPOINTS, -1)


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
    source = canonical()
    target = 1.1 * source + 0.05 * np.sin(np.arange(source.size)).reshape(source.shape)
    keypoints = {"kp_source": source, "kp_target": target}
    given = {name: np.float32(values)[np.newaxis] for name, values in keypoints.items()}
    tensors = given | {"portrait": waves(Tensor("portrait", (1, 3, side, side)))}
    for model in (portrait, frame):
        session = open_session(model.SerializeToString(), data)
        tensors |= run_session(session, tensors)
    shapes = {"features": (1, shape.features, side, side), "image": (1, 3, side, side)}
    expected = tuple(record(Tensor(name, size), tensors[name]) for name, size in shapes.items())
    inputs = {name: tuple(values.ravel().tolist()) for name, values in given.items()}
    return SelfCheck(MappingProxyType(inputs), expected, TOLERANCE)


def _card(manifest: Manifest) -> str:
    frame = manifest.gflop(GraphStage.FRAME) * 1e3
    return (
        f"# {manifest.title}\n\n"
        "A toy with the interface of a real neural avatar, for tests where the GPU is software. "
        f"{frame:.1f} MFLOP a frame. Made by `python -m tests.support.nano_model` from a fixed "
        "seed.\n"
    )


if __name__ == "__main__":
    shutil.rmtree(NANO, ignore_errors=True)
    build(NANO, ROOT / "LICENSE")
