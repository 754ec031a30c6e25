"""Makes observations of an invented face, as a tracker would deliver them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from persona_core.face import blendshapes, quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.observation import ARRAY_LENGTH, FaceObservation


def flat_observation(
    time_ms: float,
    shapes: dict[Blendshape, float] | None = None,
    angles: tuple[float, float, float] = (0.0, 0.0, 0.0),
    place_cm: tuple[float, float, float] = (0.0, 0.0, -50.0),
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The worker's array for a face turned by (yaw, pitch, roll) degrees at ``place_cm``."""
    values = np.zeros(ARRAY_LENGTH)
    values[:3] = 1.0, time_ms, time_ms + 20.0
    for shape, value in (shapes or {}).items():
        values[3 + shape] = value
    w, x, y, z = quaternion.from_yaw_pitch_roll(*angles).tolist()
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, 3] = place_cm
    values[3 + blendshapes.COUNT :] = matrix.T.ravel()
    return values


@pytest.fixture(scope="session")
def flat() -> Callable[..., np.ndarray[Any, np.dtype[np.float64]]]:
    """Builds the flat array of an observation."""
    return flat_observation


@pytest.fixture(scope="session")
def seen() -> Callable[..., FaceObservation]:
    """Builds an observation; arguments as :func:`flat_observation`."""

    def observe(*args: Any, **kwargs: Any) -> FaceObservation:
        observation = FaceObservation.from_array(flat_observation(*args, **kwargs))
        assert observation is not None
        return observation

    return observe
