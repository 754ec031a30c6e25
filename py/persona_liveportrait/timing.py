"""What is timed of the network, on whatever inputs, and how it is told."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from persona_core.base.arrays import Floats
from persona_core.neural.manifest.manifest import Tensor
from persona_core.neural.self_check import waves
from persona_liveportrait.convert.verify import fixed_keypoints
from persona_liveportrait.network.fold import Array
from persona_liveportrait.network.parts import NetworkPart
from persona_liveportrait.network.widths import OFFICIAL, Widths

Weights = Mapping[NetworkPart, Mapping[str, Array]]

PARTS = (NetworkPart.APPEARANCE, NetworkPart.MOTION, NetworkPart.WARPING, NetworkPart.GENERATOR)


@dataclass(frozen=True, slots=True)
class Timing:
    """One measured part.

    Attributes:
        open_s: until the session was ready; None for PyTorch.
        first_ms: the first run, which may compile or choose algorithms.
        median_ms, worst_ms: of the runs after it.
    """

    engine: str
    part: str
    precision: str
    open_s: float | None
    first_ms: float
    median_ms: float
    worst_ms: float

    @classmethod
    def of(
        cls,
        engine: str,
        part: NetworkPart,
        precision: str,
        open_s: float | None,
        times_ms: list[float],
    ) -> Self:
        """What is kept of the times of a part's runs, the first one and more."""
        first, *rest = times_ms
        middle, worst = statistics.median(rest), max(rest)
        return cls(engine, part.value, precision, open_s, first, middle, worst)

    def __str__(self) -> str:
        opened = "" if self.open_s is None else f", open {self.open_s:.1f} s"
        return (
            f"{self.engine:18} {self.part:11} {self.precision}: median {self.median_ms:.1f} ms, "
            f"worst {self.worst_ms:.1f} ms, first {self.first_ms:.0f} ms{opened}"
        )


def inputs_of(part: NetworkPart, size: int, widths: Widths = OFFICIAL) -> dict[str, Floats]:
    """Inputs of a part's shapes, for a portrait of a side length."""
    source, driving = fixed_keypoints(widths.keypoints)
    side = size // 4
    volume = (1, widths.volume_channels, widths.depth, side, side)
    if part is NetworkPart.WARPING:
        feature = waves(Tensor("feature_3d", volume))
        return {"feature_3d": feature, "kp_driving": driving, "kp_source": source}
    if part is NetworkPart.GENERATOR:
        return {"warped": waves(Tensor("warped", (1, widths.warped, side, side)))}
    return {"portrait": waves(Tensor("portrait", (1, 3, size, size)))}


def time_runs(run: Callable[[], None], count: int) -> list[float]:
    """Milliseconds of the first run, and of ``count`` more."""
    times = []
    for _ in range(count + 1):
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return times
