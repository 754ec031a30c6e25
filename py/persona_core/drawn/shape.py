"""Small geometry for drawing: ramps, mirror images, tapered strokes, the head's surface."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.drawn.controls import Control
from persona_core.drawn.sketch import Binding
from persona_core.face.blendshapes import Blendshape as B

Array = npt.NDArray[np.float64]
Morph = dict[Control, Array]


def points(*pairs: tuple[float, float]) -> Array:
    """(n, 2) from pairs."""
    return np.array(pairs, dtype=np.float64)


def mirror(xy: npt.ArrayLike, side: int = -1) -> Array:
    """The points with x times ``side``."""
    return np.multiply(np.asarray(xy, dtype=np.float64), (side, 1.0))


def both_sides(half: npt.ArrayLike) -> Array:
    """A symmetric outline from its half at positive x, which runs from the middle to the
    middle: the half, then its mirror image back, middle points once."""
    right = np.asarray(half, dtype=np.float64)
    return np.concatenate([right, mirror(right[-2:0:-1])])


def smoothstep(value: npt.ArrayLike) -> Array:
    """0 below 0, 1 above 1, smooth between."""
    t = np.clip(value, 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def bump(xy: Array, x: float, y: float, radius: float) -> Array:
    """1 at (x, y), falling off as a Gaussian of standard deviation ``radius``."""
    return np.asarray(
        np.exp(-((xy[:, 0] - x) ** 2 + (xy[:, 1] - y) ** 2) / (2.0 * radius * radius))
    )


def tapered(line: npt.ArrayLike, widths: npt.ArrayLike) -> Array:
    """A closed outline around a line: (n, 2) centres and (n,) full widths to (2 n, 2)."""
    centre = np.asarray(line, dtype=np.float64)
    tangent = np.gradient(centre, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-9)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], axis=1)
    half = 0.5 * np.broadcast_to(np.asarray(widths, dtype=np.float64), (len(centre),))[:, None]
    return np.concatenate([centre + half * normal, (centre - half * normal)[::-1]])


def doubled(offsets: Array) -> Array:
    """Displacements of a line's centres as those of its :func:`tapered` outline."""
    return np.concatenate([offsets, offsets[::-1]])


SKULL: Final = (106.0, 148.0)
"""Half-axes, x and y, of the ellipsoid that faces lie on."""
SKULL_DEPTH: Final = 82.0


def depth(xy: npt.ArrayLike) -> Array:
    """z of the head's front surface at (n, 2) points; 0 outside."""
    p = np.asarray(xy, dtype=np.float64)
    inside = 1.0 - (p[:, 0] / SKULL[0]) ** 2 - ((p[:, 1] - 4.0) / SKULL[1]) ** 2
    return np.asarray(SKULL_DEPTH * np.sqrt(np.maximum(0.0, inside)))


def mantle(xy: npt.ArrayLike, lift: float = 8.0) -> tuple[Array, Array]:
    """Depth and roundness of what lies on the skull: hair, hats.

    In the middle it rides on the surface; towards the outline it keeps its place as the rim
    of a ball does.
    """
    p = np.asarray(xy, dtype=np.float64)
    rho = np.sqrt((p[:, 0] / 116.0) ** 2 + ((p[:, 1] - 6.0) / 142.0) ** 2)
    z = (SKULL_DEPTH + lift) * np.sqrt(np.maximum(0.0, 1.0 - rho**2))
    return np.asarray(z), np.asarray(np.clip(rho, 0.0, 1.0) ** 4)


def on_mantle(
    xy: npt.ArrayLike, lift: float = 8.0, sway: npt.ArrayLike = 0.0
) -> tuple[Array, Binding]:
    """Depth and binding for a run of hair on the skull."""
    z, roundness = mantle(xy, lift)
    return z, Binding(roundness=roundness, sway=sway)


def flesh(xy: npt.ArrayLike) -> Morph:
    """How the face's skin at ``xy`` moves with jaw, cheeks and smile."""
    p = np.asarray(xy, dtype=np.float64)
    zero = np.zeros(len(p))
    jaw = smoothstep((-56.0 - p[:, 1]) / 58.0)
    chin = bump(p, 0.0, -118.0, 24.0)
    left, right = bump(p, 64.0, -56.0, 27.0), bump(p, -64.0, -56.0, 27.0)

    def by(dx: Array, dy: Array) -> Array:
        return np.stack([dx, dy], axis=1)

    return {
        B.JAW_OPEN: by(-0.05 * p[:, 0] * jaw, -25.0 * jaw),
        B.JAW_LEFT: by(9.0 * jaw, zero),
        B.JAW_RIGHT: by(-9.0 * jaw, zero),
        B.JAW_FORWARD: by(0.04 * p[:, 0] * jaw, -4.5 * jaw),
        B.CHEEK_PUFF: by(10.0 * (left - right), zero),
        B.CHEEK_SQUINT_LEFT: by(zero, 4.0 * left),
        B.CHEEK_SQUINT_RIGHT: by(zero, 4.0 * right),
        B.MOUTH_SMILE_LEFT: by(3.2 * left, 3.5 * left),
        B.MOUTH_SMILE_RIGHT: by(-3.2 * right, 3.5 * right),
        B.MOUTH_SHRUG_LOWER: by(zero, 4.0 * chin),
        B.MOUTH_PUCKER: by(-2.5 * left + 2.5 * right, zero),
    }


def merged(*morphs: Mapping[Control, npt.ArrayLike]) -> Morph:
    """The sum of several morphs of the same points."""
    total: Morph = {}
    for morph in morphs:
        for control, offsets in morph.items():
            array = np.asarray(offsets, dtype=np.float64)
            total[control] = total[control] + array if control in total else array
    return total


SIDES: Final = ((1, "LEFT"), (-1, "RIGHT"))
"""Sign of x and name of the person's own left and right."""
