"""Frames of a film, live or from a file, and the light on a face in them."""

from __future__ import annotations

from typing import Any, Final, Self

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.errors import PhotoError
from persona_core.portrait.making.face_light import (
    SIDE,
    FaceLight,
    face_light,
    face_square,
    in_square,
)
from persona_web.bridge.page import Element
from persona_web.bridge.site import Site

SCRIPT: Final = "bridge/media/film_frames.js"


class LightMeter:
    """Measures the light on a face in a ``<video>`` or an ``ImageBitmap``."""

    def __init__(self, module: Any) -> None:
        self._part = module.createPart(SIDE)
        self._pixels = np.empty((SIDE, SIDE, 4), dtype=np.uint8)

    @classmethod
    async def load(cls, site: Site) -> Self:
        return cls(await site.load(SCRIPT))

    def of(self, source: Any, points: Floats) -> FaceLight:
        """The light on a face.

        Args:
            source: the JavaScript picture.
            points: (478, 3) landmarks in its pixels.
        """
        square = face_square(points)
        self._part.read(source, *square).assign_to(self._pixels.reshape(-1))
        return face_light(self._pixels, in_square(points, square))


class LiveFrames:
    """What a ``<video>`` shows at the moment."""

    def __init__(self, module: Any, video: Element) -> None:
        self._module = module
        self._video = video.node
        self._meter = LightMeter(module)

    @classmethod
    async def load(cls, site: Site, video: Element) -> Self:
        return cls(await site.load(SCRIPT), video)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels; 0 before there is one."""
        return int(self._video.videoWidth), int(self._video.videoHeight)

    async def grab(self) -> Any | None:
        """The frame shown now as a JavaScript ``ImageBitmap``; None before there is one."""
        return await self._module.grabFrame(self._video)

    def light(self, points: Floats) -> FaceLight:
        """The light on a face whose landmarks, (478, 3), are in pixels of the picture."""
        return self._meter.of(self._video, points)


class Clip:
    """A video file, frame by frame.

    Attributes:
        seconds: how long it is; 0 where the file does not say.
    """

    def __init__(self, clip: Any) -> None:
        self._clip = clip
        self.seconds = float(clip.seconds)

    @classmethod
    async def open(cls, site: Site, file: Any) -> Self:
        """Opens a JavaScript ``File``.

        Raises:
            PhotoError: ``clip-unsupported``, ``clip-no-picture`` or ``clip-slow``.
        """
        module = await site.load(SCRIPT)
        clip = await module.openClip(file)
        code = getattr(clip, "code", None)
        if code is not None:
            raise PhotoError(str(clip.detail), code=str(code))
        return cls(clip)

    async def frame(self, seconds: float) -> Any | None:
        """The frame at a time as a JavaScript ``ImageBitmap``; None where it cannot be shown."""
        return await self._clip.frame(seconds)

    def close(self) -> None:
        self._clip.close()
