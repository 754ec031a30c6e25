"""Layers that several parts of the network share, as operators of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from persona_liveportrait.network import fold
from persona_liveportrait.network.fold import Array
from persona_models.onnx.graph import GraphBuilder, Value


@dataclass(frozen=True, slots=True)
class Scope:
    """A module of the network: its tensors and the graph that it is written into."""

    graph: GraphBuilder
    tensors: Mapping[str, Array]
    prefix: str = ""

    def inner(self, name: str) -> Scope:
        return Scope(self.graph, self.tensors, f"{self.prefix}{name}.")

    def raw(self, key: str) -> Array:
        """A tensor of the checkpoint as float32."""
        return self.tensors[self.prefix + key].astype(np.float32)

    def has(self, key: str) -> bool:
        return self.prefix + key in self.tensors

    def weight(self, key: str, values: Array | None = None) -> Value:
        """A stored tensor: of the checkpoint, or what was made of it."""
        return self.graph.weight(self.prefix + key, self.raw(key) if values is None else values)


def conv(scope: Scope, value: Value, name: str) -> Value:
    """A convolution as it stands in the checkpoint."""
    inner = scope.inner(name)
    return _conv(inner, value, inner.raw("weight"), inner.raw("bias"))


def conv_norm(scope: Scope, value: Value, conv_name: str, norm_name: str) -> Value:
    """A convolution with the BatchNorm after it, folded."""
    inner = scope.inner(conv_name)
    weight, bias = fold.fold_scale(
        inner.raw("weight"), inner.raw("bias"), *norm_affine(scope, norm_name)
    )
    return _conv(inner, value, weight, bias)


def _conv(scope: Scope, value: Value, weight: Array, bias: Array) -> Value:
    if weight.ndim == 5:
        return _conv_volume(scope, value, weight, bias)
    return scope.graph.conv(value, scope.weight("weight", weight), scope.weight("bias", bias))


def _conv_volume(scope: Scope, value: Value, weight: Array, bias: Array) -> Value:
    """A 3-D convolution of (1, C, D, H, W) as a 2-D one of its slices.

    onnxruntime's WebGPU computes 3-D convolutions in plain loops, an element a thread; 2-D ones
    it tiles. So one wide 2-D convolution gives what each slice adds to the results of all its
    neighbours, and a product with zeros and ones puts that together.
    """
    graph = scope.graph
    out, channels, reach, *_ = weight.shape
    _, _, depth, height, width = value.shape
    slices = graph.transpose(graph.reshape(value, (channels, depth, height, width)), (1, 0, 2, 3))
    wide = weight.transpose(2, 0, 1, 3, 4).reshape(reach * out, channels, *weight.shape[3:])
    once = np.zeros((reach, out), np.float32)
    once[reach // 2] = bias
    shares = graph.conv(
        slices, scope.weight("weight", wide), scope.weight("bias", once.reshape(-1))
    )
    shares = graph.reshape(shares, (depth * reach, out * height * width))
    gather = graph.compute(graph.constant(_neighbours(depth, reach)))
    summed = graph.reshape(graph.matmul(gather, shares), (depth, out, height, width))
    result = graph.transpose(summed, (1, 0, 2, 3))
    return graph.reshape(result, (1, out, depth, height, width))


def _neighbours(depth: int, reach: int) -> Array:
    """(D, D reach) zeros and ones: which shares, slice by slice, a slice of the result sums."""
    matrix = np.zeros((depth, depth, reach), np.float32)
    for to in range(depth):
        for tap in range(reach):
            source = to + tap - reach // 2
            if 0 <= source < depth:
                matrix[to, source, tap] = 1.0
    return matrix.reshape(depth, depth * reach)


def norm_affine(scope: Scope, name: str) -> tuple[Array, Array]:
    """Scale and offset of a BatchNorm."""
    inner = scope.inner(name)
    keys = ("weight", "bias", "running_mean", "running_var")
    return fold.batch_norm_affine(*(inner.raw(key) for key in keys))


def affine(scope: Scope, value: Value, name: str) -> Value:
    """A BatchNorm that no convolution stands before."""
    scale, offset = norm_affine(scope, name)
    shape = (1, -1, *[1] * (len(value.shape) - 2))
    inner = scope.inner(name)
    scaled = scope.graph.mul(value, inner.weight("scale", scale.reshape(shape)))
    return scope.graph.add(scaled, inner.weight("offset", offset.reshape(shape)))


def average_pool(graph: GraphBuilder, value: Value) -> Value:
    """Halves the last two axes by averaging; 5-D goes through 4-D, which every backend has."""
    flat = flat_depth(graph, value)
    *_, height, width = flat.shape
    pooled = graph.op(
        "AveragePool",
        [flat],
        (*flat.shape[:2], height // 2, width // 2),
        kernel_shape=[2, 2],
        strides=[2, 2],
    )
    return graph.reshape(pooled, (*value.shape[:-2], height // 2, width // 2))


def upsample(graph: GraphBuilder, value: Value, factor: int = 2) -> Value:
    """Repeats every pixel of the last two axes ``factor`` times in each of them."""
    flat = flat_depth(graph, value)
    *_, height, width = flat.shape
    shape = (*flat.shape[:2], height * factor, width * factor)
    empty = graph.constant([])
    scales = graph.constant([1.0, 1.0, factor, factor])
    bigger = graph.op(
        "Resize",
        [flat, empty, scales],
        shape,
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    )
    return graph.reshape(bigger, (*value.shape[:-2], *shape[2:]))


def flat_depth(graph: GraphBuilder, value: Value) -> Value:
    """(1, C, D, H, W) as (1, C D, H, W); 4-D stays as it is."""
    if len(value.shape) == 4:
        return value
    batch, channels, depth, height, width = value.shape
    return graph.reshape(value, (batch, channels * depth, height, width))
