"""The graphs that we write compute what the official LivePortrait code computes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from tests.models.liveportrait_reference import (
    MODULES,
    SIZE,
    needs_reference,
    read_reference,
)
from tests.support import extra_data

from persona_core.neural.manifest.manifest import FLOATS, Precision
from persona_liveportrait.convert.checkpoint import check_tensors
from persona_liveportrait.graphs.recipe import RECIPES, write_graphs
from persona_liveportrait.network import fold, reference
from persona_liveportrait.network.layout import expected_layout
from persona_liveportrait.network.parts import NetworkPart
from persona_liveportrait.network.widths import OFFICIAL
from persona_models.onnx.cost import count_flop
from persona_models.onnx.native import open_session, run_session

Floats = npt.NDArray[np.float32]

TOLERANCE = {Precision.FP32: 1e-3, Precision.FP16: 2e-2}
"""Greatest difference over greatest value."""
HEADS = ("pitch", "yaw", "roll", "t", "exp", "scale", "kp")


class Graphs:
    """Every part of the narrow network as graphs, with weights stored in one precision."""

    def __init__(self, stored: Precision, scratch: Path) -> None:
        weights, _ = read_reference()
        widths = check_tensors(weights)
        self.models: dict[tuple[NetworkPart, Precision], onnx.ModelProto] = {}
        self.weights: dict[NetworkPart, dict[str, bytes]] = {}
        for recipe in RECIPES:
            if recipe.part not in weights:
                continue
            path = scratch / f"{recipe.part.value}.bin"
            kept = recipe.stored(stored)
            written = write_graphs(recipe, weights[recipe.part], widths, SIZE, path, kept)
            self.models |= {(recipe.part, precision): model for precision, model in written.items()}
            self.weights[recipe.part] = {path.name: path.read_bytes()}

    def run(self, part: NetworkPart, precision: Precision, **inputs: Floats) -> dict[str, Floats]:
        model = self.models.get((part, precision)) or self.models[part, Precision.FP32]
        session = open_session(model.SerializeToString(), self.weights[part])
        return run_session(session, inputs)


@pytest.fixture(scope="module", params=FLOATS, ids=lambda stored: f"stored-{stored.value}")
def stored(request: pytest.FixtureRequest) -> Precision:
    return request.param


@pytest.fixture(scope="module")
def graphs(stored: Precision, tmp_path_factory: pytest.TempPathFactory) -> Graphs:
    return Graphs(stored, tmp_path_factory.mktemp("graphs"))


def error(found: Floats, expected: Floats) -> float:
    return float(np.abs(found.reshape(expected.shape) - expected).max() / np.abs(expected).max())


@needs_reference
@pytest.mark.parametrize("precision", FLOATS, ids=lambda each: f"in-{each.value}")
def test_every_official_output_is_reproduced_when_the_graphs_run(
    graphs: Graphs, stored: Precision, precision: Precision
) -> None:
    """NetworkPart by part on the official inputs, and from the picture through to the picture."""
    _, known = read_reference()
    kp = {"kp_source": known["in/kp_source"], "kp_driving": known["in/kp_driving"]}
    found = graphs.run(NetworkPart.APPEARANCE, precision, portrait=known["in/image"])
    found |= graphs.run(NetworkPart.MOTION, precision, portrait=known["in/image"])
    found |= graphs.run(
        NetworkPart.STITCHING, precision, kp_source=kp["kp_source"], kp_target=kp["kp_driving"]
    )
    chained = graphs.run(NetworkPart.WARPING, precision, feature_3d=found["feature_3d"], **kp)
    picture = graphs.run(NetworkPart.GENERATOR, precision, warped=chained["warped"])["image"]
    found |= graphs.run(NetworkPart.WARPING, precision, feature_3d=known["out/feature_3d"], **kp)
    found |= graphs.run(NetworkPart.GENERATOR, precision, warped=known["out/warped"])

    errors = {
        name: error(found[name.removeprefix("out/").removeprefix("motion/")], expected)
        for name, expected in known.items()
        if name.startswith("out/")
    }
    errors["the whole chain"] = error(picture, known["out/image"])
    assert len(errors) == 14
    assert {name: each for name, each in errors.items() if not each <= TOLERANCE[stored]} == {}


@needs_reference
def test_stitched_keypoints_are_the_targets_plus_the_official_offsets(graphs: Graphs) -> None:
    _, known = read_reference()
    found = graphs.run(
        NetworkPart.STITCHING,
        Precision.FP32,
        kp_source=known["in/kp_source"],
        kp_target=known["in/kp_driving"],
    )
    offsets = known["out/stitching"][0]
    expected = known["in/kp_driving"] + offsets[:63].reshape(1, 21, 3)
    expected[..., :2] += offsets[63:]
    assert error(found["kp_driving"], expected) < 1e-5


@needs_reference
def test_no_graph_holds_an_operator_that_browsers_lack(graphs: Graphs) -> None:
    """Sampling, pooling, resizing and shuffling are 4-D; all operators are of a known set."""
    known = {
        "Abs", "Add", "AveragePool", "Cast", "Clip", "Concat", "Conv", "DepthToSpace", "Div",
        "Erf", "Exp", "Floor", "GridSample", "Identity", "InstanceNormalization",
        "LayerNormalization", "LeakyRelu", "MatMul", "Mul", "Neg", "ReduceMean", "ReduceSum",
        "Relu", "Reshape", "Resize", "Sigmoid", "Softmax", "Split", "Sqrt", "Sub", "Transpose",
    }  # fmt: skip
    flat = {"GridSample", "AveragePool", "Resize", "DepthToSpace", "InstanceNormalization"}
    samples = 0
    for model in graphs.models.values():
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
        ranks = {
            info.name: len(info.type.tensor_type.shape.dim)
            for info in (*inferred.graph.value_info, *inferred.graph.input, *inferred.graph.output)
        }
        for node in model.graph.node:
            assert node.op_type in known
            assert not node.domain
            if node.op_type in flat:
                assert ranks[node.input[0]] == 4
                assert ranks[node.output[0]] == 4
            samples += node.op_type == "GridSample"
    warpings = sum(part is NetworkPart.WARPING for part, _ in graphs.models)
    assert samples == 2 * warpings


@needs_reference
def test_sampling_coordinates_and_norms_are_whole_floats_when_the_graph_is_in_halves(
    tmp_path: Path,
) -> None:
    graphs = Graphs(Precision.FP16, tmp_path)
    seen = set()
    for part in (NetworkPart.WARPING, NetworkPart.GENERATOR):
        model = graphs.models[part, Precision.FP16]
        inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
        types = {
            info.name: info.type.tensor_type.elem_type
            for info in (*inferred.graph.value_info, *inferred.graph.input)
        }
        for node in model.graph.node:
            if node.op_type in {"GridSample", "InstanceNormalization", "Softmax", "Exp", "Sigmoid"}:
                seen.add(node.op_type)
                assert {types.get(name, 1) for name in node.input} == {onnx.TensorProto.FLOAT}
        convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
        assert {types[node.output[0]] for node in convolutions} == {onnx.TensorProto.FLOAT16}
    assert len(seen) == 5


@needs_reference
def test_both_precisions_share_the_bytes_of_the_weights(tmp_path: Path) -> None:
    graphs = Graphs(Precision.FP16, tmp_path)

    def places(precision: Precision) -> dict[str, tuple[str, ...]]:
        return {
            tensor.name: tuple(entry.value for entry in tensor.external_data)
            for tensor in graphs.models[NetworkPart.GENERATOR, precision].graph.initializer
            if tensor.data_location == onnx.TensorProto.EXTERNAL
        }

    assert places(Precision.FP16) == places(Precision.FP32)
    assert len(places(Precision.FP16)) > 50


@extra_data.needs(extra_data.LAYOUT)
def test_layout_of_the_official_network_is_known_to_the_last_key() -> None:
    official = json.loads(extra_data.path(extra_data.LAYOUT).read_text())
    ours = expected_layout(OFFICIAL)
    for module, part in MODULES.items():
        assert {key: tuple(shape) for key, shape in official[module].items()} == ours[part]


@needs_reference
def test_plain_definition_of_the_small_parts_gives_the_official_results_too() -> None:
    """What conversions are verified against is verified itself."""
    weights, known = read_reference()
    widths = check_tensors(weights)
    t = {part: reference.Tensors(tensors) for part, tensors in weights.items()}
    heads = reference.motion(t[NetworkPart.MOTION], widths, known["in/image"][0])
    assert tuple(heads) == HEADS
    both = np.concatenate([known["in/kp_source"].ravel(), known["in/kp_driving"].ravel()])
    found = {f"motion/{head}": values for head, values in heads.items()}
    found["feature_3d"] = reference.appearance(
        t[NetworkPart.APPEARANCE], widths, known["in/image"][0]
    )
    found["stitching"] = reference.perceptron(t[NetworkPart.STITCHING], both)
    for name, values in found.items():
        assert error(values, known[f"out/{name}"]) < 1e-5


@needs_reference
@pytest.mark.skipif(
    os.environ.get("VP_FULL", "0") in {"", "0"}, reason="VP_FULL=1 runs the slow definitions too"
)
def test_plain_definition_of_the_big_parts_gives_the_official_results_too() -> None:
    weights, known = read_reference()
    widths = check_tensors(weights)
    t = {part: reference.Tensors(tensors) for part, tensors in weights.items()}
    given = [known[name][0] for name in ("out/feature_3d", "in/kp_driving", "in/kp_source")]
    found = reference.warping(t[NetworkPart.WARPING], widths, *given)
    found["image"] = reference.generator(t[NetworkPart.GENERATOR], widths, known["out/warped"][0])
    for name, values in found.items():
        assert error(values, known[f"out/{name}"]) < 1e-4


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_convolution_after_upsampling_is_exact_to_the_border_when_done_before(factor: int) -> None:
    rng = np.random.default_rng(factor)
    weight = rng.normal(size=(2, 3, 3, 3))
    small = rng.normal(size=(3, 4, 5))
    big = small.repeat(factor, axis=1).repeat(factor, axis=2)
    expected = reference._correlate(weight, big, 1, 1)
    kernels = fold.nearest_upsampled_kernels(weight, factor)
    for y in range(factor):
        for x in range(factor):
            kind = tuple(-1 if p == 0 else 1 if p == factor - 1 else 0 for p in (y, x))
            kernel = kernels[kind]
            pads = [(int(side < 0), int(side > 0)) for side in kind]
            padded = np.pad(small, [(0, 0), *pads])
            found = reference._correlate(kernel, padded, 1, 0)
            assert found == pytest.approx(expected[:, y::factor, x::factor], abs=1e-5)


def test_spectral_norm_divides_by_the_greatest_singular_value() -> None:
    matrix = np.random.default_rng(0).normal(size=(6, 3, 2, 2))
    left, values, right = np.linalg.svd(matrix.reshape(6, -1))
    folded = fold.fold_spectral_norm(matrix, left[:, 0], right[0])
    assert folded == pytest.approx(matrix / values[0])


def test_cost_of_a_convolution_is_two_operations_a_tap(tmp_path: Path) -> None:
    from persona_models.onnx.graph import GraphBuilder
    from persona_models.onnx.weights import WeightsFile

    with WeightsFile(tmp_path / "w.bin", np.float32) as weights:
        graph = GraphBuilder("g", weights, np.float32)
        x = graph.input("x", (1, 3, 10, 10))
        graph.output("y", graph.conv(x, graph.weight("w", np.ones((4, 3, 3, 3)))))
        assert count_flop(graph.build()) == 2 * 4 * 100 * 27
