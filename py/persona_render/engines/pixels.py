"""Photos as numbers. They come from anybody: nothing is decoded that is not as its header says."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from persona_core.errors import PortraitError
from persona_core.portrait.expressions.expression import Patch
from persona_core.portrait.file.image_header import image_size, image_type
from persona_core.portrait.portrait import Portrait

FORMATS: Final = ("JPEG", "WEBP")
MOST_SCANS: Final = 32
"""Passes of a JPEG over its pixels; encoders make ten at most, and a hostile one thousands."""
_SCAN: Final = b"\xff\xda"


def decoded(picture: Portrait | Patch) -> npt.NDArray[np.uint8]:
    """(height, width, 4) sRGB of what is to be seen.

    Raises:
        PortraitError: it cannot be decoded, or is not as large as it says.
    """
    said = (picture.width, picture.height)
    if image_size(picture.image) != said:
        raise PortraitError(f"an image of {image_size(picture.image)}, said to be {said}")
    if image_type(picture.image) == "image/jpeg" and picture.image.count(_SCAN) > MOST_SCANS:
        raise PortraitError("a JPEG of too many scans")
    try:
        with Image.open(io.BytesIO(picture.image), formats=FORMATS) as image:
            if image.size != said:
                raise PortraitError(f"an image of {image.size}, said to be {said}")
            return np.asarray(image.convert("RGBA"))
    except PortraitError:
        raise
    except Exception as error:  # whatever the codec says of it
        raise PortraitError(f"the image: {error}") from None
