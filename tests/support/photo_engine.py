"""An engine of somebody else, as an example: the photo as it is, darker the wider the mouth.

What makes it an engine of the render server is one entry point of the package that it comes in::

    [project.entry-points."persona_render.engines"]
    photo = "my_package.photo_engine:PhotoEngine"
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams
from persona_core.portrait.expressions.portrait_set import PortraitSet
from persona_render.engines.engine import EngineOptions, Picture
from persona_render.engines.pixels import decoded


class PhotoSession:
    square = None  # the whole photo, pressed into one

    def __init__(self, portrait: PortraitSet, side: int) -> None:
        photo = Image.fromarray(decoded(portrait.base)).convert("RGB")
        self._photo = np.asarray(photo.resize((side, side)))

    def render(self, params: FaceParams) -> Picture:
        light = 1.0 - 0.8 * float(params.blendshapes[Blendshape.JAW_OPEN])
        return np.asarray(self._photo * light, dtype=np.uint8)

    def close(self) -> None:
        self._photo = np.zeros((0, 0, 3), np.uint8)


class PhotoEngine:
    name = "photo"
    sides = (64, 256)

    def __init__(self, options: EngineOptions) -> None:
        self.options = options

    def open(self, portrait: PortraitSet, side: int) -> PhotoSession:
        return PhotoSession(portrait, side)

    def close(self) -> None:
        pass
