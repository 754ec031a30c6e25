"""``PhotoAlbum``: photographs of real people to learn from, read from one file.

The file is an ``.npz`` of portraits in the crop of :class:`~persona_models.evaluate.crop.FaceCrop`;
it is used by tools and is no part of this project.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from persona_core.base.arrays import Floats
from persona_core.face import blendshapes, landmarks
from persona_models.errors import ConversionError
from persona_models.faces.tracks import Picture

SIZE = 256
HELD_OUT = 10
"""Of the photos in the order of their names, every tenth is never trained on."""


class PhotoAlbumError(ConversionError):
    """A file that holds no album."""

    default_code = "bad-photo-album"


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """One portrait.

    Attributes:
        name: of its file in the collection that it is from.
        picture: (256, 256, 3) uint8 RGB.
        landmarks: (478, 3) float32, pixels.
        blendshapes: (52,) float32 as tracked.
    """

    name: str
    picture: Picture
    landmarks: Floats
    blendshapes: Floats

    def mirrored(self) -> Photo:
        """The same person in a mirror."""
        points = self.landmarks[landmarks.mirror_order()].copy()
        points[:, 0] = SIZE - 1.0 - points[:, 0]
        shapes = self.blendshapes[blendshapes.MIRROR_ORDER]
        return Photo(self.name, np.ascontiguousarray(self.picture[:, ::-1]), points, shapes)


class PhotoAlbum:
    """The photos of a file, in the order of their names; each is decoded when it is asked for.

    Args:
        path: an ``.npz`` file of ``jpegs`` (all files end to end, uint8), ``ends`` (where each
            ends), ``landmarks`` (N, 478, 3) in pixels, ``blendshapes`` (N, 52), ``grey``
            (whether it is black and white) and ``names``.

    Raises:
        PhotoAlbumError: it is something else.
    """

    def __init__(self, path: Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as data:
                self._data: bytes = data["jpegs"].tobytes()
                self._ends = data["ends"].astype(int)
                self._landmarks = data["landmarks"].astype(np.float32)
                self._shapes = data["blendshapes"].astype(np.float32)
                self._grey = data["grey"].astype(bool)
                self._names = [str(name) for name in data["names"]]
        except Exception as error:  # a damaged archive fails in whatever part is read first
            raise PhotoAlbumError(f"{path} is no album of photos: {error!r:.200}") from error
        count = len(self._names)
        arrays = (self._ends, self._landmarks, self._shapes, self._grey)
        shapes = tuple(array.shape for array in arrays)
        wanted = ((count,), (count, landmarks.COUNT, 3), (count, blendshapes.COUNT), (count,))
        if not count or shapes != wanted:
            raise PhotoAlbumError(f"{path} is no album of photos: arrays of the shapes {shapes}")
        self._order = sorted(range(count), key=self._names.__getitem__)

    def __len__(self) -> int:
        return len(self._order)

    def photo(self, place: int) -> Photo:
        """One photo.

        Args:
            place: in the order of the names.

        Raises:
            PhotoAlbumError: it cannot be decoded, or has another size.
        """
        number = self._order[place]
        start = int(self._ends[number - 1]) if number else 0
        try:
            with Image.open(io.BytesIO(self._data[start : int(self._ends[number])])) as image:
                # Old black and white prints are tinted, and it is no one's colour.
                known = image.convert("L" if self._grey[number] else "RGB")
                picture = np.asarray(known.convert("RGB"))
        except (OSError, ValueError) as error:
            raise PhotoAlbumError(f"{self._names[number]} cannot be decoded: {error}") from error
        if picture.shape != (SIZE, SIZE, 3):
            raise PhotoAlbumError(f"{self._names[number]} has the shape {picture.shape}")
        return Photo(self._names[number], picture, self._landmarks[number], self._shapes[number])

    def training(self) -> list[int]:
        """Places of the photos to train on."""
        return [place for place in range(len(self)) if place % HELD_OUT]

    def held_out(self) -> list[int]:
        """Places of the photos to validate on."""
        return list(range(0, len(self), HELD_OUT))

    def held_out_photos(self) -> Iterator[Photo]:
        """The photos to validate on, one after the other."""
        return (self.photo(place) for place in self.held_out())
