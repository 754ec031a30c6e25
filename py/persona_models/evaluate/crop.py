"""``FaceCrop``: the square about a face that reenactment is scored in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from persona_core.base.arrays import Floats
from persona_core.face import landmarks
from persona_models.faces.tracks import Picture

SIZE = 256
SCALE = 2.3
"""Side of the crop in sizes of the face, as LivePortrait crops its source."""
RAISE = 0.125
"""How much higher than the face's middle the crop's middle lies, in sides: hair needs room."""


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """A square of a picture.

    Attributes:
        left: of the square in the picture's pixels; may lie outside of it.
        top: likewise.
        side: length in the picture's pixels.
        size: length in the crop's own pixels.
    """

    left: float
    top: float
    side: float
    size: int = SIZE

    @classmethod
    def of(cls, points: Floats, scale: float = SCALE, size: int = SIZE) -> FaceCrop:
        """The crop about a face, measured from its brows to its chin.

        Args:
            points: (478, 3) landmarks in pixels.
            scale: side in sizes of the face.
            size: of the crop in its own pixels.
        """
        oval = points[landmarks.OVAL, :2]
        eyes = points[[landmarks.EYE_LEFT[0], landmarks.EYE_RIGHT[0]], 1].mean()
        brows = points[np.concatenate([landmarks.BROW_LEFT, landmarks.BROW_RIGHT]), :2]
        face = np.concatenate([oval[oval[:, 1] > eyes], brows])
        low, high = face.min(axis=0), face.max(axis=0)
        side = float((high - low).max()) * scale
        middle = (low + high) / 2.0 - np.array([0.0, RAISE * side])
        left, top = (middle - side / 2.0).tolist()
        return cls(left, top, side, size)

    def picture(self, picture: Picture) -> Picture:
        """What it shows, (size, size, 3); beyond the picture its border goes on."""
        height, width = picture.shape[:2]
        spare = int(np.ceil(max(0.0, -self.left, -self.top))) + 1
        over = max(self.left + self.side - width, self.top + self.side - height, 0.0)
        spare = max(spare, int(np.ceil(over)) + 1)
        padded = np.pad(picture, ((spare, spare), (spare, spare), (0, 0)), mode="edge")
        left, top = self.left + spare, self.top + spare
        box = (left, top, left + self.side, top + self.side)
        resized = Image.fromarray(padded).resize(
            (self.size, self.size), Image.Resampling.BILINEAR, box=box
        )
        return np.asarray(resized)

    def points(self, points: Floats) -> Floats:
        """Landmarks (..., 3) of the picture in the crop's pixels."""
        zoom = self.size / self.side
        offset = np.array([self.left, self.top, 0.0])
        return np.asarray((points - offset) * zoom, dtype=np.float32)

    def inside(self, width: int, height: int) -> tuple[int, int, int, int]:
        """The part of the crop that the picture fills: left, top, right, bottom in its pixels."""
        zoom = self.size / self.side
        left, top = np.ceil(np.clip(np.array([-self.left, -self.top]) * zoom, 0.0, self.size))
        corner = np.array([width - self.left, height - self.top]) * zoom
        right, bottom = np.floor(np.clip(corner, 0.0, self.size))
        return int(left), int(top), int(right), int(bottom)
