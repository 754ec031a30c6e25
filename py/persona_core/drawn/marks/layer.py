"""``Marks``: the marks of one person over time.

Each hand is a little machine: it shows one gesture at a time, takes it down before another is
put up, and comes and goes within a fraction of a second. The drawing holds only what is on
show and is made anew when that changes, a few times a minute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.drawn.look import Look
from persona_core.drawn.marks import hand_shapes as hands
from persona_core.drawn.marks import hearts
from persona_core.drawn.rig import VIEW
from persona_core.drawn.shape import Array
from persona_core.drawn.sketch import Drawing, Run, Sketch
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import Gesture

APPEAR_MS: Final = 280.0
LEAVE_MS: Final = 170.0
HAND_AT: Final = (117.0, -130.0)
"""Units, y up: the middle of the left hand's palm; the right hand is its mirror image."""
HAND_SIZE: Final = 1.2
TILT: Final = math.radians(-7.0)
SWAY: Final = math.radians(4.0)
SWAY_PERIOD_MS: Final = 1300.0
FAINTEST_LOVE: Final = 0.01
NOTHING: Final = (Gesture.NONE, Gesture.NONE)


@dataclass(slots=True)
class HandSlot:
    """What one hand shows, and how far it is up, in [0, 1]."""

    gesture: Gesture = Gesture.NONE
    up: float = 0.0

    def advance(self, wanted: Gesture, elapsed_ms: float) -> None:
        """Lets ``elapsed_ms`` pass with a gesture asked for."""
        if self.gesture is not wanted and self.gesture is not Gesture.NONE:
            self.up = max(0.0, self.up - elapsed_ms / LEAVE_MS)
            if self.up > 0.0:
                return
        self.gesture = wanted
        if wanted is not Gesture.NONE:
            self.up = min(1.0, self.up + elapsed_ms / APPEAR_MS)


class MarksDrawing(Drawing):
    """The drawing of two gestures and, if ``love``, hearts."""

    def __init__(self, look: Look, gestures: tuple[Gesture, Gesture], love: bool) -> None:
        sketch = Sketch()
        sketch.scalar(0.0, {})  # a drawing of nothing has a value too
        self._hands: list[tuple[int, Run, int]] = []
        for index, (side, gesture) in enumerate(zip((1, -1), gestures, strict=True)):
            if gesture is not Gesture.NONE:
                opacity = sketch.scalar(0.0, {})
                run = hands.draw_hand(sketch, look, gesture, side, opacity)
                self._hands.append((index, run, opacity))
        self._hearts = hearts.draw_hearts(sketch) if love else None
        self._rest: Array = sketch.rest()[:, :2] if sketch.point_count else np.empty((0, 2))
        super().__init__(sketch, VIEW)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be seen."""
        return len(self._points) == 0

    def pose(self, up: tuple[float, float], love: float, now_ms: float) -> Floats:
        """The values of one frame, in a buffer that the next call overwrites.

        Args:
            up: how far the left and the right hand are up, in [0, 1].
            love: how much of the hearts is to be seen, in [0, 1].
        """
        for index, run, opacity in self._hands:
            place = slice(run.start, run.start + run.count)
            side = 1.0 if index == 0 else -1.0
            self._points[place] = _raised(self._rest[place], side, up[index], now_ms)
            self._opacities[opacity] = min(1.0, 2.5 * up[index])
        if self._hearts is not None:
            run, numbers = self._hearts
            place = slice(run.start, run.start + run.count)
            self._points[place], shown = hearts.place_hearts(self._rest[place], now_ms)
            self._opacities[numbers] = love * shown
        np.negative(self._points[:, 1], out=self._points[:, 1])  # values have y down
        return self._values


class Marks:
    """The marks of one person, who looks like ``style``."""

    def __init__(self, style: AvatarStyle) -> None:
        self._look = Look.of(style)
        self._slots = (HandSlot(), HandSlot())
        self._time_ms: float | None = None
        self._shown: tuple[Gesture, Gesture, bool] = (Gesture.NONE, Gesture.NONE, False)
        self.drawing = MarksDrawing(self._look, (Gesture.NONE, Gesture.NONE), love=False)
        """What to draw; another object whenever :meth:`pose` changed it."""

    def wear(self, style: AvatarStyle) -> None:
        """Takes on another look's skin and sleeves."""
        self._look = Look.of(style)
        self._redraw()

    def rests(self, gestures: tuple[Gesture, Gesture], love: float, now_ms: float) -> bool:
        """Whether there is nothing to be seen now, as before; then :meth:`pose` need not be asked.

        The arguments are those of :meth:`pose`.
        """
        if gestures != NOTHING or love > FAINTEST_LOVE or not self.drawing.is_empty:
            return False
        self._time_ms = now_ms
        return True

    def pose(self, gestures: tuple[Gesture, Gesture], love: float, now_ms: float) -> Floats:
        """The values of :attr:`drawing` at ``now_ms``.

        Args:
            gestures: the left and right hand's, as in ``FaceParams.gestures``.
            love: the weight of the emotion, in [0, 1].
            now_ms: a monotonic clock; a step back counts as no time.
        """
        elapsed_ms = 0.0 if self._time_ms is None else max(0.0, now_ms - self._time_ms)
        self._time_ms = now_ms
        for slot, wanted in zip(self._slots, gestures, strict=True):
            slot.advance(wanted, elapsed_ms)
        left, right = self._slots
        shown = (left.gesture, right.gesture, love > FAINTEST_LOVE)
        if shown != self._shown:
            self._shown = shown
            self._redraw()
        return self.drawing.pose((left.up, right.up), love, now_ms)

    def _redraw(self) -> None:
        left, right, love = self._shown
        self.drawing = MarksDrawing(self._look, (left, right), love)


def _raised(rest: Array, side: float, up: float, now_ms: float) -> Array:
    """A hand's points where it is held: it grows a little too far and settles, and sways."""
    over = up - 1.0
    size = HAND_SIZE * max(0.0, 1.0 + 2.7 * over**3 + 1.7 * over**2)  # "ease out back", R. Penner
    angle = side * (TILT + SWAY * math.sin(2.0 * math.pi * now_ms / SWAY_PERIOD_MS))
    c, s = size * math.cos(angle), size * math.sin(angle)
    turned = rest @ np.array([[c, s], [-s, c]])
    return np.asarray(turned + np.array([side * HAND_AT[0], HAND_AT[1] + 30.0 * over]))
