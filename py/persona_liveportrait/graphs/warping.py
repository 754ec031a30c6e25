"""W, the warping module: how the face moves, and the features moved so.

The dense motion network samples a small volume once for each keypoint, shifted as a whole; a
shift is separable, so each sample is three products with interpolation matrices. The final
sample of the features, by a field that differs everywhere, is :mod:`volume_sample`.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np

from persona_liveportrait.graphs import layers
from persona_liveportrait.graphs.layers import Scope
from persona_liveportrait.graphs.volume_sample import Field, identity_line, sample_volume
from persona_liveportrait.network.widths import Widths
from persona_models.onnx.graph import GraphBuilder, Value

HEAT_VARIANCE = 0.01
LEAK = 0.01


class _Volume(NamedTuple):
    """The extent of the feature volume."""

    depth: int
    height: int
    width: int


def write(scope: Scope, widths: Widths, size: int) -> None:
    """Inputs ``feature_3d`` (1, C, D, H, W), ``kp_driving`` and ``kp_source`` (1, K, 3).

    Outputs ``warped`` (1, C', H, W); ``occlusion_map`` (1, 1, H, W), how much of each place is to
    be seen in the portrait; ``deformation`` (1, D, H, W, 3), where in the portrait each place
    comes from, x, y, z in -1..1.
    """
    graph = scope.graph
    volume = _Volume(widths.depth, size // 4, size // 4)
    feature = graph.input("feature_3d", (1, widths.volume_channels, *volume))
    driving = _with_background(graph, graph.input("kp_driving", (1, widths.keypoints, 3)))
    source = _with_background(graph, graph.input("kp_source", (1, widths.keypoints, 3)))
    shifts = graph.sub(source, driving)

    dense = scope.inner("dense_motion_network")
    compressed = layers.conv_norm(dense, graph.compute(feature), "compress", "norm")
    shifted = _shifted_volumes(graph, graph.unary("Relu", compressed), shifts, volume)
    heat = graph.sub(_heat(graph, driving, volume), _heat(graph, source, volume))
    prediction = _hourglass(dense.inner("hourglass"), _per_keypoint(graph, heat, shifted), widths)

    field = _deformation(dense, prediction, shifts, volume)
    occlusion = _occlusion(dense, prediction)
    sampled = graph.compute(sample_volume(graph, feature, field))
    x = layers.conv_norm(scope, layers.flat_depth(graph, sampled), "third.conv", "third.norm")
    x = layers.conv(scope, graph.unary("LeakyRelu", x, alpha=LEAK), "fourth")
    graph.output("warped", graph.mul(x, graph.compute(occlusion)))
    graph.output("occlusion_map", occlusion)
    graph.output("deformation", field.stacked(graph))


def _with_background(graph: GraphBuilder, keypoints: Value) -> Value:
    """(K + 1, 3): before the keypoints one that never moves, for the background."""
    _, count, _ = keypoints.shape
    still = graph.constant(np.zeros((1, 3)))
    return graph.concat([still, graph.reshape(keypoints, (count, 3))], axis=0)


def _shifted_volumes(graph: GraphBuilder, x: Value, shifts: Value, volume: _Volume) -> Value:
    """The volume (1, C, D, H, W) sampled at grid + shift, for each shift: (K + 1, C, D, H, W).

    Trilinear with zeros outside.
    """
    channels = x.shape[1]
    count = shifts.shape[0]
    depth, height, width = volume
    by_axis = graph.split(shifts, [1, 1, 1], axis=1)
    along_x, along_y, along_z = (
        graph.compute(_interpolation(graph, shift, extent, transposed=transposed))
        for shift, extent, transposed in zip(
            by_axis, (width, height, depth), (True, False, False), strict=True
        )
    )
    rows = graph.reshape(x, (1, channels * depth * height, width))
    rows = graph.matmul(rows, along_x)
    planes = graph.reshape(rows, (count, channels * depth, height, width))
    planes = graph.matmul(graph.reshape(along_y, (count, 1, height, height)), planes)
    slabs = graph.reshape(planes, (count, channels, depth, height * width))
    slabs = graph.matmul(graph.reshape(along_z, (count, 1, depth, depth)), slabs)
    return graph.reshape(slabs, (count, channels, depth, height, width))


def _interpolation(graph: GraphBuilder, shift: Value, size: int, *, transposed: bool) -> Value:
    """(K + 1, size, size) matrices: row j holds the weights of the pixels at grid_j + shift.

    A pixel's weight is 1 - its distance, and 0 beyond distance 1; pixels outside have no column.
    The grid's position g lies at pixel ((g + 1) size - 1) / 2. ``transposed`` gives columns for
    rows.
    """
    count = shift.shape[0]
    at = ((identity_line(size) + 1.0) * size - 1.0) / 2.0
    pixels = np.arange(size, dtype=np.float64)
    distance = at[None, :] - pixels[:, None] if transposed else at[:, None] - pixels[None, :]
    moved = graph.mul(graph.reshape(shift, (count, 1, 1)), size / 2.0)
    spread = graph.unary("Abs", graph.add(moved, graph.constant(distance[None])))
    return graph.unary("Relu", graph.sub(graph.constant(1.0), spread))


def _heat(graph: GraphBuilder, keypoints: Value, volume: _Volume) -> Value:
    """(K + 1, 1, D, H, W): a Gaussian around each keypoint, a product of three along the axes."""
    by_axis = graph.split(keypoints, [1, 1, 1], axis=1)
    lines = []
    for axis, size in zip((4, 3, 2), reversed(volume), strict=True):
        away = graph.sub(by_axis[4 - axis], graph.constant(identity_line(size)[None]))
        line = graph.unary("Exp", graph.mul(graph.mul(away, away), -0.5 / HEAT_VARIANCE))
        shape = [keypoints.shape[0], 1, 1, 1, 1]
        shape[axis] = size
        lines.append(graph.reshape(line, tuple(shape)))
    return graph.mul(graph.mul(lines[0], lines[1]), lines[2])


def _per_keypoint(graph: GraphBuilder, heat: Value, shifted: Value) -> Value:
    """Heat and shifted features of one keypoint after the other, as channels."""
    both = graph.concat([graph.compute(heat), shifted], axis=1)
    count, channels, *extent = both.shape
    return graph.reshape(both, (1, count * channels, *extent))


def _hourglass(scope: Scope, x: Value, widths: Widths) -> Value:
    graph = scope.graph
    skips = [x]
    for i in range(len(widths.hourglass)):
        block = scope.inner(f"encoder.down_blocks.{i}")
        x = graph.unary("Relu", layers.conv_norm(block, x, "conv", "norm"))
        x = layers.average_pool(graph, x)
        skips.append(x)
    skips.pop()
    for i in range(len(widths.hourglass)):
        block = scope.inner(f"decoder.up_blocks.{i}")
        x = layers.conv_norm(block, layers.upsample(graph, x), "conv", "norm")
        x = graph.concat([graph.unary("Relu", x), skips.pop()], axis=1)
    return graph.unary("Relu", layers.conv_norm(scope.inner("decoder"), x, "conv", "norm"))


def _deformation(scope: Scope, prediction: Value, shifts: Value, volume: _Volume) -> Field:
    """The motions of all keypoints, mixed at every place by a softmax.

    Weights that sum to 1 over grid + shift_k are the grid plus weighted shifts.
    """
    graph = scope.graph
    count = shifts.shape[0]
    logits = graph.cast(layers.conv(scope, prediction, "mask"), np.float32)
    mask = graph.unary("Softmax", graph.reshape(logits, (count, prod(volume))), axis=0)
    moved = graph.matmul(graph.transpose(shifts, (1, 0)), mask)
    return Field.around_identity(graph, moved, volume)


def _occlusion(scope: Scope, prediction: Value) -> Value:
    graph = scope.graph
    logit = layers.conv(scope, layers.flat_depth(graph, prediction), "occlusion")
    return graph.unary("Sigmoid", graph.cast(logit, np.float32))
