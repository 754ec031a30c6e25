"""From faces found in a photo to the one that becomes a portrait, or the reason why none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.avatar.portrait.portrait import MAX_SIDE, MIN_SIDE
from persona_core.errors import PhotoError
from persona_core.face import blendshapes, landmarks, quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.face_frame import FacePlacement

Floats = npt.NDArray[np.float32]

MIN_FACE_WIDTH: Final = 80.0
"""Pixels of the photo across a face, ear to ear: less shows no eyes worth moving."""
BYSTANDER: Final = 0.45
"""Whose face is smaller than this share of the largest one stands in the background."""
MAX_TURN_DEGREES: Final = 32.0
"""From the camera: beyond, the far half of the face is not in the photo."""
EYES_CLOSED: Final = 0.55
MOUTH_OPEN: Final = 0.35
CROP_SCALE: Final = 2.3
"""Side of the crop in sizes of the face, brows to chin, as LivePortrait crops its sources."""
CROP_RAISE: Final = 0.125
"""How much higher than the face's middle the crop's middle lies, in sides: hair needs room."""
MAX_OUTSIDE: Final = 0.04
"""Share of the oval's points that may lie outside the photo."""
FACE_VALUES: Final = landmarks.COUNT * 3 + blendshapes.COUNT
"""Numbers of one face in what the photo worker posts."""


class Note(StrEnum):
    """What a photo would be better without; each has a sentence ``photo.note.<value>``."""

    EYES_CLOSED = "eyes-closed"
    MOUTH_OPEN = "mouth-open"
    NO_MATTE = "no-matte"
    """Person and background could not be told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """One face in a photo.

    Attributes:
        landmarks: (478, 3) float32, pixels of the photo.
        blendshapes: (52,) float32 in [0, 1].
    """

    landmarks: Floats
    blendshapes: Floats

    @property
    def width(self) -> float:
        """Pixels across the face."""
        return float(np.ptp(self.landmarks[landmarks.OVAL, 0]))


@dataclass(frozen=True, slots=True)
class CropBox:
    """A part of a photo, whole pixels, inside of it, and the size it becomes.

    Attributes:
        left: of the part in the photo.
        top: likewise.
        width: of the part in the photo.
        height: likewise.
        out_width: of the portrait's image.
        out_height: likewise.
    """

    left: int
    top: int
    width: int
    height: int
    out_width: int
    out_height: int

    def points(self, points: Floats) -> Floats:
        """Landmarks of the photo in the portrait's pixels."""
        zoom = self.out_width / self.width
        return np.asarray((points - (self.left, self.top, 0.0)) * zoom, dtype=np.float32)


def read_faces(values: npt.NDArray[np.floating], width: int, height: int) -> list[FoundFace]:
    """The faces in the photo worker's flat array.

    Args:
        values: (n * 1486,) per face 478 landmarks x, y, z, relative to the image as MediaPipe
            gives them, then 52 blendshapes.
        width: of the image that they are to be given in.
        height: likewise.
    """
    faces = []
    size = np.array([width, height, width], dtype=np.float32)
    for row in values.reshape(-1, FACE_VALUES).astype(np.float32):
        if np.isfinite(row).all():
            points = row[: landmarks.COUNT * 3].reshape(-1, 3) * size
            faces.append(FoundFace(points, row[landmarks.COUNT * 3 :].clip(0.0, 1.0)))
    return faces


def choose_face(faces: Sequence[FoundFace], width: int, height: int) -> FoundFace:
    """The face of a portrait.

    Args:
        faces: all that were found.
        width: of the photo in pixels.
        height: likewise.

    Raises:
        PhotoError: ``photo-no-face``, ``photo-several-faces``, ``photo-tiny-face``,
            ``photo-cut-off`` or ``photo-profile``.
    """
    if not faces:
        raise PhotoError("no face was found", code="photo-no-face")
    by_size = sorted(faces, key=lambda face: face.width, reverse=True)
    largest = by_size[0]
    if len(by_size) > 1 and by_size[1].width > BYSTANDER * largest.width:
        raise PhotoError(f"{len(faces)} faces", code="photo-several-faces")
    if largest.width < MIN_FACE_WIDTH:
        raise PhotoError(f"a face {largest.width:.0f} pixels wide", code="photo-tiny-face")
    oval = largest.landmarks[landmarks.OVAL, :2]
    outside = ((oval < 0.0) | (oval > (width, height))).any(axis=1)
    if outside.mean() > MAX_OUTSIDE:
        raise PhotoError("the face is cut off by the edge", code="photo-cut-off")
    turn = turned_degrees(largest)
    if turn > MAX_TURN_DEGREES:
        raise PhotoError(f"turned away by {turn:.0f} degrees", code="photo-profile")
    return largest


def turned_degrees(face: FoundFace) -> float:
    """How far a face looks past the camera, in degrees; a tilt to the shoulder does not count."""
    rotation = quaternion.from_matrix(FacePlacement.fit(face.landmarks).rotation)
    yaw, pitch, _ = quaternion.to_yaw_pitch_roll(rotation)
    return float(np.hypot(yaw, pitch))


def notes_on(shapes: Floats) -> tuple[Note, ...]:
    """What to tell of a face's expression in its photo."""
    notes = []
    if min(shapes[Blendshape.EYE_BLINK_LEFT], shapes[Blendshape.EYE_BLINK_RIGHT]) > EYES_CLOSED:
        notes.append(Note.EYES_CLOSED)
    if shapes[Blendshape.JAW_OPEN] > MOUTH_OPEN:
        notes.append(Note.MOUTH_OPEN)
    return tuple(notes)


def crop_box(face: FoundFace, width: int, height: int, longest: int = MAX_SIDE) -> CropBox:
    """Head and shoulders, as far as the photo reaches.

    Args:
        face: in pixels of the photo.
        width: of the photo.
        height: likewise.
        longest: side that the portrait's image may have.
    """
    points = face.landmarks
    oval = points[landmarks.OVAL, :2]
    eyes = float(points[[landmarks.EYE_LEFT[0], landmarks.EYE_RIGHT[0]], 1].mean())
    brows = points[np.concatenate([landmarks.BROW_LEFT, landmarks.BROW_RIGHT]), :2]
    lower = np.concatenate([oval[oval[:, 1] > eyes], brows])
    low, high = lower.min(axis=0), lower.max(axis=0)
    side = CROP_SCALE * float((high - low).max())
    middle = (low + high) / 2.0 - (0.0, CROP_RAISE * side)
    left, top = (max(0, round(float(v))) for v in middle - side / 2.0)
    right = min(width, round(float(middle[0] + side / 2.0)))
    bottom = min(height, round(float(middle[1] + side / 2.0)))
    zoom = min(longest / max(right - left, bottom - top), 1.0)
    # A small photo is enlarged here, once and well, rather than by every frame's sampling.
    zoom = max(zoom, min(2.0, longest / 2.0 / max(right - left, bottom - top)))
    out_width, out_height = (
        min(longest, max(MIN_SIDE, round(zoom * length))) for length in (right - left, bottom - top)
    )
    return CropBox(left, top, right - left, bottom - top, out_width, out_height)
