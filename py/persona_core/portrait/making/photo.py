"""From faces found in a photo to the one that becomes a portrait, or the reason why none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.errors import PhotoError
from persona_core.face import blendshapes, landmarks, quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.face_frame import FacePlacement
from persona_core.portrait.portrait import MAX_SIDE, MIN_SIDE

MIN_FACE_WIDTH: Final = 80.0
"""Pixels of the photo across a face, ear to ear: less shows no eyes worth moving."""
BYSTANDER: Final = 0.45
"""Whose face is smaller than this share of the largest one stands in the background."""
MAX_TURN_DEGREES: Final = 22.0
"""From the camera: beyond, the far cheek is not in the photo and tears when the head turns back."""
MATTE_ON_FACE: Final = 0.97
"""Share of a face's landmarks that a matte must hold; drawn faces it often cuts to pieces."""
EYES_CLOSED: Final = 0.55
MOUTH_OPEN: Final = 0.35
DARK: Final = 0.2
"""Mean luma of a face's box: below, eyes and lips are hardly to be seen."""
TOO_DARK: Final = 0.08
"""Likewise: below, the teeth that are drawn would shine out of the dark."""
CROP_SCALE: Final = 2.3
"""Side of the crop in sizes of the face, brows to chin, as LivePortrait crops its sources."""
CROP_RAISE: Final = 0.125
"""How much higher than the face's middle the crop's middle lies, in sides: hair needs room."""
MAX_OUTSIDE: Final = 0.04
"""Share of the oval's points that may lie outside the photo."""
SAME_FACE: Final = 0.1
"""Widths of a face that its middle may lie aside when it is found again."""
FACE_VALUES: Final = landmarks.COUNT * 3 + blendshapes.COUNT
"""Numbers of one face in what the photo worker posts."""


class Note(StrEnum):
    """What a photo would be better without; each has a sentence ``photo.note.<value>``."""

    EYES_CLOSED = "eyes-closed"
    MOUTH_OPEN = "mouth-open"
    DARK = "dark"
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

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height about its outline, pixels."""
        oval = self.landmarks[landmarks.OVAL, :2]
        (left, top), (width, height) = oval.min(axis=0).tolist(), np.ptp(oval, axis=0).tolist()
        return left, top, width, height


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


def choose_face(
    faces: Sequence[FoundFace], width: int, height: int, most_turn: float = MAX_TURN_DEGREES
) -> FoundFace:
    """The face of a portrait.

    Args:
        faces: all that were found.
        width: of the photo in pixels.
        height: likewise.
        most_turn: degrees that it may look past the camera.

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
    if turn > most_turn:
        raise PhotoError(f"turned away by {turn:.0f} degrees", code="photo-profile")
    return largest


def face_again(faces: Sequence[FoundFace], face: FoundFace, box: CropBox) -> FoundFace:
    """A photo's face in the portrait cut out of it, where it is seen larger and found better.

    Args:
        faces: those found in the portrait's image.
        face: in pixels of the photo.
        box: the portrait in the photo.

    Returns:
        The same face in pixels of the portrait; where it was not found again, as it was found.
    """
    expected = box.points(face.landmarks)

    def apart(other: FoundFace) -> float:
        return float(np.linalg.norm((other.landmarks - expected)[:, :2].mean(axis=0)))

    closest = min(faces, key=apart, default=None)
    if closest is not None and apart(closest) < SAME_FACE * closest.width:
        return closest
    return FoundFace(expected, face.blendshapes)


def turned_degrees(face: FoundFace) -> float:
    """How far a face looks past the camera, in degrees; a tilt to the shoulder does not count."""
    rotation = quaternion.from_matrix(FacePlacement.fit(face.landmarks).rotation)
    yaw, pitch, _ = quaternion.to_yaw_pitch_roll(rotation)
    return float(np.hypot(yaw, pitch))


def matte_holds(matte: npt.NDArray[np.uint8], face: FoundFace, width: int, height: int) -> bool:
    """Whether the person that was told from the background has their whole face.

    Args:
        matte: (rows, columns) uint8, 255 on the person.
        face: in pixels of the portrait.
        width: of the portrait, pixels.
        height: likewise.
    """
    rows, columns = matte.shape
    places = face.landmarks[:, :2] * (columns / width, rows / height)
    column, row = places.astype(int).T
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    return bool((matte[row[inside], column[inside]] > 127).mean() >= MATTE_ON_FACE)


def notes_on(face: FoundFace, brightness: float) -> tuple[Note, ...]:
    """What to tell of a photo that became a portrait.

    Args:
        face: as it was found.
        brightness: mean luma of the face's box, in [0, 1].

    Raises:
        PhotoError: ``photo-too-dark``.
    """
    if brightness < TOO_DARK:
        raise PhotoError(f"brightness {brightness:.2f}", code="photo-too-dark")
    notes, shapes = [], face.blendshapes
    if brightness < DARK:
        notes.append(Note.DARK)
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
