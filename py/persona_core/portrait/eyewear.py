"""Glasses in a photo: how sure it is that there are any, and a mesh that does not bend them.

Glasses show by their bridge, a line across the nose where skin has none. Of 961 portraits in the
public domain 166 have a line above 0.3; looked at one by one, some ten of those wear none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats, smooth_between
from persona_core.face import landmarks
from persona_core.face.params import RESIDUAL_COUNT
from persona_core.portrait.making.face_light import luma
from persona_core.portrait.mesh import PortraitMesh
from persona_core.portrait.moves import SHAPES
from persona_core.portrait.refinement import refine_loop
from persona_core.portrait.tiles import bilinear

LINE: Final = (0.28, 0.42)
"""Of :func:`bridge_line`: up to the first nobody is taken to wear glasses, from the second on
everybody."""
ACROSS: Final = (-0.28, 0.28)
"""Where the bridge is looked for, right and left of the middle between the eyes' inner corners, in
distances of the corners."""
DOWN: Final = (-0.45, 0.75)
"""Likewise, above and below."""
ROWS: Final = 49
COLUMNS: Final = 13
THICKNESS: Final = 4
"""Rows from the middle of a bridge to skin, a tenth of the distance of the corners."""
DARKEST: Final = 0.08
"""Luma, of [0, 1], that a line is compared with at least: noise in the dark is no line."""
RIM_CM: Final = (0.08, 0.3)
"""From the lids' rim: up to the first skin moves as it does without glasses, from the second on
it is under them."""
BELOW_CM: Final = (1.8, 2.7)
"""Below the middle of the eyes: to where glasses reach, and where nothing is held any more."""
ABOVE_CM: Final = (1.6, 2.5)
"""Likewise above: from under the brows to beyond them."""

_INNER_CORNERS: Final = [133, 362]


def with_eyewear(
    mesh: PortraitMesh, photo: npt.NDArray[np.uint8], points_px: npt.NDArray[np.floating]
) -> PortraitMesh:
    """The mesh of a photo, held still where the person wears glasses.

    Only the lids move behind them then; the head's turns move all of it.

    Args:
        mesh: of the photo.
        photo: (h, w, 3 or 4) uint8.
        points_px: (478, 3) landmarks, pixels.
    """
    sure = smooth_between(*LINE, np.array(bridge_line(photo, points_px)))
    if not sure > 0.0:
        return mesh
    free = (1.0 - sure * _behind(mesh)).astype(np.float16)[:, None]
    moves = mesh.moves.copy()
    moves[SHAPES] *= free
    moves[-1 - RESIDUAL_COUNT : -1] *= free  # the last is the breath
    return replace(mesh, moves=moves)


def bridge_line(photo: npt.NDArray[np.uint8], points_px: npt.NDArray[np.floating]) -> float:
    """How much a line across the nose differs from the skin above and below, of the brightness
    there: 0 for none, 0.3 and more for glasses.

    Args:
        photo: (h, w, 3 or 4) uint8.
        points_px: (478, 3) landmarks, pixels.
    """
    right, left = points_px[_INNER_CORNERS, :2].astype(np.float64)
    across = left - right
    down = np.array([-across[1], across[0]])
    columns = np.linspace(*ACROSS, COLUMNS)[None, :, None] * across
    rows = np.linspace(*DOWN, ROWS)[:, None, None] * down
    places = (right + left) / 2.0 + columns + rows
    grey = luma(bilinear(photo[..., :3], places))
    profile = grey.mean(axis=1)
    skin = profile[: -2 * THICKNESS] + profile[2 * THICKNESS :]
    lines = np.abs(2.0 * profile[THICKNESS:-THICKNESS] - skin)
    return float(lines.max() / max(DARKEST, grey.mean()))


def _behind(mesh: PortraitMesh) -> Floats:
    """(n,) in [0, 1]: how much each vertex is under glasses, and is none of the lids."""
    eyes = (landmarks.EYE_RIGHT, landmarks.EYE_LEFT)
    rims = np.concatenate([refine_loop(mesh.points[eye, :2]) for eye in eyes])
    off = mesh.points[:, None, :2] - rims
    to_rim = np.sqrt((off.astype(np.float64) ** 2).sum(axis=2).min(axis=1))
    height = mesh.points[:, 1].astype(np.float64) - float(rims[:, 1].mean())
    under = smooth_between(*RIM_CM, to_rim)
    under *= (1.0 - smooth_between(*ABOVE_CM, height)) * (1.0 - smooth_between(*BELOW_CM, -height))
    return under.astype(np.float32)
