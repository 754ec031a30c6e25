"""A trilinear sample of a volume made of two bilinear samples of a picture.

Backends in browsers sample pictures, not volumes. So the slices of the volume are laid below
each other; between two neighbouring slices a bilinear sample of each is mixed. Zeros outside, as
with ``grid_sample`` of PyTorch and ``align_corners=False``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from persona_models.onnx.graph import GraphBuilder, Value


def identity_line(size: int) -> npt.NDArray[np.float64]:
    """Where the identity grid has its points along one axis: from -1 to 1."""
    return 2.0 * np.arange(size) / (size - 1) - 1.0


@dataclass(frozen=True, slots=True)
class Field:
    """Where to sample, float32: x, y and z in -1..1, each (1, D, H, W)."""

    x: Value
    y: Value
    z: Value

    @classmethod
    def around_identity(cls, graph: GraphBuilder, moved: Value, extent: Sequence[int]) -> Field:
        """The identity grid plus ``moved`` (3, D H W), x, y and z in this order."""
        depth, height, width = extent
        parts = graph.split(moved, [1, 1, 1], axis=0)
        shapes = ((1, 1, 1, width), (1, 1, height, 1), (1, depth, 1, 1))
        x, y, z = (
            graph.add(
                graph.reshape(part, (1, depth, height, width)),
                graph.constant(identity_line(max(shape)).reshape(shape)),
            )
            for part, shape in zip(parts, shapes, strict=True)
        )
        return cls(x, y, z)

    def stacked(self, graph: GraphBuilder) -> Value:
        """(1, D, H, W, 3)."""
        parts = [graph.reshape(part, (*part.shape, 1)) for part in (self.x, self.y, self.z)]
        return graph.concat(parts, axis=4)


def sample_volume(graph: GraphBuilder, volume: Value, field: Field) -> Value:
    """The volume (1, C, D, H, W) at the places of ``field``; same shape, float32.

    Coordinates are float32 whatever the graph computes in: half floats cannot tell apart the
    places of more than 2048 pixels in a row, nor a tenth of a pixel of 200.
    """
    _, channels, depth, height, width = volume.shape
    tall = graph.reshape(graph.cast(volume, np.float32), (1, channels, depth * height, width))
    y = _pixel(graph, field.y, height)
    z = _pixel(graph, field.z, depth)
    lower = graph.unary("Floor", z)
    upper_share = graph.sub(z, lower)
    row = _clamp(graph, y, 0.0, height - 1.0)
    inside = _inside_rows(graph, y, height)
    total = None
    for slice_, share in (
        (lower, graph.sub(graph.constant(1.0), upper_share)),
        (graph.add(lower, 1.0), upper_share),
    ):
        sample = _sample_slice(graph, tall, field.x, row, slice_, (depth, height))
        weight = graph.mul(graph.mul(share, inside), _inside_slices(graph, slice_, depth))
        part = graph.mul(sample, graph.reshape(weight, (1, 1, depth * height, width)))
        total = part if total is None else graph.add(total, part)
    assert total is not None
    return graph.reshape(total, (1, channels, depth, height, width))


def _sample_slice(
    graph: GraphBuilder, tall: Value, x: Value, row: Value, slice_: Value, extent: tuple[int, int]
) -> Value:
    """Bilinear sample of each place's own slice. Rows are clamped, x has the operator's zeros."""
    depth, height = extent
    width = tall.shape[3]
    nearest = _clamp(graph, slice_, 0.0, depth - 1.0)
    place = graph.add(graph.mul(nearest, float(height)), row)
    # the operator's own pixel formula, solved for the coordinate
    y = graph.add(graph.mul(place, 2.0 / (depth * height)), 1.0 / (depth * height) - 1.0)
    pair = [graph.reshape(each, (1, depth * height, width, 1)) for each in (x, y)]
    return graph.op(
        "GridSample",
        [tall, graph.concat(pair, axis=3)],
        tall.shape,
        mode="bilinear",
        padding_mode="zeros",
        align_corners=0,
    )


def _pixel(graph: GraphBuilder, coordinate: Value, size: int) -> Value:
    return graph.add(graph.mul(coordinate, size / 2.0), (size - 1.0) / 2.0)


def _inside_rows(graph: GraphBuilder, y: Value, height: int) -> Value:
    """1 within the rows, falling to 0 one row beyond: what zeros outside leave of a border row."""
    above = graph.unary("Relu", graph.unary("Neg", y))
    below = graph.unary("Relu", graph.sub(y, height - 1.0))
    left = graph.sub(graph.sub(graph.constant(1.0), above), below)
    return graph.unary("Relu", left)


def _inside_slices(graph: GraphBuilder, slice_: Value, depth: int) -> Value:
    """1 for a slice of the volume, 0 for one outside; slices are whole numbers."""
    outside = graph.sub(slice_, _clamp(graph, slice_, 0.0, depth - 1.0))
    return graph.unary("Relu", graph.sub(graph.constant(1.0), graph.unary("Abs", outside)))


def _clamp(graph: GraphBuilder, value: Value, low: float, high: float) -> Value:
    inputs = [value, graph.constant(low), graph.constant(high)]
    return graph.op("Clip", inputs, value.shape)
