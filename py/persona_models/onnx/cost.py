"""What a run of an ONNX graph costs in floating point operations."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import onnx

from persona_models.onnx.graph import Shape

_PER_ELEMENT = {
    "Abs": 1,
    "Add": 1,
    "Clip": 2,
    "Div": 1,
    "Erf": 8,
    "Exp": 8,
    "Floor": 1,
    "GridSample": 8,
    "InstanceNormalization": 5,
    "LayerNormalization": 7,
    "LeakyRelu": 2,
    "Mul": 1,
    "Neg": 1,
    "AveragePool": 4,
    "ReduceMean": 1,
    "ReduceSum": 1,
    "Relu": 1,
    "Sigmoid": 10,
    "Softmax": 12,
    "Sqrt": 4,
    "Sub": 1,
}
"""Operations per element of the result; of the input for reductions. Moving data costs none."""
_REDUCTIONS = frozenset({"ReduceMean", "ReduceSum"})


def count_flop(model: onnx.ModelProto) -> int:
    """Floating point operations of one run; a multiplication with its addition counts two.

    Raises:
        ValueError: an operator whose shape is not static.
    """
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    shapes = _shapes(inferred.graph)
    return sum(_flop(node, shapes) for node in inferred.graph.node)


def _flop(node: onnx.NodeProto, shapes: Mapping[str, Shape]) -> int:
    if node.op_type == "Conv":
        weight = shapes[node.input[1]]
        return 2 * prod(shapes[node.output[0]]) * prod(weight[1:])
    if node.op_type == "MatMul":
        return 2 * prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
    place = node.input[0] if node.op_type in _REDUCTIONS else node.output[0]
    return _PER_ELEMENT.get(node.op_type, 0) * prod(shapes[place])


def _shapes(graph: onnx.GraphProto) -> dict[str, Shape]:
    shapes = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for info in (*graph.input, *graph.value_info, *graph.output):
        sizes = info.type.tensor_type.shape.dim
        if not all(size.HasField("dim_value") for size in sizes):
            raise ValueError(f"{info.name} has no static shape")
        shapes[info.name] = tuple(size.dim_value for size in sizes)
    return shapes
