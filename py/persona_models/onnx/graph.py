"""Writes ONNX graphs, one operator at a time.

Plain ``onnx.helper`` under a thin builder: every operator of the result is chosen by the caller,
nothing is traced, and the only dependency is the package that also checks the result. Weights go
to a :class:`~persona_models.onnx.weights.WeightsFile`; small constants stay in the graph.

A builder computes in one type, float16 or float32. Weights that are stored in the other type
are cast where they enter, so that one file serves both. Values at the graph's borders are
float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from persona_models.onnx.weights import WeightsFile

OPSET = 17
"""The first with LayerNormalization; later ones bring GridSample versions that WebGPU lacks."""
IR_VERSION = 8

Shape: TypeAlias = "tuple[int, ...]"

_TYPES = {np.dtype(np.float16): TensorProto.FLOAT16, np.dtype(np.float32): TensorProto.FLOAT}


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor of a graph under construction. ``dtype`` is float16 or float32."""

    name: str
    shape: Shape
    dtype: np.dtype[np.generic]


class GraphBuilder:
    """Builds one graph.

    Args:
        weights: where weights are stored.
        dtype: what convolutions and products compute in.
    """

    def __init__(self, name: str, weights: WeightsFile, dtype: npt.DTypeLike) -> None:
        self.name = name
        self.dtype = np.dtype(dtype)
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._initializers: dict[str, onnx.TensorProto] = {}
        self._cast_weights: dict[str, Value] = {}
        self._inputs: list[Value] = []
        self._outputs: list[Value] = []
        self._shapes: dict[str, Shape] = {}
        self._count = 0

    # borders

    def input(self, name: str, shape: Shape) -> Value:
        """A float32 input."""
        value = Value(name, shape, np.dtype(np.float32))
        self._inputs.append(value)
        return value

    def output(self, name: str, value: Value) -> None:
        """Gives ``value`` out as float32 under ``name``."""
        source = self.cast(value, np.float32)
        self._nodes.append(helper.make_node("Identity", [source.name], [name]))
        self._outputs.append(Value(name, value.shape, np.dtype(np.float32)))

    # constants

    def weight(self, name: str, values: npt.NDArray[np.floating]) -> Value:
        """A stored tensor, in the type that the graph computes in."""
        if name in self._cast_weights:
            return self._cast_weights[name]
        stored = self._weights.store(name, values)
        tensor = TensorProto(name=name, data_type=_TYPES[np.dtype(stored.dtype)])
        tensor.dims.extend(stored.shape)
        tensor.data_location = TensorProto.EXTERNAL
        for key, entry in (
            ("location", stored.location),
            ("offset", str(stored.offset)),
            ("length", str(stored.length)),
        ):
            tensor.external_data.add(key=key, value=entry)
        self._initializers[name] = tensor
        value = Value(name, stored.shape, np.dtype(stored.dtype))
        cast = self._cast_weights[name] = self.cast(value, self.dtype)
        return cast

    def constant(self, values: npt.ArrayLike, dtype: npt.DTypeLike = np.float32) -> Value:
        """A small constant that lies in the graph itself."""
        array = np.asarray(values, dtype=dtype)
        name = self._new_name("const")
        self._initializers[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return Value(name, array.shape, array.dtype)

    # operators

    def op(
        self,
        kind: str,
        inputs: Sequence[Value],
        shape: Shape,
        dtype: npt.DTypeLike | None = None,
        **attributes: Any,
    ) -> Value:
        """One operator with one result of a known shape.

        Args:
            dtype: of the result; by default that of the first input.
            attributes: of the operator: numbers, text, or sequences of numbers.
        """
        value = Value(
            self._new_name(kind), shape, inputs[0].dtype if dtype is None else np.dtype(dtype)
        )
        self._shapes[value.name] = shape
        names = [each.name for each in inputs]
        self._nodes.append(helper.make_node(kind, names, [value.name], value.name, **attributes))
        return value

    def split(self, value: Value, sizes: Sequence[int], axis: int) -> list[Value]:
        """Consecutive parts along an axis."""
        parts = [
            Value(
                self._new_name("Split"),
                (*value.shape[:axis], n, *value.shape[axis + 1 :]),
                value.dtype,
            )
            for n in sizes
        ]
        names = [value.name, self.constant(list(sizes), np.int64).name]
        node = helper.make_node("Split", names, [p.name for p in parts], parts[0].name, axis=axis)
        self._nodes.append(node)
        return parts

    def cast(self, value: Value, dtype: npt.DTypeLike) -> Value:
        """The value in another type; itself where it has that type."""
        if value.dtype == np.dtype(dtype):
            return value
        return self.op("Cast", [value], value.shape, dtype, to=_TYPES[np.dtype(dtype)])

    def compute(self, value: Value) -> Value:
        """The value in the type that the graph computes in."""
        return self.cast(value, self.dtype)

    def reshape(self, value: Value, shape: Shape) -> Value:
        """The value in another shape; itself where it has that shape."""
        if value.shape == shape:
            return value
        return self.op("Reshape", [value, self.constant(shape, np.int64)], shape)

    def transpose(self, value: Value, order: Sequence[int]) -> Value:
        shape = tuple(value.shape[axis] for axis in order)
        return self.op("Transpose", [value], shape, perm=list(order))

    def concat(self, values: Sequence[Value], axis: int) -> Value:
        size = sum(value.shape[axis] for value in values)
        shape = values[0].shape
        return self.op("Concat", values, (*shape[:axis], size, *shape[axis + 1 :]), axis=axis)

    def unary(self, kind: str, value: Value, **attributes: Any) -> Value:
        """An operator that keeps the shape: Relu, LeakyRelu, Sigmoid, Exp, Floor, Softmax ..."""
        return self.op(kind, [value], value.shape, **attributes)

    def binary(self, kind: str, a: Value, b: Value | float) -> Value:
        """Add, Sub, Mul, Div, Min, Max with broadcasting; a number takes the type of ``a``."""
        if not isinstance(b, Value):
            b = self.constant(b, a.dtype)
        return self.op(kind, [a, b], np.broadcast_shapes(a.shape, b.shape))

    def add(self, a: Value, b: Value | float) -> Value:
        return self.binary("Add", a, b)

    def sub(self, a: Value, b: Value | float) -> Value:
        return self.binary("Sub", a, b)

    def mul(self, a: Value, b: Value | float) -> Value:
        return self.binary("Mul", a, b)

    def matmul(self, a: Value, b: Value) -> Value:
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        return self.op("MatMul", [a, b], (*batch, a.shape[-2], b.shape[-1]))

    def conv(
        self,
        value: Value,
        weight: Value,
        bias: Value | None = None,
        *,
        pads: Sequence[int] | None = None,
        stride: int = 1,
        groups: int = 1,
    ) -> Value:
        """A convolution in 2-D or 3-D.

        Args:
            weight: (out, in / groups, *kernel).
            pads: before each axis, then after each; by default half of an odd kernel.
        """
        kernel = weight.shape[2:]
        if pads is None:
            pads = [size // 2 for size in kernel] * 2
        n = len(kernel)
        space = tuple(
            (size + pads[i] + pads[n + i] - kernel[i]) // stride + 1
            for i, size in enumerate(value.shape[2:])
        )
        inputs = [value, weight] if bias is None else [value, weight, bias]
        return self.op(
            "Conv",
            inputs,
            (value.shape[0], weight.shape[0], *space),
            kernel_shape=list(kernel),
            pads=list(pads),
            strides=[stride] * n,
            group=groups,
        )

    def reduce_mean(self, value: Value, axes: Sequence[int]) -> Value:
        """Mean over axes, which stay with size 1."""
        shape = tuple(1 if axis in axes else size for axis, size in enumerate(value.shape))
        return self.op("ReduceMean", [value], shape, axes=list(axes), keepdims=1)

    def reduce_sum(self, value: Value, axes: Sequence[int]) -> Value:
        """Sum over axes, which stay with size 1."""
        shape = tuple(1 if axis in axes else size for axis, size in enumerate(value.shape))
        return self.op("ReduceSum", [value, self.constant(list(axes), np.int64)], shape, keepdims=1)

    # the result

    def build(self) -> onnx.ModelProto:
        """The finished graph, checked as far as it can be without its weights.

        Raises:
            onnx.shape_inference.InferenceError: an operator was put together wrongly.
            ValueError: a result has another shape than we said.
        """
        graph = helper.make_graph(
            self._nodes,
            self.name,
            [_info(value) for value in self._inputs],
            [_info(value) for value in self._outputs],
            list(self._initializers.values()),
        )
        opset = helper.make_opsetid("", OPSET)
        model = helper.make_model(
            graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="virtualpersona"
        )
        self._compare_shapes(model)
        return model

    def _compare_shapes(self, model: onnx.ModelProto) -> None:
        """Our own shapes must be those that the operators give."""
        inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        for info in inferred.graph.value_info:
            shape = tuple(size.dim_value for size in info.type.tensor_type.shape.dim)
            if info.name in self._shapes and self._shapes[info.name] != shape:
                raise ValueError(f"{info.name} has shape {shape}, not {self._shapes[info.name]}")

    def _new_name(self, kind: str) -> str:
        self._count += 1
        return f"{kind.lower()}_{self._count}"


def _info(value: Value) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(value.name, _TYPES[value.dtype], list(value.shape))
