"""``Rig``: a character that takes ``FaceParams`` and gives the values of a frame."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.drawn.controls import CONTROL_COUNT, limited
from persona_core.drawn.figure_motion import FEATURES, PIVOT, FigureMotion
from persona_core.drawn.look import Look
from persona_core.drawn.parts import (
    accessories,
    beard,
    body,
    brows,
    clothes,
    eyes,
    hair,
    hats,
    head,
    mouth,
    nose,
)
from persona_core.drawn.sketch import Drawing, Run, Sketch
from persona_core.drawn.style import AvatarStyle
from persona_core.face.params import FaceParams

VIEW: Final = (-168.0, -208.0, 168.0, 228.0)
"""Left, top, right, bottom of the box that every canvas shows whole; y down."""
EYE_DISTANCE: Final = 1100.0
"""Units from the viewer to the head: about what a lens of 85 mm gives a portrait."""


class Rig(Drawing):
    """One drawn character.

    Attributes:
        names: the named runs of points, for tests and tools.
    """

    def __init__(self, style: AvatarStyle) -> None:
        sketch = Sketch()
        draw_figure(sketch, style)
        super().__init__(sketch, VIEW)
        self.names: dict[str, Run] = sketch.names

        self._moved, self._basis = sketch.basis()
        self._features = _features(sketch.rest(), sketch.bindings())
        self._rest_xy = self._features[:2, self._moved].copy()
        self._scalar_base, self._scalar_basis = sketch.scalars()
        self._lips = _lip_columns(sketch, self._moved)
        self._motion = FigureMotion()

        count = sketch.point_count
        self._controls = np.zeros(CONTROL_COUNT, dtype=np.float32)
        self._placed = np.empty((3, count), dtype=np.float32)
        self._depth = np.empty(count, dtype=np.float32)

    def pose(self, params: FaceParams, now_ms: float) -> Floats:
        """The values of one frame.

        Args:
            params: the face; blendshapes outside [0, 1] are clipped.
            now_ms: display time on a monotonic clock; drives breath and the hair's swing.

        Returns:
            (value_count,) float32: x, y (units, y down) of every point, then the opacities.
            The next call overwrites it.
        """
        controls = limited(params.blendshapes, self._controls)
        moved = (self._basis @ controls).reshape(2, -1)
        moved += self._rest_xy
        upper, inner_upper, inner_lower, lower = self._lips
        y = moved[1]
        # Lips never pass through each other, whatever is asked of them.
        y[inner_lower] = np.minimum(y[inner_lower], y[inner_upper])
        y[upper] = np.maximum(y[upper], y[inner_upper])
        y[lower] = np.minimum(y[lower], y[inner_lower])
        self._features[:2, self._moved] = moved

        placed = np.matmul(self._motion.matrix(params, now_ms), self._features, out=self._placed)
        depth = np.subtract(EYE_DISTANCE, placed[2], out=self._depth)
        np.divide(EYE_DISTANCE * self._motion.zoom, depth, out=depth)
        np.multiply(placed[0], depth, out=self._points[:, 0])
        np.negative(depth, out=depth)
        np.multiply(placed[1], depth, out=self._points[:, 1])

        np.matmul(self._scalar_basis, controls, out=self._opacities)
        self._opacities += self._scalar_base
        np.clip(self._opacities, 0.0, 1.0, out=self._opacities)
        return self._values


def draw_figure(s: Sketch, style: AvatarStyle) -> None:
    """Draws the whole character on a sketch, from back to front."""
    look = Look.of(style)
    with hats.tucked(s, look):
        hair.draw_hair_back(s, look)
    clothes.draw_clothes_back(s, look)
    body.draw_neck(s, look)
    clothes.draw_clothes(s, look)
    head.draw_ears(s, look)
    accessories.draw_earrings(s, look)
    head.draw_face(s, look)
    beard.draw_beard(s, look)
    mouth.draw_lip_shadow(s, look)
    s.unclip()
    mouth.draw_mouth(s, look)
    beard.draw_moustache(s, look)
    nose.draw_nose(s, look)
    eyes.draw_eyes(s, look)
    brows.draw_brows(s, look)
    accessories.draw_glasses(s, look)
    with hats.tucked(s, look):
        hair.draw_hair_front(s, look)
    accessories.draw_hair_clip(s, look)
    hats.draw_hat(s, look)


def _features(rest: npt.NDArray[np.float64], bindings: npt.NDArray[np.float64]) -> Floats:
    """(18, n): what :class:`~persona_core.drawn.figure_motion.FigureMotion`'s matrix multiplies."""
    x, y, z = rest.T
    follow, roundness, sway, breath = bindings.T
    rows = np.array(
        [
            x,
            y,
            z,
            np.ones_like(x),
            roundness * (x - PIVOT[0]),
            roundness * (y - PIVOT[1]),
            sway,
            breath,
            breath * x,
        ]
    )
    assert len(rows) == FEATURES
    both: Floats = np.concatenate([rows * follow, rows * (1.0 - follow)]).astype(np.float32)
    return both


def _lip_columns(sketch: Sketch, moved: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """(4, n) places in ``moved`` of the lips' rows, from outer upper to outer lower."""
    rows = []
    for name in ("lip_outer_upper", "lip_inner_upper", "lip_inner_lower", "lip_outer_lower"):
        run = sketch.names[name]
        rows.append(np.searchsorted(moved, np.arange(run.start, run.start + run.count)))
    return np.array(rows)
