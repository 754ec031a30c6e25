"""``PersonMetric``: how unlike two faces are, in what tells people apart.

Distances between the points that expressions hardly move are weighed: what differs between people
counts, and what one person's face does in talking and grimacing does not (a two-covariance model,
S. Ioffe, "Probabilistic linear discriminant analysis", 2006). A turned head is seen otherwise, so
the further two heads are turned from each other, the more may differ. How it was fitted, and that
it takes about every second stranger for the person, is told in ``docs/experiments/portrait.md``.
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Doubles, Floats
from persona_core.errors import BootError
from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement

METRIC_FILE: Final = "person_metric.npz"
TURN_ALLOWANCE: Final = 20.0
"""What the square of the angle between two heads, radians, adds to 1 and divides what their faces
differ by."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonMetric:
    """Treat the array as read-only.

    Attributes:
        axes: (k, 78) float32: from the 26 stable points of a face (:func:`stable_shape`) to k axes,
            on which the limit lies at 1.
    """

    axes: Floats

    @classmethod
    def load(cls) -> PersonMetric:
        """The one that ships with the package; read once.

        Raises:
            BootError: the package was built without it.
        """
        return _shipped()

    def unlikeness(
        self, first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]
    ) -> float:
        """At least 0; above 1 the two are taken for different people.

        Args:
            first: (478, 3) landmarks in pixels of one picture.
            second: the same of another.

        Raises:
            LandmarkError: one of them is no face.
        """
        (one, this_way), (other, that_way) = (stable_shape(points) for points in (first, second))
        apart = self.axes @ (one - other)
        cosine = (float((this_way * that_way).sum()) - 1.0) / 2.0
        turned = math.acos(min(max(cosine, -1.0), 1.0))
        return float(apart @ apart) / (1.0 + TURN_ALLOWANCE * turned**2)

    def to_bytes(self) -> bytes:
        """The file."""
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, axes=self.axes.astype(np.float32))
        return file.getvalue()


def same_person(first: npt.NDArray[np.floating], second: npt.NDArray[np.floating]) -> bool:
    """Whether two faces, (478, 3) landmarks in pixels, may be one person's.

    About every second stranger may be, so it is no proof of who somebody is.
    """
    return PersonMetric.load().unlikeness(first, second) <= 1.0


def stable_shape(points: npt.NDArray[np.floating]) -> tuple[Doubles, Doubles]:
    """What is compared of a face: (78,) its stable points, cm in the face frame, as the mean of the
    face and its mirror image; and (3, 3) the turn of its head.

    Args:
        points: (478, 3) landmarks in pixels.
    """
    placement = FacePlacement.fit(points)
    face = placement.to_face(points).astype(np.float64)
    # Light and half a smile make the sides differ, more than people do.
    mirrored = face[landmarks.mirror_order()] * (-1.0, 1.0, 1.0)
    level = ((face + mirrored) / 2.0)[landmarks.STABLE]
    return level.ravel(), placement.rotation


@cache
def _shipped() -> PersonMetric:
    try:
        data = resources.files(__package__).joinpath(METRIC_FILE).read_bytes()
    except OSError as error:
        raise BootError(f"{METRIC_FILE} is missing from the package: {error}") from error
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        axes = file["axes"].astype(np.float32)
    axes.setflags(write=False)
    return PersonMetric(axes)
