"""``FacePlacement``: where a face lies in an image, and the frame of the face itself.

The face frame is that of MediaPipe's canonical face: centimetres, x to the person's left (the
right of an unmirrored image), y up, z out of the face. Image points are pixels: x right, y down,
z away from the viewer. MediaPipe's landmarks become that when x and z are multiplied by the
image's width and y by its height. The projection is a weak perspective: one
scale for the whole face, which is what MediaPipe's landmarks assume.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from persona_core.errors import PersonaError
from persona_core.face import landmarks

Points = npt.NDArray[np.float32]

_IMAGE_AXES = np.array([1.0, -1.0, -1.0])
_MIN_SPREAD = 1e-3
"""Points whose spread is less, in pixels, are one point and have no placement."""


class LandmarkError(PersonaError):
    """Landmarks that are no face: of a wrong shape, not finite, or all in one spot."""

    default_code = "bad-landmarks"


@dataclass(frozen=True, slots=True, eq=False)
class FacePlacement:
    """The similarity that takes the face frame to an image.

    Attributes:
        scale: pixels per centimetre, > 0.
        rotation: (3, 3) float64, the head's turn in the axes of
            :class:`~persona_core.face.params.FaceParams`; the unit matrix faces the camera.
        translation: (3,) float64, pixels, where the face frame's origin lies in the image.
    """

    scale: float
    rotation: npt.NDArray[np.float64]
    translation: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, points: npt.NDArray[np.floating]) -> FacePlacement:
        """The placement that lays the canonical face's stable points over those of a face.

        Least squares over rotation, scale and translation (S. Umeyama, "Least-squares
        estimation of transformation parameters between two point patterns", 1991).

        Args:
            points: (478, 3) landmarks in pixels, of an image of any size.

        Raises:
            LandmarkError: another shape, numbers that are not finite, or no extent.
        """
        if points.shape != (landmarks.COUNT, 3):
            raise LandmarkError(f"landmarks have shape (478, 3), not {points.shape}")
        seen = points[landmarks.STABLE].astype(np.float64)
        if not np.isfinite(points).all() or np.ptp(seen, axis=0).max() < _MIN_SPREAD:
            raise LandmarkError("landmarks that are not finite or have no extent")
        model, model_centre, model_size = _stable_model()
        seen_centre = seen.mean(axis=0)
        turned = (seen - seen_centre) * _IMAGE_AXES
        covariance = turned.T @ model
        left, stretch, right = np.linalg.svd(covariance)
        # A reflection would fit better where this is negative.
        handed = np.array([1.0, 1.0, math.copysign(1.0, _determinant(covariance))])
        rotation = (left * handed) @ right
        scale = float((stretch * handed).sum()) / model_size
        translation = seen_centre - scale * (rotation @ model_centre) * _IMAGE_AXES
        return cls(scale, rotation, translation)

    def to_face(self, points: npt.NDArray[np.floating]) -> Points:
        """Image points (..., 3) in the face frame: float32, cm."""
        level = (points - self.translation) * _IMAGE_AXES
        return np.asarray(level @ self.rotation / self.scale, dtype=np.float32)

    def to_image(self, points: npt.NDArray[np.floating]) -> Points:
        """Points (..., 3) of the face frame in the image: float32, pixels."""
        turned = points @ self.rotation.T * (self.scale * _IMAGE_AXES)
        return np.asarray(turned + self.translation, dtype=np.float32)


def _determinant(matrix: npt.NDArray[np.float64]) -> float:
    """Of (3, 3); numpy's takes several times as long for one so small."""
    (a, b, c), (d, e, f), (g, h, i) = matrix.tolist()
    return float(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))


@cache
def _stable_model() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]:
    """The canonical face's stable points about their centre, that centre, their squares' sum."""
    model = landmarks.canonical_points()[landmarks.STABLE].astype(np.float64)
    centre = model.mean(axis=0)
    model -= centre
    return model, centre, float((model**2).sum())
