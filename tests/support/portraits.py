"""Portraits for tests, without a photo: the canonical face, looking straight ahead."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from persona_core.face import blendshapes
from persona_core.face.landmarks import canonical_points
from persona_core.portrait.portrait import Portrait

SIZE = 256
PX_PER_CM = 10.0


def canonical_portrait(colour: str = "white") -> Portrait:
    """A valid portrait of 256 x 256 pixels, whose photo is nothing but a colour."""
    points = canonical_points() * np.array([1.0, -1.0, -1.0]) * PX_PER_CM
    points[:, :2] += SIZE / 2
    photo = io.BytesIO()
    Image.new("RGB", (SIZE, SIZE), colour).save(photo, "WEBP")
    return Portrait(
        image=photo.getvalue(),
        width=SIZE,
        height=SIZE,
        landmarks=points.astype(np.float32),
        blendshapes=np.zeros(blendshapes.COUNT, np.float32),
    )
