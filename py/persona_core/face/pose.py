"""Where a head is and where it faces, read from MediaPipe's facial transformation matrix.

The matrix takes the canonical face model to camera space, in centimetres: the camera at the
origin looking down -z, x right in the image, y up. Its numbers come in column-major order, as
``facialTransformationMatrixes[i].data`` holds them.

Lengths across the image are given in face-widths, which hold for every face and camera: the
model's scale is fitted to each face, so a child's centimetres are not real ones. A face x
face-widths off the optical axis appears x of its own apparent widths off the image's centre,
however far away it is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import quaternion

FACE_WIDTH_CM = 15.3
"""Ear to ear in MediaPipe's canonical face model: vertices 234 and 454 lie at x = -+7.664 cm."""

MIN_DISTANCE_CM = 5.0
MAX_DISTANCE_CM = 1000.0
_MAX_SKEW = 0.2  # of a unit: how far the axes may be from orthonormal before we call it junk


@dataclass(frozen=True, slots=True, eq=False)
class HeadPose:
    """A head in camera space.

    Attributes:
        rotation: (4,) float32 unit quaternion from the canonical face, which faces the camera.
        translation: (2,) float32, right and up of the optical axis, in face-widths.
        distance_cm: from the camera's plane, > 0.
    """

    rotation: Floats
    translation: Floats
    distance_cm: float

    @classmethod
    def from_matrix(cls, matrix: npt.NDArray[np.floating]) -> HeadPose | None:
        """The pose in 16 numbers, column-major; a (4, 4) array holds them one column a row.

        None if the matrix is not finite, not a rotation and a translation, or puts the face
        behind the camera or out of any camera's reach: the tracker has lost its hold then.

        Raises:
            ValueError: not 16 numbers.
        """
        values = matrix.ravel()
        if values.size != 16:
            raise ValueError(f"a transformation matrix has 16 numbers, not {values.size}")
        x, y, z = values[12:15].tolist()
        if not MIN_DISTANCE_CM <= -z <= MAX_DISTANCE_CM or not math.isfinite(x + y):
            return None
        axes = values.reshape(4, 4)[:3, :3]  # one axis a row: the transposed rotation
        if not np.abs(axes).max() < 1.0 + _MAX_SKEW:  # NaN too, and what would overflow below
            return None
        if np.abs(axes @ axes.T - _UNIT).max() >= _MAX_SKEW or not _is_right_handed(axes):
            return None
        return cls(
            rotation=quaternion.from_matrix(axes.T),
            translation=np.array([x / FACE_WIDTH_CM, y / FACE_WIDTH_CM], dtype=np.float32),
            distance_cm=-z,
        )


_UNIT = np.eye(3)


def _is_right_handed(axes: npt.NDArray[np.floating]) -> bool:
    (a, b, c), (d, e, f), (g, h, i) = axes.tolist()
    return bool(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) > 0.0)
