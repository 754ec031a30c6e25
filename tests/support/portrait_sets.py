"""Expressions for tests: a portrait's own face with another expression, in plain colours."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PIL import Image
from tests.support.faces import shapes as shapes_of

from persona_core.base.arrays import Floats
from persona_core.face.face_frame import FacePlacement
from persona_core.portrait.expressions.expression import Expression, Patch, Region
from persona_core.portrait.making.set_making import patch_box
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.support import supported

Picture = npt.NDArray[np.uint8]
Paint = Callable[[Picture, Floats], Picture]
"""Makes a patch's image of a blank one and the landmarks (478, 2) in its pixels."""

GREEN, BLUE, RED = (20, 200, 40), (30, 40, 220), (220, 30, 30)
MOUTH = (Region.MOUTH,)
EYES = (Region.EYE_RIGHT, Region.EYE_LEFT)


def plain(colour: tuple[int, int, int]) -> Paint:
    """Nothing but a colour."""

    def paint(blank: Picture, points: Floats) -> Picture:
        blank[:] = colour
        return blank

    return paint


def expression(
    portrait: Portrait,
    named: Mapping[str, float],
    paints: Mapping[Region, Paint],
    pixels: float = 1.0,
    yaw: float = 0.0,
) -> Expression:
    """The portrait's face, making another expression in another picture of the same light.

    Args:
        named: blendshapes, as of ``tests.support.faces.shapes``.
        paints: what each patch shows.
        pixels: of the picture a pixel of the patches.
        yaw: turn of the head from the portrait's, degrees.
    """
    values = shapes_of(**named)
    placement = FacePlacement.fit(portrait.landmarks)
    basis = supported()
    shape = placement.to_face(portrait.landmarks) - basis.displacement(
        portrait.blendshapes, placement.rotation
    )
    angle = math.radians(yaw)
    across, deep = math.cos(angle), math.sin(angle)
    turn = np.array([[across, 0.0, deep], [0.0, 1.0, 0.0], [-deep, 0.0, across]])
    placement = replace(placement, rotation=turn @ placement.rotation)
    points = placement.to_image(shape + basis.displacement(values, placement.rotation))
    patches = tuple(_patch(points, region, paint, pixels) for region, paint in paints.items())
    return Expression(points.astype(np.float32), values, patches)


def _patch(points: Floats, region: Region, paint: Paint, pixels: float) -> Patch:
    box = patch_box(points, region)
    width, height = (max(16, round(side / pixels)) for side in (box.width, box.height))
    inside = (points[:, :2] - (box.left, box.top)) / pixels
    picture = paint(np.zeros((height, width, 3), np.uint8), inside.astype(np.float32))
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "WEBP", lossless=True)
    image = file.getvalue()
    return Patch(region, image, width, height, float(box.left), float(box.top), pixels)
