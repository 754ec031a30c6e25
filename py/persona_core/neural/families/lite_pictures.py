"""What LivePortrait-Lite's mouth net is told of a set: the pictures that it draws over.

Only the mouth's: over a set's eyes nets were no gain (``docs/experiments/lite.md``), so there they
are drawn beneath.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.neural.families.lite_patches import MOUTH_CM
from persona_core.portrait import layout
from persona_core.portrait.expressions.expression import Expression, Patch, Region
from persona_core.portrait.expressions.expression_mesh import texture_places
from persona_core.portrait.expressions.regions import region_mesh

PICTURES: Final = "lite_pictures"
"""(k, 3, 128, 128) mouths of the set in [0, 1], from the left upper corner; by the expressions'
numbers, black where one has none."""
SPOTS: Final = "lite_spots"
"""(k, 468, 3): where the skin's landmarks lie in each, pixels whose centres are whole numbers; and
how much of the picture is seen there, in [0, 1]."""
MIX: Final = "lite_mix"
"""(3, 2): which of them a frame's mouth shows, and their weights."""
SIDE: Final = 128
NET_PIXELS: Final = 64
"""Of the mouth's patch, a side."""

Pixels = npt.NDArray[np.uint8]


def set_tensors(
    expressions: Sequence[Expression], pixels: Sequence[Pixels | None]
) -> dict[str, Floats]:
    """What stays the same for all frames, by tensor.

    Args:
        expressions: by their numbers.
        pixels: (height, width, 3 or 4) sRGB of each one's mouth; None where it has none.
    """
    pictures = np.zeros((len(expressions), 3, SIDE, SIDE), dtype=np.float32)
    spots = np.zeros((len(expressions), landmarks.FACE_COUNT, 3), dtype=np.float32)
    for number, (expression, picture) in enumerate(zip(expressions, pixels, strict=True)):
        patch = expression.patch(Region.MOUTH)
        if patch is None or picture is None:
            continue
        step = _step(expression, patch)
        small = _reduced(picture, step)
        pictures[number, :, : small.shape[0], : small.shape[1]] = small.transpose(2, 0, 1)
        # What lies beyond its last row and column is never seen, but between pixels it counts.
        pictures[number, :, small.shape[0] :] = pictures[number, :, small.shape[0] - 1, None]
        pictures[number, :, :, small.shape[1] :] = pictures[number, :, :, small.shape[1] - 1, None]
        places = texture_places(expression, Region.MOUTH)[: landmarks.FACE_COUNT]
        spots[number, :, :2] = places[:, :2] / step - 0.5
        mask = region_mesh(Region.MOUTH).mask[: landmarks.FACE_COUNT]
        spots[number, :, 2] = places[:, 2] * mask
    return {PICTURES: pictures, SPOTS: spots}


def mix_of(values: Floats) -> Floats:
    """(3, 2) of :data:`MIX`.

    Args:
        values: the uniforms of ``PortraitRig.pose``.
    """
    shares = values.reshape(-1, 4)[layout.SHARES : layout.GAZES].reshape(len(Region), -1)
    return shares[Region.MOUTH, :6].reshape(3, 2)


def _step(expression: Expression, patch: Patch) -> int:
    """Pixels of a patch that one of the net's is, a side, so that nothing is aliased."""
    a_cm = FacePlacement.fit(expression.landmarks).scale / patch.pixels
    wanted = a_cm * MOUTH_CM / NET_PIXELS
    return max(1, math.floor(wanted), math.ceil(max(patch.width, patch.height) / SIDE))


def _reduced(pixels: Pixels, step: int) -> Floats:
    """(h, w, 3) means of squares, in [0, 1]; a rest at the right and lower border is repeated."""
    height, width = pixels.shape[:2]
    room = ((0, -height % step), (0, -width % step), (0, 0))
    whole = np.pad(pixels[..., :3].astype(np.float32), room, mode="edge")
    squares = whole.reshape(whole.shape[0] // step, step, whole.shape[1] // step, step, 3)
    return np.asarray(squares.mean(axis=(1, 3)) / np.float32(255.0), dtype=np.float32)
