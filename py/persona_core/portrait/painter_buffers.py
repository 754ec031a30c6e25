"""What a painter is given of a portrait, whoever it is: the surfaces of a page, or the CPU."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from persona_core.portrait.eyewear import with_eyewear
from persona_core.portrait.plate import plate
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rig import PortraitRig
from persona_core.portrait.tiles import Tiles


def painter_buffers(
    portrait: Portrait, rig: PortraitRig, photo: npt.NDArray[np.uint8]
) -> dict[str, int | npt.NDArray[Any]]:
    """What ``createPortrait`` of ``view/js`` takes, without the image itself: sizes, and arrays of
    float32, uint8 and uint16 (halves are given as the bits that they have).

    Args:
        photo: (h, w, 3 or 4) sRGB, the portrait's image.
    """
    mesh = with_eyewear(rig.mesh, photo, portrait.landmarks)
    tiles = Tiles.of(photo, portrait.landmarks, rig.mouth, rig.placement.scale)
    model: dict[str, int | npt.NDArray[Any]] = {
        "width": portrait.width,
        "height": portrait.height,
        "points": mesh.points,
        "pixels": mesh.pixels,
        "pins": mesh.pins,
        "pinWeights": mesh.pin_weights,
        "moves": mesh.moves.view(np.uint16),
        "moveCount": len(mesh.moves),
        "triangles": mesh.triangles,
        "atlas": tiles.atlas,
        "atlasWidth": tiles.atlas.shape[1],
        "atlasHeight": tiles.atlas.shape[0],
        "look": tiles.look,
    }
    if portrait.matte is not None:
        model |= {
            "matte": portrait.matte,
            "plate": plate(photo, portrait.matte),
            "matteWidth": portrait.matte.shape[1],
            "matteHeight": portrait.matte.shape[0],
        }
    return model
