"""Other pictures of the mean face for the tests of this folder: same person, another expression."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image
from tests.support.faces import shapes
from tests.unit.core.portrait.portrait_faces import HEIGHT, WIDTH, face_points, rotation

from persona_core.face.face_frame import FacePlacement
from persona_core.portrait.expressions.expression import Expression, Patch, Region
from persona_core.portrait.expressions.regions import MEASURED
from persona_core.portrait.making.cut import Pixels
from persona_core.portrait.making.set_making import SetPicture, patch_box
from persona_core.portrait.support import supported

Floats = npt.NDArray[np.float32]


def points(yaw: float = 0.0, **named: float) -> Floats:
    """(478, 3) pixels of the mean face with blendshapes by name."""
    turn = rotation(yaw)
    placement = FacePlacement.fit(face_points(turn=turn))
    rest = placement.to_face(face_points(turn=turn))
    return placement.to_image(rest + supported().displacement(shapes(**named)))


def measured(yaw: float = 0.0, **named: float) -> tuple[Floats, npt.NDArray[np.float64]]:
    """What the mixer is told of such a face."""
    face = points(yaw, **named)
    placement = FacePlacement.fit(face)
    return placement.to_face(face)[MEASURED], placement.rotation


def webp(pixels: Pixels, quality: float = 0.9) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "WEBP", quality=round(100 * quality))
    return file.getvalue()


async def encode(pixels: Pixels, quality: float) -> bytes:
    return webp(pixels, quality)


def expression(
    *regions: Region, yaw: float = 0.0, colour: tuple[int, int, int] = (90, 120, 40), **named: float
) -> Expression:
    """A picture with patches of one colour; of all regions where none is named."""
    face = points(yaw, **named)
    patches = []
    for region in regions or tuple(Region):
        box = patch_box(face, region)
        image = webp(np.full((box.height, box.width, 3), colour, dtype=np.uint8))
        place = (float(box.left), float(box.top), 1.0)
        patches.append(Patch(region, image, box.width, box.height, *place))
    return Expression(face, shapes(**named), tuple(patches))


def noise(seed: int, colour: tuple[int, int, int] = (190, 150, 130), grain: float = 12.0) -> Pixels:
    """A picture of grainy skin, as large as the portraits of these tests."""
    waves = np.random.default_rng(seed).normal(0.0, grain, (HEIGHT, WIDTH, 1))
    return np.clip(np.array(colour) + waves, 0, 255).astype(np.uint8)


def photo(
    seed: int = 0, pixels: Pixels | None = None, yaw: float = 0.0, **named: float
) -> SetPicture:
    """A photo of the mean face."""
    face = points(yaw, **named)
    return SetPicture(noise(seed) if pixels is None else pixels, face, shapes(**named))
