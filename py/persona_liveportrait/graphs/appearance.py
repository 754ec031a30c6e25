"""F, the appearance feature extractor: a picture to a volume of features."""

from __future__ import annotations

from persona_liveportrait.graphs import layers
from persona_liveportrait.graphs.layers import Scope
from persona_liveportrait.network.widths import Widths
from persona_models.onnx.graph import Value


def write(scope: Scope, widths: Widths, size: int) -> None:
    """Input ``portrait`` (1, 3, size, size); output ``feature_3d`` (1, C, D, size/4, size/4)."""
    graph = scope.graph
    x = graph.compute(graph.input("portrait", (1, 3, size, size)))
    x = graph.unary("Relu", layers.conv_norm(scope, x, "first.conv", "first.norm"))
    for i in range(widths.appearance_downs):
        block = scope.inner(f"down_blocks.{i}")
        x = layers.average_pool(
            graph, graph.unary("Relu", layers.conv_norm(block, x, "conv", "norm"))
        )
    x = layers.conv(scope, x, "second")
    x = graph.reshape(x, (1, widths.volume_channels, widths.depth, *x.shape[2:]))
    for i in range(widths.appearance_resblocks):
        x = _residual_block(scope.inner(f"resblocks_3d.3dr{i}"), x)
    graph.output("feature_3d", x)


def _residual_block(scope: Scope, x: Value) -> Value:
    graph = scope.graph
    inner = graph.unary("Relu", layers.affine(scope, x, "norm1"))
    inner = graph.unary("Relu", layers.conv_norm(scope, inner, "conv1", "norm2"))
    return graph.add(layers.conv(scope, inner, "conv2"), x)
