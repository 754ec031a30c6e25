"""Where the rims of eyes and mouth are in a frame, and how they are kept from crossing.

The linear basis moves an upper lid through the lower one when it is asked to close fully, and
leaves a slit when it is asked a little less. Here each rim's points are moved along the line
between the two sides of the opening, so that an eye closes when its blink is full and nothing
ever crosses. The mesh takes the difference by its pins.

All that the CPU has to know of a frame's points is linear in the weights, so it is one product.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face.blendshapes import Blendshape
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.portrait.moves import stacked
from persona_core.portrait.refinement import refine_loop
from persona_core.portrait.rims import LOOPS, PINS, STARTS, opposite

BLINKS: Final = (Blendshape.EYE_BLINK_RIGHT, Blendshape.EYE_BLINK_LEFT)
SHUT_FROM: Final = 0.55
"""Blink from which the lids are drawn together beyond what the basis says."""
SHUT_AT: Final = 0.92
"""Blink at which they meet."""
MEET: Final = 0.2
"""Of an overshoot of the upper lid, what the line where lids meet is pushed down."""
YIELD_CM: Final = 0.05
"""Overlap at which half of a sideways shift between the two sides is undone."""
_MIN_GAP_CM: Final = 0.05
"""A gap less than this has no direction of its own: up it is."""
_LIPS: Final = slice(7 + 7, None)
UPPER_LIP_PIN: Final = STARTS[2] + 15
"""The middle of the upper lip's rim."""
_MIDDLE_OF_LIPS: Final = 7 + 7 + 4


class Contours:
    """The rims of one portrait. What :meth:`follow` finds stands in the attributes.

    Attributes:
        points: (52, 3) cm, the rims' points.
        fixes: (52, 3) cm, by how much they differ from what the basis says.
        shut: how far each eye (right, left) was drawn together, in [0, 1].
        closed: how far each eye has closed since the photo, in [0, 1].
        moved_cm: how far each eye's lids are from where they are in the photo.
        open_cm: the lips' distance at the middle of the mouth.
        pressed_cm: how far the basis would have had the lips overlap.
    """

    def __init__(self, points: Floats, basis: LandmarkBasis) -> None:
        """Args:
        points: (478, 3) of the photo, cm, face frame.
        """
        moves = stacked(basis)[:, PINS]
        rest = points[PINS].astype(np.float32)
        self._upper, self._lower, self._eye = _pairs()
        gap = rest[self._upper] - rest[self._lower]
        length = np.linalg.norm(gap, axis=1, keepdims=True)
        up = np.array([0.0, 1.0, 0.0], dtype=np.float32)
        upwards = gap[:, 1:2] > _MIN_GAP_CM
        self._up: Floats = np.where(upwards, gap / np.maximum(length, 1e-6), up).astype(np.float32)
        heights = ((moves[:, self._upper] - moves[:, self._lower]) * self._up).sum(axis=2)
        flat = np.concatenate([moves.reshape(len(moves), -1), heights], axis=1)
        self._moves: Floats = np.ascontiguousarray(flat.T)
        self._photo_heights: Floats = (gap * self._up).sum(axis=1)
        self._rest: Floats = np.concatenate([rest.ravel(), self._photo_heights])
        # What already crosses in the photo may stay so: the photo is right.
        self._least: Floats = np.minimum(self._photo_heights, 0.0)
        self._least_drop: Floats = np.minimum(gap[:, 1], 0.0)
        self._open = np.ones(3, dtype=np.float32)
        self.points: Floats = rest
        self.fixes: Floats = np.zeros((len(PINS), 3), dtype=np.float32)
        self.shut: tuple[float, float] = (0.0, 0.0)
        self.closed: tuple[float, float] = (0.0, 0.0)
        self.moved_cm: tuple[float, float] = (0.0, 0.0)
        self.open_cm = 0.0
        self.pressed_cm = 0.0

    def follow(self, weights: Floats, blinks: tuple[float, float]) -> None:
        """Finds the rims of a frame.

        Args:
            weights: those of :func:`~persona_core.portrait.moves.stacked`, relative to
                the photo.
            blinks: of the right and the left eye, in [0, 1], as the person does them.
        """
        moved = self._rest + self._moves @ weights
        height = moved[3 * len(PINS) :]
        self.shut = _shutting(blinks[0]), _shutting(blinks[1])
        self._open[:2] = 1.0 - self.shut[0], 1.0 - self.shut[1]
        wanted = np.maximum(height, self._least) * self._open[self._eye]
        overlap = np.minimum(height - self._least, 0.0)
        below = overlap * np.float32(MEET)
        points = moved[: 3 * len(PINS)].reshape(-1, 3)
        gap = points[self._upper] - points[self._lower]
        gap -= self._up * height[:, None]  # what of it is sideways goes as the opening does
        gap *= (1.0 - self._open[self._eye] / (1.0 - overlap / YIELD_CM))[:, None]
        self.fixes[self._lower] = self._up * below[:, None]
        self.fixes[self._upper] = self._up * (wanted + below - height)[:, None] - gap
        self.points = points + self.fixes
        # Where an opening is slanted, a sideways shift alone takes one side below the other.
        drop = self.points[self._upper, 1] - self.points[self._lower, 1]
        passed = 0.5 * np.minimum(drop - self._least_drop, 0.0)
        for side, way in ((self._upper, -passed), (self._lower, passed)):
            self.fixes[side, 1] += way
            self.points[side, 1] += way

        away = np.abs(wanted - self._photo_heights)
        self.moved_cm = float(away[:7].max()), float(away[7:14].max())
        self.closed = self._closed(wanted, 0), self._closed(wanted, 7)
        self.open_cm = float(wanted[_MIDDLE_OF_LIPS])
        self.pressed_cm = -float(overlap[_LIPS].min())

    def _closed(self, wanted: Floats, first: int) -> float:
        photo = float(self._photo_heights[first : first + 7].sum())
        now = float(wanted[first : first + 7].sum())
        return min(1.0, max(0.0, 1.0 - now / max(photo, 0.1)))


def refining() -> Floats:
    """(104, 52): takes the pins to the refined rims, each point followed by a new one."""
    rows = np.zeros((2 * len(PINS), len(PINS)), dtype=np.float32)
    for start, loop in zip(STARTS, LOOPS, strict=True):
        of_loop = refine_loop(np.eye(len(loop), dtype=np.float32))
        rows[2 * start : 2 * (start + len(loop)), start : start + len(loop)] = of_loop
    return rows


def _shutting(blink: float) -> float:
    t = min(1.0, max(0.0, (blink - SHUT_FROM) / (SHUT_AT - SHUT_FROM)))
    return t * t * (3.0 - 2.0 * t)


def _pairs() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pins of the upper rims, those of the lower ones across, and which opening they are of."""
    upper, lower, eye = [], [], []
    for number, (start, loop) in enumerate(zip(STARTS, LOOPS, strict=True)):
        below = np.arange(1, len(loop) // 2)
        lower.append(start + below)
        upper.append(start + opposite(len(loop))[below])
        eye.append(np.full(len(below), number))
    return np.concatenate(upper), np.concatenate(lower), np.concatenate(eye)
