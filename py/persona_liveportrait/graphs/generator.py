"""G, the SPADE decoder: warped features to the picture.

SPADE: Park et al. 2019, https://arxiv.org/abs/1903.07291. The map that steers every
normalisation is the same warped features, at three sizes. So the hidden convolutions of one size
are a few wide convolutions, and those of the upsampled sizes are computed on the small map, where
most of their taps coincide (:func:`fold.nearest_upsampled_kernels`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from persona_liveportrait.graphs import layers
from persona_liveportrait.graphs.layers import Scope
from persona_liveportrait.network import fold
from persona_liveportrait.network.fold import Array
from persona_liveportrait.network.widths import Widths
from persona_models.onnx.graph import Value

INSTANCE_NORM_EPS = 1e-5
SLOPE = 0.2
WIDEST = 6
"""Hidden convolutions that are one wide convolution, at most. Its result is split, and a shader
may bind no more than 8 buffers where WebGPU has only what it guarantees: the whole and 7 parts."""


def write(scope: Scope, widths: Widths, size: int) -> None:
    """Input ``warped`` (1, C, size/4, size/4); output ``image`` (1, 3, 2 size, 2 size) in 0..1."""
    graph = scope.graph
    map_size = size // 4
    features = graph.compute(graph.input("warped", (1, widths.warped, map_size, map_size)))
    x = layers.conv(scope, features, "fc")
    middles = [scope.inner(f"G_middle_{i}") for i in range(widths.generator_middles)]
    norms = [block.inner(name) for block in middles for name in ("norm_0", "norm_1")]
    hidden = iter(_hidden_maps(norms, features, 1))
    for block in middles:
        x = _block(block, x, {"norm_0": next(hidden), "norm_1": next(hidden)})
    for i, factor in ((0, 2), (1, 4)):
        block = scope.inner(f"up_{i}")
        x = layers.upsample(graph, x)
        names = ["norm_0", "norm_1", "norm_s"]
        maps = _hidden_maps([block.inner(name) for name in names], features, factor)
        x = _block(block, x, dict(zip(names, maps, strict=True)))
    x = layers.conv(scope, graph.unary("LeakyRelu", x, alpha=SLOPE), "conv_img.0")
    x = graph.op("DepthToSpace", [x], (1, 3, 2 * size, 2 * size), blocksize=2, mode="CRD")
    graph.output("image", graph.unary("Sigmoid", graph.cast(x, np.float32)))


def _block(scope: Scope, x: Value, hidden: dict[str, Value]) -> Value:
    """A residual block whose normalisations are steered by hidden maps, by norm name."""
    graph = scope.graph
    normal = _instance_norm(scope, x)
    shortcut = x
    if "norm_s" in hidden:
        shortcut = _spectral_conv(scope, _steer(scope.inner("norm_s"), normal, hidden), "conv_s")
    y = graph.unary("LeakyRelu", _steer(scope.inner("norm_0"), normal, hidden), alpha=SLOPE)
    y = _instance_norm(scope, _spectral_conv(scope, y, "conv_0"))
    y = graph.unary("LeakyRelu", _steer(scope.inner("norm_1"), y, hidden), alpha=SLOPE)
    return graph.add(_spectral_conv(scope, y, "conv_1"), shortcut)


def _instance_norm(scope: Scope, x: Value) -> Value:
    """Without weights of its own; in float32, where squares of half floats would overflow."""
    graph = scope.graph
    ones = graph.constant(np.ones(x.shape[1]))
    zeros = graph.constant(np.zeros(x.shape[1]))
    inputs = [graph.cast(x, np.float32), ones, zeros]
    normal = graph.op("InstanceNormalization", inputs, x.shape, epsilon=INSTANCE_NORM_EPS)
    return graph.compute(normal)


def _steer(scope: Scope, normal: Value, hidden: dict[str, Value]) -> Value:
    """normal (1 + gamma) + beta; the 1 is added to gamma's bias."""
    graph = scope.graph
    steering = hidden[scope.prefix.rstrip(".").rsplit(".", 1)[-1]]
    gamma = scope.inner("mlp_gamma")
    bias = gamma.weight("bias", gamma.raw("bias") + 1.0)
    scale = graph.conv(steering, gamma.weight("weight"), bias)
    return graph.add(graph.mul(normal, scale), layers.conv(scope, steering, "mlp_beta"))


def _spectral_conv(scope: Scope, x: Value, name: str) -> Value:
    inner = scope.inner(name)
    keys = ("weight_orig", "weight_u", "weight_v")
    weight = inner.weight("weight", fold.fold_spectral_norm(*(inner.raw(key) for key in keys)))
    bias = inner.weight("bias") if inner.has("bias") else None
    return scope.graph.conv(x, weight, bias)


def _hidden_maps(norms: Sequence[Scope], features: Value, factor: int) -> list[Value]:
    """ReLU of each norm's hidden convolution, of the features upsampled ``factor`` times."""
    if len(norms) > WIDEST:
        rest = _hidden_maps(norms[WIDEST:], features, factor)
        return [*_hidden_maps(norms[:WIDEST], features, factor), *rest]
    graph = norms[0].graph
    shared = [norm.inner("mlp_shared.0") for norm in norms]
    name = shared[0].prefix + "wide"
    weight = np.concatenate([each.raw("weight") for each in shared])
    bias = graph.weight(name + ".bias", np.concatenate([each.raw("bias") for each in shared]))
    if factor == 1:
        wide = graph.conv(features, graph.weight(name + ".weight", weight), bias)
    else:
        wide = _conv_upsampled(norms[0], features, name, weight, bias, factor)
    sizes = [each.raw("bias").shape[0] for each in shared]
    return graph.split(graph.unary("Relu", wide), sizes, axis=1)


def _conv_upsampled(
    scope: Scope, features: Value, name: str, weight: Array, bias: Value, factor: int
) -> Value:
    """A 3 x 3 convolution of the upsampled features, computed on the small map."""
    graph = scope.graph
    kinds = {}
    for (y, x), kernel in fold.nearest_upsampled_kernels(weight, factor).items():
        # One tap outwards on the side that the phase looks to.
        pads = (y < 0, x < 0, y > 0, x > 0)
        stored = graph.weight(f"{name}.phase{y + 1}{x + 1}", kernel)
        kinds[y, x] = graph.conv(features, stored, bias, pads=[int(pad) for pad in pads])
    by_phase = [-1, *[0] * (factor - 2), 1]
    phases = graph.concat([kinds[y, x] for y in by_phase for x in by_phase], axis=1)
    _, _, height, width = features.shape
    shape = (1, weight.shape[0], height * factor, width * factor)
    return graph.op("DepthToSpace", [phases], shape, blocksize=factor, mode="DCR")
