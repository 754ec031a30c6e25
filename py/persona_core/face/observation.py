"""``FaceObservation``: what the tracker saw in one camera frame, checked once at this edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import blendshapes
from persona_core.face.pose import HeadPose

ARRAY_LENGTH = 3 + blendshapes.COUNT + 16
"""Numbers in the flat array that the tracker worker posts: 71."""
LANDMARK_COUNT = 478
DETAILED_LENGTH = ARRAY_LENGTH + 3 * LANDMARK_COUNT
"""The same where landmarks are wanted: 1505."""

_JUNK = 1e15  # thirty thousand years in ms; false for NaN too


@dataclass(frozen=True, slots=True, eq=False)
class FaceObservation:
    """One face in one camera frame, as the tracker gave it: not filtered, not calibrated.

    Attributes:
        time_ms: when the frame was captured, on our monotonic clock.
        done_ms: when the tracker had finished with it, same clock.
        blendshapes: (52,) float32 in [0, 1].
        pose: the head in camera space.
        landmarks: (478, 3) float32, pixels: x right, y down, z negative towards the viewer;
            None where they were not asked for.
        faces: how many that are about as near were seen, this one among them; always 1 where nobody
            else is looked for.
    """

    time_ms: float
    done_ms: float
    blendshapes: Floats
    pose: HeadPose
    landmarks: Floats | None = None
    faces: int = 1

    @classmethod
    def from_array(cls, values: npt.NDArray[np.float64]) -> FaceObservation | None:
        """Reads (71,) float64: ``[found 0|1|2, capture_ms, done_ms, 52 blendshapes, 16 matrix]``,
        or (1505,): the same and ``[478 x (x, y, z)]``.

        None where there is no face to use: not found, a number that is not finite, or a
        matrix that is no pose. Blendshapes outside [0, 1] are clipped.

        Raises:
            ValueError: another number of values.
        """
        if values.shape not in ((ARRAY_LENGTH,), (DETAILED_LENGTH,)):
            raise ValueError(f"an observation has {ARRAY_LENGTH} numbers, not {values.shape}")
        if values[0] < 1.0 or not (np.abs(values) < _JUNK).all():
            return None
        pose = HeadPose.from_matrix(values[3 + blendshapes.COUNT : ARRAY_LENGTH])
        if pose is None:
            return None
        shapes = np.clip(values[3 : 3 + blendshapes.COUNT], 0.0, 1.0).astype(np.float32)
        points = None
        if len(values) == DETAILED_LENGTH:
            points = values[ARRAY_LENGTH:].reshape(LANDMARK_COUNT, 3).astype(np.float32)
        return cls(float(values[1]), float(values[2]), shapes, pose, points, int(values[0]))


@dataclass(frozen=True, slots=True)
class Sighting:
    """What the tracker made of one camera frame; times in ms of the page's clock."""

    captured_ms: float
    done_ms: float
    face: FaceObservation | None
