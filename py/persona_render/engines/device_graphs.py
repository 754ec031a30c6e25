"""A model's graphs on one device; what one hands to the next stays there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import onnxruntime

from persona_core.base.arrays import Floats
from persona_core.errors import ManifestError
from persona_core.neural.manifest.manifest import GraphStage, Manifest, Precision
from persona_core.neural.self_check import Verdict, check_inputs, judge
from persona_models.onnx.native import NativeModel

Values = dict[str, Any]
"""Tensors by name as onnxruntime's ``OrtValue``, wherever they lie."""
NOWHERE: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType({})


class DeviceGraphs:
    """As a page does, this computes the manifest's known run before it trusts a device: in half
    floats on a GPU, else in floats.

    Args:
        device: ``cpu`` or ``cuda``.
        any_batch: the last graph of a frame takes any number of them.

    Raises:
        ManifestError: no precision computes rightly here.
        OSError: a file is missing.
        Exception: onnxruntime's, which share no root.
    """

    def __init__(self, model: NativeModel, device: str, *, any_batch: bool = False) -> None:
        self.manifest: Manifest = model.manifest
        self.device = device
        self.image = self.manifest.interface.images[0]
        *self.first, self.last = self._names(GraphStage.FRAME)
        wanted = [Precision.FP32] if device == "cpu" else [Precision.FP16, Precision.FP32]
        said = ""
        for precision in wanted:
            self._sessions = {
                graph.name: model.session(
                    graph, precision, any_batch=any_batch and graph.name == self.last
                )
                for graph in self.manifest.essential
            }
            said = self._what_is_wrong(precision)
            if not said:
                return
        raise ManifestError(f"it computes wrongly here: {said}")

    def session(self, name: str) -> onnxruntime.InferenceSession:
        """That of a graph."""
        return self._sessions[name]

    def run(self, stage: GraphStage, values: Values) -> Values:
        """All tensors after a stage's graphs have run on those that are given."""
        values = dict(values)
        for name in self._names(stage):
            values |= self.run_graph(name, values)
        return values

    def picture(self, values: Values) -> Floats:
        """The picture (3, height, width) of one frame, whose inputs are among the values."""
        image: Floats = self.run(GraphStage.FRAME, values)[self.image].numpy()[0]
        return image

    def run_graph(
        self, name: str, values: Values, places: Mapping[str, Mapping[str, Any]] = NOWHERE
    ) -> Values:
        """What one graph gives.

        Args:
            places: where outputs are to go, as arguments of onnxruntime's ``bind_output``; others
                get a place of their own.
        """
        session = self._sessions[name]
        binding = session.io_binding()
        for given in session.get_inputs():
            binding.bind_ortvalue_input(given.name, values[given.name])
        outputs = [output.name for output in session.get_outputs()]
        for output in outputs:
            binding.bind_output(output, **places.get(output, {"device_type": self.device}))
        session.run_with_iobinding(binding)
        return dict(zip(outputs, binding.get_outputs(), strict=True))

    def put(self, tensors: Mapping[str, Floats]) -> Values:
        """Brings tensors to the device."""
        made = onnxruntime.OrtValue.ortvalue_from_numpy
        return {
            name: made(np.ascontiguousarray(tensor, np.float32), self.device, 0)
            for name, tensor in tensors.items()
        }

    def close(self) -> None:
        self._sessions.clear()

    def _names(self, stage: GraphStage) -> list[str]:
        return [graph.name for graph in self.manifest.stage(stage)]

    def _what_is_wrong(self, precision: Precision) -> str:
        """What of the known run is not as it should be; empty for nothing."""
        values = self.put(check_inputs(self.manifest))
        for stage in GraphStage:
            values = self.run(stage, values)
        for expected in self.manifest.check.expected:
            verdict = judge(self.manifest, expected, values[expected.tensor].numpy(), precision)
            if verdict is not Verdict.RIGHT:
                return f"{expected.tensor} is {verdict.value} in {precision.value}"
        return ""
