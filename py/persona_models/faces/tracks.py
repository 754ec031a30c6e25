"""``FaceTracks``: what the tracker saw in a row of pictures, kept in a file between runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Picture: TypeAlias = npt.NDArray[np.uint8]
"""(H, W, 3) RGB."""


@dataclass(frozen=True, slots=True, eq=False)
class FaceTracks:
    """One row a picture; rows without a face hold zeros.

    Attributes:
        found: (N,) bool, whether a face was seen.
        times_ms: (N,) float64 from the video's start; zeros if it is no video.
        landmarks: (N, 478, 3) float32, pixels: x right, y down, z negative towards the viewer.
        blendshapes: (N, 52) float32 in [0, 1].
        matrices: (N, 16) float32, the facial transformation matrix, column-major.
        sizes: (N, 2) int32, width and height of each picture.
    """

    found: npt.NDArray[np.bool_]
    times_ms: npt.NDArray[np.float64]
    landmarks: npt.NDArray[np.float32]
    blendshapes: npt.NDArray[np.float32]
    matrices: npt.NDArray[np.float32]
    sizes: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.found)

    def __getitem__(self, rows: npt.NDArray[np.generic] | slice) -> FaceTracks:
        """The rows that a slice, a mask or an index array names."""
        return FaceTracks(*(getattr(self, name)[rows] for name in self.__slots__))

    def save(self, path: Path) -> None:
        """Writes an ``.npz`` file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, **{name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def load(cls, path: Path) -> FaceTracks:
        """Reads what :meth:`save` wrote."""
        with np.load(path) as data:
            return cls(*(data[name] for name in cls.__slots__))

    def rows(self) -> npt.NDArray[np.float64]:
        """(N, 71) float64 as ``persona_core.face.observation`` lays them out."""
        found = self.found.astype(np.float64)[:, None]
        times = self.times_ms[:, None]
        return np.concatenate([found, times, times, self.blendshapes, self.matrices], axis=1)
