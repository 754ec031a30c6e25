"""M, the motion extractor: ConvNeXt V2 with one linear head for each number of a pose.

ConvNeXt V2: Woo et al. 2023, https://arxiv.org/abs/2301.00808. All in float32: global response
normalisation squares and sums whole maps, which leaves the range of half floats.
"""

from __future__ import annotations

import math

from persona_liveportrait.graphs.layers import Scope
from persona_liveportrait.network.fold import CONVNEXT_EPS
from persona_liveportrait.network.parts import MOTION_HEADS
from persona_liveportrait.network.widths import Widths
from persona_models.onnx.graph import Value

TO_LAST = (0, 2, 3, 1)
TO_FIRST = (0, 3, 1, 2)


def write(scope: Scope, widths: Widths, size: int) -> None:
    """Input ``portrait`` (1, 3, size, size); one output for each of :data:`MOTION_HEADS`."""
    detector = scope.inner("detector")
    graph = scope.graph
    x = graph.input("portrait", (1, 3, size, size))
    for stage, depth in enumerate(widths.motion_depths):
        down = detector.inner(f"downsample_layers.{stage}")
        if stage == 0:
            x = _patches(down.inner("0"), x)
            x = _norm_channels(down.inner("1"), x)
        else:
            x = _norm_channels(down.inner("0"), x)
            x = _patches(down.inner("1"), x)
        for block in range(depth):
            x = _block(detector.inner(f"stages.{stage}.{block}"), x)
    pooled = graph.reshape(graph.reduce_mean(x, (2, 3)), (1, x.shape[1]))
    pooled = _norm_last(detector.inner("norm"), pooled)
    for head in MOTION_HEADS:
        graph.output(head, linear(detector.inner(f"fc_{head}"), pooled))


def linear(scope: Scope, value: Value) -> Value:
    """A fully connected layer over the last axis."""
    weight = scope.weight("weight", scope.raw("weight").T)
    return scope.graph.add(scope.graph.matmul(value, weight), scope.weight("bias"))


def _patches(scope: Scope, x: Value) -> Value:
    """A convolution whose stride is its kernel."""
    weight = scope.weight("weight")
    kernel = weight.shape[2]
    return scope.graph.conv(x, weight, scope.weight("bias"), pads=(0, 0, 0, 0), stride=kernel)


def _norm_channels(scope: Scope, x: Value) -> Value:
    graph = scope.graph
    return graph.transpose(_norm_last(scope, graph.transpose(x, TO_LAST)), TO_FIRST)


def _norm_last(scope: Scope, x: Value) -> Value:
    inputs = [x, scope.weight("weight"), scope.weight("bias")]
    return scope.graph.op("LayerNormalization", inputs, x.shape, axis=-1, epsilon=CONVNEXT_EPS)


def _block(scope: Scope, x: Value) -> Value:
    graph = scope.graph
    depthwise = scope.inner("dwconv")
    weight = depthwise.weight("weight")
    y = graph.conv(x, weight, depthwise.weight("bias"), groups=x.shape[1])
    y = _norm_last(scope.inner("norm"), graph.transpose(y, TO_LAST))
    y = _gelu(scope, linear(scope.inner("pwconv1"), y))
    y = _global_response(scope.inner("grn"), y)
    y = linear(scope.inner("pwconv2"), y)
    return graph.add(x, graph.transpose(y, TO_FIRST))


def _gelu(scope: Scope, x: Value) -> Value:
    """The exact form, x (1 + erf(x / sqrt 2)) / 2, which runtimes know to fuse."""
    graph = scope.graph
    one_plus = graph.add(graph.unary("Erf", graph.binary("Div", x, math.sqrt(2.0))), 1.0)
    return graph.mul(graph.mul(x, one_plus), 0.5)


def _global_response(scope: Scope, x: Value) -> Value:
    """Channels (last axis) scaled by their norm relative to the mean norm."""
    graph = scope.graph
    norm = graph.unary("Sqrt", graph.reduce_sum(graph.mul(x, x), (1, 2)))
    relative = graph.binary("Div", norm, graph.add(graph.reduce_mean(norm, (3,)), CONVNEXT_EPS))
    scaled = graph.mul(scope.weight("gamma"), graph.mul(x, relative))
    return graph.add(graph.add(scaled, scope.weight("beta")), x)
