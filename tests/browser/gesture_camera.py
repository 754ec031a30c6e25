"""Photographs of hands as Chromium's fake camera: each held up for a while, over and over."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

SIZE = (640, 480)
FRAMES = 150
"""Of each photograph: five seconds, time enough to see a hand twice on a slow machine."""
BACKGROUND = (200, 195, 188)


def as_camera(photos: list[Path], target: Path) -> Path:
    """Writes the photographs as Motion JPEG, each in the middle of a plain frame."""
    with target.open("wb") as video:
        for photo in photos:
            frame = Image.new("RGB", SIZE, BACKGROUND)
            picture = Image.open(photo).convert("RGB")
            picture.thumbnail(SIZE)
            frame.paste(picture, ((SIZE[0] - picture.width) // 2, SIZE[1] - picture.height))
            jpeg = io.BytesIO()
            frame.save(jpeg, "JPEG", quality=92)
            video.write(jpeg.getvalue() * FRAMES)
    return target
