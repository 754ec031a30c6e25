"""The draw program: what is drawn, in which order and colours, over numbered points.

A program is a flat float32 array, made once for a style and replayed every frame over one
array of values (``persona_web/view/js/canvas2d.js`` is the replayer). It opens with a header
of 7 numbers: format version, number of points, number of scalars, and the view box
(left, top, right, bottom in units, y down) that must always stay visible. Then operations
follow, each an :class:`Op` and its operands.

The values of a frame: x and y (down) of every point, then the scalars (opacities).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

FORMAT_VERSION: Final = 1


class Op(IntEnum):
    """Operation codes; the comment lists the operands."""

    BEGIN = 0  # -
    CURVE = 1  # first point, count
    LOOP = 2  # first point, count
    LINES = 3  # first point, count
    CLOSE = 4  # -
    FILL = 5  # colour, scalar or -1
    FILL_GRADIENT = 6  # gradient, first of the 3 points of its frame, scalar or -1
    STROKE = 7  # colour, width, scalar or -1
    CLIP = 8  # -
    UNCLIP = 9  # -
    LIFT = 10  # -
    LINEAR = 11  # gradient number, number of stops, then (offset, colour) for each stop
    RADIAL = 12  # as LINEAR


@dataclass(slots=True)
class Program:
    """Collects operations, colours and gradients, each colour and gradient once."""

    _operations: list[float] = field(default_factory=list)
    _colours: dict[str, int] = field(default_factory=dict)
    _gradients: dict[tuple[bool, tuple[tuple[float, str], ...]], int] = field(default_factory=dict)

    def emit(self, op: Op, *operands: float) -> None:
        self._operations.append(op)
        self._operations.extend(operands)

    def colour(self, colour: str) -> int:
        """The number of a CSS colour."""
        return self._colours.setdefault(colour, len(self._colours))

    def gradient(self, radial: bool, stops: Sequence[tuple[float, str]]) -> int:
        """The number of a gradient; stops are (offset in [0, 1], CSS colour)."""
        for _, colour in stops:
            self.colour(colour)
        return self._gradients.setdefault((radial, tuple(stops)), len(self._gradients))

    def colours(self) -> tuple[str, ...]:
        return tuple(self._colours)

    def encoded(
        self, points: int, scalars: int, view: tuple[float, float, float, float]
    ) -> npt.NDArray[np.float32]:
        """The program: header, gradients, operations."""
        data: list[float] = [FORMAT_VERSION, points, scalars, *view]
        for (radial, stops), number in self._gradients.items():
            data += [Op.RADIAL if radial else Op.LINEAR, number, len(stops)]
            for offset, colour in stops:
                data += [offset, self._colours[colour]]
        return np.array(data + self._operations, dtype=np.float32)
