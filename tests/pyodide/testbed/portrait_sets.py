"""Further pictures of a built-in portrait's person, in plain colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import js
import numpy as np
import numpy.typing as npt

from persona_core.face import blendshapes
from persona_core.face.blendshapes import Blendshape
from persona_core.face.face_frame import FacePlacement
from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.expression import Expression, Patch, Region
from persona_core.portrait.making.set_making import patch_box
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.support import supported
from persona_web.bridge.site import Site

GREEN, BLUE = "#14c828", "#1e28dc"
EYES = (Region.EYE_RIGHT, Region.EYE_LEFT)
SPEAKS = {Blendshape.JAW_OPEN: 0.7}
SHUTS = {Blendshape.EYE_BLINK_LEFT: 1.0, Blendshape.EYE_BLINK_RIGHT: 1.0}


def face(values: Mapping[Blendshape, float] | None = None) -> FaceParams:
    shapes = np.zeros(blendshapes.COUNT, np.float32)
    for shape, value in (values or {}).items():
        shapes[shape] = value
    return FaceParams(0.0, blendshapes=shapes)


async def expression(
    portrait: Portrait, values: Mapping[Blendshape, float], regions: Sequence[Region], colour: str
) -> Expression:
    """The portrait's face with these blendshapes; its patches are nothing but a colour."""
    shapes = face(values).blendshapes
    placement, basis = FacePlacement.fit(portrait.landmarks), supported()
    points = placement.to_face(portrait.landmarks) + basis.displacement(
        shapes - portrait.blendshapes, placement.rotation
    )
    pixels = placement.to_image(points)
    patches = []
    for region in regions:
        box = patch_box(pixels, region)
        image = await _plain(box.width, box.height, colour)
        place = (float(box.left), float(box.top), 1.0)
        patches.append(Patch(region, image, box.width, box.height, *place))
    return Expression(pixels, shapes, tuple(patches))


async def _plain(width: int, height: int, colour: str) -> bytes:
    canvas = js.OffscreenCanvas.new(width, height)
    context = canvas.getContext("2d")
    context.fillStyle = colour
    context.fillRect(0, 0, width, height)
    options = Site.to_object({"type": "image/jpeg", "quality": 0.95})
    blob = await canvas.convertToBlob(options)
    return bytes((await blob.arrayBuffer()).to_bytes())


def coloured(picture: npt.NDArray[np.int16], colour: str) -> float:
    """The share of a picture that has a colour."""
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    return float((np.abs(picture[..., :3] - wanted) < 30).all(axis=-1).mean())
