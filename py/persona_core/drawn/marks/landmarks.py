"""The 21 landmarks of hands as a drawing: bones as lines, landmarks as dots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.drawn.sketch import Drawing, Sketch
from persona_core.hands.hand_observation import LANDMARKS, MAX_HANDS, Hand

BONES: Final = (
    *((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (0, 17, 18, 19, 20)),
    (5, 9, 13, 17),
)
"""Lines from landmark to landmark: the digits and the palm's edges."""
_ORDER: Final = np.array([landmark for line in BONES for landmark in line])
_DOT: Final = np.array([(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)], dtype=np.float32)

HEIGHT: Final = 100.0
"""Units in the height of the camera's image."""
DOT_RADIUS: Final = 1.3
LINE_WIDTH: Final = 1.5
LINE: Final = "#ffffffd9"
EDGE: Final = "#2a2130b3"
DOT: Final = "#ff8a5c"


class LandmarkDrawing(Drawing):
    """The drawing of up to two hands over an image of one shape, seen as in a mirror.

    Attributes:
        aspect: the image's width over its height.
    """

    def __init__(self, aspect: float) -> None:
        sketch = Sketch()
        lines: list[tuple[int, int]] = []
        dots: list[int] = []
        for _ in range(MAX_HANDS):
            opacity = sketch.scalar(0.0, {})
            runs = [sketch.run(np.zeros((len(line), 2))) for line in BONES]
            sketch.begin()
            for run in runs:
                sketch.lift().lines(run)
            sketch.stroke(EDGE, LINE_WIDTH + 1.0, opacity).stroke(LINE, LINE_WIDTH, opacity)
            lines.append((runs[0].start, len(_ORDER)))
            circles = sketch.run(np.zeros((LANDMARKS * len(_DOT), 2)))
            sketch.begin()
            for circle in circles.split(len(_DOT)):
                sketch.loop(circle)
            sketch.stroke(EDGE, 0.9, opacity).fill(DOT, opacity)
            dots.append(circles.start)
        half = 0.5 * HEIGHT
        super().__init__(sketch, (-half * aspect, -half, half * aspect, half))
        self.aspect = aspect
        self._lines, self._dots = lines, dots

    def pose(self, hands: Sequence[Hand]) -> Floats:
        """The values for these hands, at most two, in a buffer that the next call overwrites."""
        self._opacities[:] = 0.0
        for index, hand in enumerate(hands):
            xy = (hand.landmarks[:, :2] - 0.5) * np.float32(HEIGHT)
            xy *= np.array([-self.aspect, 1.0], dtype=np.float32)
            start, count = self._lines[index]
            self._points[start : start + count] = xy[_ORDER]
            circles = (xy[:, None, :] + DOT_RADIUS * _DOT).reshape(-1, 2)
            self._points[self._dots[index] : self._dots[index] + len(circles)] = circles
            self._opacities[index] = 1.0
        return self._values
