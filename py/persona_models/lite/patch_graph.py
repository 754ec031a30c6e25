"""A trained patch net as an ONNX graph, operator by operator.

What :mod:`persona_models.train.patch_net` computes, less the warp that it adds: the page adds the
change to its own warp, which is sharper than the patch. Three steps of the net are merged into
weights, all of them exact:

- Folding 2 x 2 pixels into channels before a 3 x 3 convolution is one 6 x 6 convolution of
  stride 2. Not every backend has SpaceToDepth.
- The gate's ``3 x + 1`` goes into the last convolution.
- The last linear layer is told to every place of the map by an expansion, as in the net.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx

from persona_core.base.arrays import Floats
from persona_models.onnx.graph import GraphBuilder, Value

Weights = Mapping[str, Floats]
"""A net's parameters by their names in its state."""

PLANES = 11
FOLD = 2
SLOPE = 0.1
GATE_GAIN, GATE_SHIFT = 3.0, 1.0
COLOURS = 3


@dataclass(frozen=True, slots=True)
class PatchGraph:
    """One graph of the model.

    Attributes:
        name: of the graph.
        part: first word of its tensors: ``<part>_planes``, ``<part>_vector``, ``<part>_change``.
        batch: patches of one run.
        size: side of a patch in pixels.
    """

    name: str
    part: str
    batch: int
    size: int

    def build(self, graph: GraphBuilder, net: Weights) -> onnx.ModelProto:
        """The graph of a net.

        Args:
            graph: a builder of this name.
            net: the net's parameters.

        Raises:
            KeyError: a parameter is missing.
        """
        told = net["tell.0.weight"].shape[1]
        planes = graph.input(f"{self.part}_planes", (self.batch, PLANES, self.size, self.size))
        vector = graph.input(f"{self.part}_vector", (self.batch, told))
        layers = _Layers(graph, net, self.part)
        change = layers.change(graph.compute(planes), graph.compute(vector))
        graph.output(f"{self.part}_change", change)
        return graph.build()


class _Layers:
    def __init__(self, graph: GraphBuilder, net: Weights, part: str) -> None:
        self._graph, self._net, self._part = graph, net, part

    def change(self, planes: Value, vector: Value) -> Value:
        """(B, 3, S, S): the residual times its gate."""
        graph = self._graph
        half = self._block("first.1", self._first(planes))
        quarter = self._block("second.1", self._block("second.0", half, stride=2))
        eighth = self._block("third", quarter, stride=2)
        eighth = graph.concat([eighth, self._told(vector, eighth)], axis=1)
        eighth = self._block("think.1", self._block("think.0", eighth))
        joined = graph.concat([self._double(self._conv("narrow_two", eighth)), quarter], axis=1)
        quarter = self._block("join_two", joined)
        joined = graph.concat([self._double(self._conv("narrow_one", quarter)), half], axis=1)
        half = self._block("join_one.1", self._block("join_one.0", joined))
        answer = self._answer(half)
        residual, gate = graph.split(answer, [COLOURS, 1], axis=1)
        return graph.mul(residual, graph.unary("Sigmoid", gate))

    def _first(self, planes: Value) -> Value:
        folded = self._net["first.0.conv.weight"]
        out = folded.shape[0]
        # (out, plane, row in fold, column in fold, tap row, tap column) to taps of 6 x 6.
        taps = folded.reshape(out, PLANES, FOLD, FOLD, 3, 3).transpose(0, 1, 4, 2, 5, 3)
        weight = self._weight("first.0.weight", taps.reshape(out, PLANES, 3 * FOLD, 3 * FOLD))
        bias = self._weight("first.0.bias", self._net["first.0.conv.bias"])
        return self._leaky(self._graph.conv(planes, weight, bias, pads=[FOLD] * 4, stride=FOLD))

    def _told(self, vector: Value, map_: Value) -> Value:
        """(B, 64, h, w): what the landmarks say, the same at every place."""
        hidden = self._leaky(self._linear("tell.0", vector))
        told = self._leaky(self._linear("tell.2", hidden))
        batch, channels = told.shape
        shape = (batch, channels, *map_.shape[2:])
        narrow = self._graph.reshape(told, (batch, channels, 1, 1))
        return self._graph.op("Expand", [narrow, self._graph.constant(shape, np.int64)], shape)

    def _answer(self, half: Value) -> Value:
        """(B, 4, S, S): the residual, and the gate before its sigmoid."""
        weight, bias = self._net["answer.weight"].copy(), self._net["answer.bias"].copy()
        gate = slice(COLOURS * FOLD**2, None)
        weight[gate] *= GATE_GAIN
        bias[gate] = GATE_GAIN * bias[gate] + GATE_SHIFT
        folded = self._graph.conv(
            half, self._weight("answer.weight", weight), self._weight("answer.bias", bias)
        )
        batch, channels, height, width = folded.shape
        shape = (batch, channels // FOLD**2, height * FOLD, width * FOLD)
        return self._graph.op("DepthToSpace", [folded], shape, blocksize=FOLD, mode="CRD")

    def _block(self, name: str, value: Value, stride: int = 1) -> Value:
        return self._leaky(self._conv(f"{name}.conv", value, stride))

    def _conv(self, name: str, value: Value, stride: int = 1) -> Value:
        weight, bias = (
            self._weight(f"{name}.{kind}", self._net[f"{name}.{kind}"])
            for kind in ("weight", "bias")
        )
        return self._graph.conv(value, weight, bias, stride=stride)

    def _linear(self, name: str, value: Value) -> Value:
        weight = self._weight(f"{name}.weight", self._net[f"{name}.weight"].T)
        bias = self._weight(f"{name}.bias", self._net[f"{name}.bias"])
        return self._graph.add(self._graph.matmul(value, weight), bias)

    def _leaky(self, value: Value) -> Value:
        return self._graph.unary("LeakyRelu", value, alpha=SLOPE)

    def _double(self, value: Value) -> Value:
        batch, channels, height, width = value.shape
        return self._graph.op(
            "Resize",
            [value, self._graph.constant([]), self._graph.constant([1.0, 1.0, 2.0, 2.0])],
            (batch, channels, 2 * height, 2 * width),
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    def _weight(self, name: str, values: Floats) -> Value:
        return self._graph.weight(f"{self._part}.{name}", values)
