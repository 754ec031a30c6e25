"""The nano model's motion, drawn by hand: what each parameter moves and paints, on a coarse grid.

Places are in -1..1 of the picture, x right, y down, with a face in the middle as the portrait
crop puts it there: eyes a little above the middle, mouth at y = 0.42.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from persona_core.neural.families.nano_motion import PARAMETERS

Array = npt.NDArray[np.float64]

GRID = 16
EYES = {"blink_right": (-0.22, -0.04), "blink_left": (0.22, -0.04)}
"""A person's right eye lies in the left half of an unmirrored picture."""
MOUTH = (0.0, 0.44)
LID = (0.3, 0.2, 0.16)
"""Added to red, green and blue where a lid comes down: a little skin."""
DARK = (-0.45, -0.55, -0.5)
"""Added where a mouth opens."""


def _grid() -> tuple[Array, Array]:
    line = (2.0 * np.arange(GRID) + 1.0) / GRID - 1.0
    y, x = np.meshgrid(line, line, indexing="ij")
    return x, y


def _bump(at: tuple[float, float], wide: float, high: float) -> Array:
    x, y = _grid()
    return np.exp(-(((x - at[0]) / wide) ** 2) - ((y - at[1]) / high) ** 2)


def warp_basis() -> Array:
    """(P, 2 GRID GRID): for each parameter at 1, where a pixel is fetched from, as an offset in x
    and y. A thing moves to the right when pixels are fetched from their left."""
    x, y = _grid()
    head = _bump((0.0, 0.15), 0.6, 0.75)
    mouth = _bump(MOUTH, 0.3, 0.25)
    sides = np.sign(x) * _bump((-0.2, MOUTH[1]), 0.15, 0.2) + np.sign(x) * _bump(
        (0.2, MOUTH[1]), 0.15, 0.2
    )
    still = np.zeros_like(x)
    below = np.clip((y - MOUTH[1]) / 0.2, 0.0, 1.0)
    brows = _bump((-0.22, -0.16), 0.2, 0.12) + _bump((0.22, -0.16), 0.2, 0.12)
    lids = {
        name: (still, -0.06 * np.sign(y - at[1] + 1e-9) * 0.5 * _bump(at, 0.13, 0.1))
        for name, at in EYES.items()
    }
    moves = {
        "yaw": (-0.16 * head * (1.0 - x * x), still),
        "pitch": (still, -0.14 * head * (1.0 - y * y)),
        "roll": (-0.45 * y * head, 0.45 * x * head),
        "x": (-0.2 * head, still),
        "y": (still, 0.2 * head),
        "zoom": (-0.2 * x, -0.2 * y),
        "jaw_open": (still, -0.16 * below * _bump((0.0, 0.6), 0.45, 0.35)),
        "smile": (-0.07 * sides, 0.07 * np.abs(sides)),
        "pucker": (0.5 * x * mouth, still),
        "brows": (still, 0.07 * brows),
        **lids,
    }
    rows = [np.stack(moves[name]).ravel() for name in PARAMETERS]
    return np.stack(rows)


def paint_basis() -> Array:
    """(P, 3 GRID GRID): what each parameter at 1 adds to red, green and blue."""
    paints = {"jaw_open": (_bump((0.0, 0.48), 0.13, 0.09), DARK)}
    paints |= {name: (_bump(at, 0.11, 0.05), LID) for name, at in EYES.items()}
    nothing = (np.zeros((GRID, GRID)), (0.0, 0.0, 0.0))
    rows = []
    for name in PARAMETERS:
        where, colour = paints.get(name, nothing)
        rows.append(np.multiply.outer(np.array(colour), where).ravel())
    return np.stack(rows)
