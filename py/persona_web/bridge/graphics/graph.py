"""A small line graph on a canvas of its own."""

from __future__ import annotations

from typing import Any, Self

import js
import numpy as np
import numpy.typing as npt

from persona_web.bridge.page import Element
from persona_web.bridge.site import Site


class GraphCanvas:
    """Two lines over time, the newest values at the right."""

    def __init__(self, module: Any, element: Element) -> None:
        self._graph = module.createGraph(element.node)
        self._values: Any = None

    @classmethod
    async def load(cls, site: Site, element: Element) -> Self:
        return cls(await site.load("bridge/graphics/graph.js"), element)

    def draw(self, lines: npt.NDArray[np.float32], tops: tuple[float, float], mark: float) -> None:
        """Draws both lines anew.

        Args:
            lines: (2, n), oldest first, C-contiguous.
            tops: for each line the value at the upper edge; the lower is 0.
            mark: a value of the first line, across which a thin line is drawn.
        """
        if self._values is None or self._values.length != lines.size:
            self._values = js.Float32Array.new(lines.size)
        self._values.assign(lines.reshape(-1))
        self._graph.draw(self._values, *tops, mark)
