"""How each part becomes a graph: when it runs, what it is stored in, who writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

from persona_core.neural.manifest.manifest import FLOATS, GraphStage, Precision, Priority
from persona_liveportrait.graphs import appearance, generator, motion, stitching, warping
from persona_liveportrait.graphs.layers import Scope
from persona_liveportrait.network.fold import Array
from persona_liveportrait.network.parts import OPTIONAL_PARTS, NetworkPart
from persona_liveportrait.network.widths import Widths
from persona_models.onnx.graph import GraphBuilder
from persona_models.onnx.weights import WeightsFile

Writer = Callable[[Scope, Widths, int], None]

DTYPES: Mapping[Precision, npt.DTypeLike] = {
    Precision.FP16: np.float16,
    Precision.FP32: np.float32,
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One part.

    Attributes:
        halves: whether half floats are safe and worth it. The extractors run once a portrait and
            their errors would be in every frame; the perceptrons give coordinates.
        write: writes the part for a portrait of a given side length.
    """

    part: NetworkPart
    stage: GraphStage
    halves: bool
    write: Writer

    @property
    def priority(self) -> Priority:
        return Priority.OPTIONAL if self.part in OPTIONAL_PARTS else Priority.ESSENTIAL

    def stored(self, wanted: Precision) -> Precision:
        """What the weights are stored in, where ``wanted`` is asked for."""
        return wanted if self.halves else Precision.FP32


RECIPES = (
    Recipe(NetworkPart.APPEARANCE, GraphStage.PORTRAIT, False, appearance.write),
    Recipe(NetworkPart.MOTION, GraphStage.PORTRAIT, False, motion.write),
    Recipe(
        NetworkPart.STITCHING,
        GraphStage.FRAME,
        False,
        lambda s, w, size: stitching.write_stitching(s, w),
    ),
    Recipe(NetworkPart.WARPING, GraphStage.FRAME, True, warping.write),
    Recipe(NetworkPart.GENERATOR, GraphStage.FRAME, True, generator.write),
    Recipe(
        NetworkPart.EYE,
        GraphStage.FRAME,
        False,
        lambda s, w, size: stitching.write_retargeting(s, w, "eye"),
    ),
    Recipe(
        NetworkPart.LIP,
        GraphStage.FRAME,
        False,
        lambda s, w, size: stitching.write_retargeting(s, w, "lip"),
    ),
)
"""In the order in which the graphs run."""


def write_graphs(
    recipe: Recipe,
    tensors: Mapping[str, Array],
    widths: Widths,
    size: int,
    weights: Path,
    stored: Precision,
) -> dict[Precision, onnx.ModelProto]:
    """One part's graphs over one new weights file.

    Args:
        size: side length of the portrait.
        weights: the file that is written.
        stored: half floats give two graphs, one that computes in them and one that casts them;
            whole floats give one.

    Raises:
        OverflowError: a weight is beyond the reach of half floats.
    """
    precisions = list(FLOATS) if stored is Precision.FP16 else [Precision.FP32]
    graphs = {}
    with WeightsFile(weights, DTYPES[stored]) as file:
        for precision in precisions:
            builder = GraphBuilder(recipe.part.value, file, DTYPES[precision])
            recipe.write(Scope(builder, tensors), widths, size)
            graphs[precision] = builder.build()
    return graphs
