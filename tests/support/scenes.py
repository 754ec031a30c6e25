"""What the effects are shown on: pictures with mattes, and drawn characters."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from tests.support.expressions import EXPRESSIONS, params

from persona_core.drawn.characters import CHARACTERS
from persona_core.drawn.rig import Rig

Picture = npt.NDArray[np.uint8]


def data_url(picture: Picture) -> str:
    """A picture, (height, width) grey or (height, width, 3) RGB, as a PNG's data URL."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def drawn(index: int, expression: str = "smile") -> dict[str, Any]:
    """A character's drawing, as ``effects_page.js`` takes it."""
    rig = Rig(CHARACTERS[index].style)
    values = rig.pose(params(EXPRESSIONS[expression]), 0.0)
    return {
        "program": base64.b64encode(rig.program.tobytes()).decode(),
        "colours": list(rig.colours),
        "values": base64.b64encode(values.tobytes()).decode(),
    }


def checkers(height: int, width: int, size: int = 8) -> Picture:
    """Squares of blue and white."""
    y, x = np.mgrid[:height, :width]
    blue = (y // size + x // size) % 2 == 0
    return np.where(blue[..., None], [20, 40, 220], [240, 240, 240]).astype(np.uint8)


def room(height: int, width: int) -> Picture:
    """A wall in the light, and three round things before it."""
    y, x = np.mgrid[:height, :width] / min(height, width)
    wall = np.stack([210 - 70 * y, 190 - 60 * y + 25 * x, 150 + 50 * x], axis=-1)
    for left, top, radius, colour in (
        (0.2, 0.3, 0.15, (190, 60, 50)),
        (1.2, 0.2, 0.1, (40, 110, 80)),
        (1.2, 0.7, 0.2, (235, 200, 90)),
    ):
        share = np.clip((radius - np.hypot(y - top, x - left)) * 60, 0, 1)[..., None]
        wall = wall * (1 - share) + np.array(colour) * share * (0.6 + 0.4 * y[..., None])
    return np.asarray(np.clip(wall, 0, 255)).astype(np.uint8)


def disc(height: int, width: int, radius: float, feather: float = 3.0) -> Picture:
    """A matte: 255 in a disc in the middle, 0 outside of it."""
    y, x = np.mgrid[:height, :width]
    away = np.hypot(y - (height - 1) / 2, x - (width - 1) / 2)
    return (255 * np.clip((radius - away) / feather + 0.5, 0, 1)).astype(np.uint8)


def over(picture: npt.NDArray[Any], background: Picture) -> Picture:
    """(height, width, 3) of an RGBA picture before a background."""
    alpha = picture[..., 3:] / 255.0
    return np.asarray(picture[..., :3] * alpha + background * (1 - alpha)).astype(np.uint8)
