"""Small albums of photographs to learn from: a painted face in the place of each."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_models.data.closing import LIPS, closed
from persona_models.data.photo_album import SIZE
from persona_models.faces.sampling import filled

TEETH = (240, 238, 225)


def face(parted: float = 1.3):
    """(478, 3) the canonical face in the middle of a picture.

    Args:
        parted: how far the lips are; 1 as the canonical face's, 0 closed.
    """
    placement = FacePlacement(9.0, np.eye(3), np.array([128.0, 128.0, 0.0]))
    return placement.to_image(closed(landmarks.canonical_points(), LIPS, 1.0 - parted, 0.5))


def portrait(points, *, grey: bool = False):
    """(256, 256, 3) uint8: skin, red lips, white teeth where the lips are apart."""
    row, column = np.mgrid[:SIZE, :SIZE]
    shade = (8.0 * np.sin(row / 17.0) * np.cos(column / 23.0))[..., None]
    picture = np.array([200.0, 160.0, 140.0]) + shade
    parts = (
        (landmarks.LIPS_OUTER, (170, 60, 70)),
        (landmarks.LIPS_INNER, TEETH),
        (landmarks.EYE_RIGHT, (230, 230, 230)),
        (landmarks.EYE_LEFT, (230, 230, 230)),
        (landmarks.IRIS_RIGHT[1:], (60, 40, 20)),
        (landmarks.IRIS_LEFT[1:], (60, 40, 20)),
    )
    for loop, colour in parts:
        inside = filled(points[loop, :2], SIZE, SIZE)[..., None]
        picture = inside * np.array(colour) + (1.0 - inside) * picture
    if grey:
        picture = picture.mean(axis=2, keepdims=True).repeat(3, axis=2)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def write_album(path: Path, count: int, *, grey=()) -> Path:
    """An album of so many photos; names run against the order in the file."""
    points = face()
    files = []
    for number in range(count):
        shifted = portrait(points, grey=number in grey).astype(int) + number
        file = io.BytesIO()
        picture = np.clip(shifted, 0, 255).astype(np.uint8)
        Image.fromarray(picture).save(file, "JPEG", quality=95)
        files.append(file.getvalue())
    np.savez(
        path,
        jpegs=np.frombuffer(b"".join(files), np.uint8),
        ends=np.cumsum([len(file) for file in files]),
        landmarks=np.repeat(points[None], count, axis=0),
        blendshapes=np.zeros((count, 52), np.float16),
        grey=np.isin(np.arange(count), list(grey)),
        names=np.array([f"{count - number:04d}.jpg" for number in range(count)]),
    )
    return path
