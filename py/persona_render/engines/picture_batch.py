"""Frames of several portraits, painted in one run.

All graphs of a frame but the last run for one frame after the other. The last one paints and costs
most: what it is given lies side by side in slots, and it runs once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnxruntime

from persona_core.base.arrays import Floats
from persona_core.errors import ManifestError
from persona_core.neural.manifest.manifest import GraphStage
from persona_core.neural.self_check import check_inputs
from persona_render.engines.device_graphs import DeviceGraphs, Values

TOLERANCE: Final = 1e-2
"""Mean difference of levels in 0..1 between a picture painted alone and with others: a device may
sum in another order, and in half floats."""
STEP: Final = 0.05
"""By so much the frames that are tried differ, of their parameters."""


class PictureBatch:
    """
    Args:
        graphs: whose last one takes any number of frames.
        most: frames in one run.

    Raises:
        ManifestError: the model cannot be run so.
    """

    def __init__(self, graphs: DeviceGraphs, most: int) -> None:
        self._graphs = graphs
        inputs = graphs.session(graphs.last).get_inputs()
        if len(inputs) != 1:
            raise ManifestError(f"{graphs.last} has {len(inputs)} inputs")
        self._input = inputs[0].name
        self._shape = tuple(inputs[0].shape[1:])
        make = onnxruntime.OrtValue.ortvalue_from_shape_and_type
        self._slots = make((most, *self._shape), np.float32, graphs.device, 0)
        self._try_out(most)

    def draw(self, frames: Sequence[Values]) -> Sequence[Floats]:
        """The pictures (3, height, width) of some frames, ``most`` at most, each with its inputs
        among its values."""
        graphs = self._graphs
        for number, frame in enumerate(frames):
            values, slot = dict(frame), {self._input: self._place(1, number)}
            for name in graphs.first:
                values |= graphs.run_graph(name, values, slot)
        session = graphs.session(graphs.last)
        binding = session.io_binding()
        binding.bind_input(self._input, **self._place(len(frames)))
        binding.bind_output(graphs.image, graphs.device)
        session.run_with_iobinding(binding)
        pictures: Floats = binding.get_outputs()[0].numpy()
        return list(pictures)

    def _place(self, count: int, first: int = 0) -> dict[str, Any]:
        """Some slots as arguments of what onnxruntime binds."""
        size = int(np.prod(self._shape)) * np.dtype(np.float32).itemsize
        return {
            "device_type": self._graphs.device,
            "device_id": 0,
            "element_type": np.float32,
            "shape": (count, *self._shape),
            "buffer_ptr": self._slots.data_ptr() + first * size,
        }

    def _try_out(self, most: int) -> None:
        """Paints frames near the known run alone and together, in every number: a device may choose
        for each how it computes, which takes its time once.

        Raises:
            ManifestError: the pictures differ.
        """
        graphs = self._graphs
        inputs = check_inputs(graphs.manifest)
        kept = graphs.run(GraphStage.PORTRAIT, graphs.put(inputs))
        frames, alone = [], []
        for number in range(most):
            driven = {
                name: inputs[name] * (1.0 - STEP * number)
                for name in graphs.manifest.interface.parameters
            }
            frames.append(kept | graphs.put(driven))
            alone.append(graphs.picture(frames[-1]))
        for count in range(1, most + 1):
            for number, picture in enumerate(self.draw(frames[:count])):
                off = [float(np.abs(picture - each).mean()) for each in alone]
                if not off[number] <= min(TOLERANCE, *off):
                    raise ManifestError(
                        f"of {count} pictures at once one is off by {off[number]:.1e}"
                    )
