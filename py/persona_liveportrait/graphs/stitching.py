"""S, the stitching and retargeting networks: small perceptrons over keypoints.

Float32 throughout: they are a ten-thousandth of a frame's work, and their results are coordinates.
"""

from __future__ import annotations

from persona_liveportrait.graphs.layers import Scope
from persona_liveportrait.graphs.motion import linear
from persona_liveportrait.network.widths import Widths
from persona_models.onnx.graph import Value


def write_stitching(scope: Scope, widths: Widths) -> None:
    """Keypoints of the portrait and the wanted ones, fitted to the rest of the picture.

    Inputs ``kp_source`` and ``kp_target`` (1, K, 3); outputs ``kp_driving`` (1, K, 3), which the
    warping takes, and ``stitching`` (1, 3 K + 2), the network's own result: 3 K offsets of single
    coordinates and 2 of x and y of all keypoints.
    """
    graph = scope.graph
    k = widths.keypoints
    source = graph.input("kp_source", (1, k, 3))
    target = graph.input("kp_target", (1, k, 3))
    both = graph.concat([graph.reshape(each, (1, 3 * k)) for each in (source, target)], axis=1)
    offsets = _perceptron(scope, both)
    single, common = graph.split(offsets, [3 * k, 2], axis=1)
    shift = graph.concat([common, graph.constant([[0.0]])], axis=1)
    moved = graph.add(target, graph.reshape(single, (1, k, 3)))
    graph.output("kp_driving", graph.add(moved, graph.reshape(shift, (1, 1, 3))))
    graph.output("stitching", offsets)


def write_retargeting(scope: Scope, widths: Widths, part: str) -> None:
    """Keypoints of the portrait and how open eyes or lips should be, to offsets of keypoints.

    Input ``<part>_condition``: (1, 3 K + 3) for eyes, left, right and wanted openness; (1, 3 K + 2)
    for lips. Output ``<part>_offsets`` (1, 3 K).
    """
    graph = scope.graph
    inputs = scope.raw("mlp.0.weight").shape[1]
    offsets = _perceptron(scope, graph.input(f"{part}_condition", (1, inputs)))
    graph.output(f"{part}_offsets", offsets)


def _perceptron(scope: Scope, x: Value) -> Value:
    """Linear layers with ReLU between them; the odd places of the checkpoint's list are ReLUs."""
    layer = 0
    while scope.has(f"mlp.{layer}.weight"):
        if layer:
            x = scope.graph.unary("Relu", x)
        x = linear(scope.inner(f"mlp.{layer}"), x)
        layer += 2
    return x
