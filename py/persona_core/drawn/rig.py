"""``Rig``: a character that takes ``FaceParams`` and gives the values of a frame."""

from __future__ import annotations

import functools
from typing import Final, NamedTuple

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
BREATH_MS: Final = 90.0
"""Between two pictures of who does nothing but breathe, by which no point moves half a unit."""
_KEPT: Final = 16
"""Figures that are kept: those of the characters to choose from, and of people in a room."""


class Rig(Drawing):
    """One drawn character.

    Attributes:
        names: the named runs of points, for tests and tools.
    """

    def __init__(self, style: AvatarStyle) -> None:
        figure = _figure(style)
        count = figure.features.shape[1]
        self._take(figure.program, figure.colours, count, len(figure.scalar_base))
        self.names = figure.names
        self._moved, self._basis = figure.moved, figure.basis
        self._features = figure.features.copy()
        self._rest_xy = figure.features[:2, figure.moved]
        self._scalar_base, self._scalar_basis = figure.scalar_base, figure.scalar_basis
        self._lips = figure.lips
        self._motion = FigureMotion()
        self._posed: FaceParams | None = None
        self._posed_ms = 0.0
        self._controls = np.zeros(CONTROL_COUNT, dtype=np.float32)
        self._placed = np.empty((3, count), dtype=np.float32)
        self._depth = np.empty(count, dtype=np.float32)

    def shows(self, params: FaceParams, now_ms: float) -> bool:
        """Whether the values of the last :meth:`pose` do for this face: it is the very same one,
        the hair hangs still, and the breath is slow."""
        same = params is self._posed and 0.0 <= now_ms - self._posed_ms < BREATH_MS
        return same and self._motion.is_still

    def forget(self) -> None:
        """The values are to be made anew, whatever they show."""
        self._posed = None

    def pose(self, params: FaceParams, now_ms: float) -> Floats:
        """The values of one frame.

        Args:
            params: the face; blendshapes outside [0, 1] are clipped.
            now_ms: display time on a monotonic clock; drives breath and the hair's swing.

        Returns:
            (value_count,) float32: x, y (units, y down) of every point, then the opacities.
            The next call overwrites it.
        """
        self._posed, self._posed_ms = params, now_ms
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


class _Figure(NamedTuple):
    """What is constant of a character, for ``n`` points of which ``m`` are moved by controls.

    Attributes:
        moved: (m,) numbers of these points.
        basis: (2 m, CONTROL_COUNT) float32, how controls move x and y.
        features: (18, n) float32, of the face at rest.
        scalar_base: (k,) float32, opacities at rest.
        scalar_basis: (k, CONTROL_COUNT) float32.
        lips: (4, ...) see :func:`_lip_columns`.
    """

    program: Floats
    colours: tuple[str, ...]
    names: dict[str, Run]
    moved: npt.NDArray[np.intp]
    basis: Floats
    features: Floats
    scalar_base: Floats
    scalar_basis: Floats
    lips: npt.NDArray[np.intp]


@functools.lru_cache(maxsize=_KEPT)
def _figure(style: AvatarStyle) -> _Figure:
    """Drawing a character is most of what a rig costs, and the same few are seen on every page."""
    sketch = Sketch()
    draw_figure(sketch, style)
    moved, basis = sketch.basis()
    return _Figure(
        sketch.program.encoded(sketch.point_count, sketch.scalar_count, VIEW),
        sketch.program.colours(),
        sketch.names,
        moved,
        basis,
        _features(sketch.rest(), sketch.bindings()),
        *sketch.scalars(),
        _lip_columns(sketch, moved),
    )


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
