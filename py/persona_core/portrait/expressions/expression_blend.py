"""``ExpressionBlend``: which pictures of a set show a frame, and where their irises have gone.

A patch is bent by the rims of lids and lips, so whatever lies between two lids keeps its place
between them: an iris would stay where it was when the picture was taken. How far it has to go is
worked out here, and the shaders shift what lies about it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from persona_core.base.arrays import Doubles, Floats
from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.portrait import layout
from persona_core.portrait.contours import Contours
from persona_core.portrait.expressions.expression import Expression, Region
from persona_core.portrait.expressions.eye_pair import EYES
from persona_core.portrait.expressions.mixing import PLACES, Mixer
from persona_core.portrait.expressions.regions import MEASURED
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rims import LOOPS, STARTS

Spot = tuple[float, float]

IRISES: Final = (int(landmarks.IRIS_RIGHT[0]), int(landmarks.IRIS_LEFT[0]))
IRIS_CM: Final = 0.59
"""An iris' radius: 11.7 mm across in adults, whoever it is (F. Rüfer et al., "White-to-white
corneal diameter", 2005)."""
MAX_SHIFT_CM: Final = 0.6
"""Further no iris goes: beyond lies the corner of the eye."""
REACH: Final = 1.8
"""How far beyond the iris its shift fades out, in shifts: below 1.5 the picture would fold."""
SHUT_CM: Final = (0.12, 0.3)
"""Between these openings of the lids an iris begins to be followed: between closed ones there is
none."""
_ROUNDS: Final = 3


class ExpressionBlend:
    """The expressions of one portrait.

    Args:
        portrait: the base.
        expressions: in the order in which the painter knows them.
        basis: the rig's.
    """

    def __init__(
        self, portrait: Portrait, expressions: Sequence[Expression], basis: LandmarkBasis
    ) -> None:
        self._irises = np.searchsorted(MEASURED, IRISES)
        self._mixer = Mixer(portrait, expressions, basis)
        self._eyes = [[_EyePicture.of(each, eye) for each in expressions] for eye in (0, 1)]

    def follow(
        self,
        points: Floats,
        contours: Contours,
        placement: FacePlacement,
        head: Doubles,
        now_ms: float,
        values: Floats,
    ) -> None:
        """Writes ``SHARES`` and ``GAZES`` of a frame.

        Args:
            points: (m, 3) of the frame, cm in the face frame, at ``regions.MEASURED``.
            contours: of the frame.
            placement: of the head.
            head: (3, 4) its rows.
            now_ms: display time on a monotonic clock.
            values: (VECTORS, 4), written to.
        """
        mix = self._mixer.mix(points, placement.rotation, now_ms).places
        shares = values[layout.SHARES : layout.GAZES].reshape(len(Region), -1)
        shares[:, : 2 * PLACES] = mix.reshape(len(Region), -1)
        values[layout.GAZES : layout.WEIGHTS] = 0.0
        for eye, region in enumerate(EYES):
            shown = [(int(number), weight) for number, weight in mix[region].tolist()]
            if all(number < 0 or weight <= 0.0 for number, weight in shown):
                continue
            rim = contours.points[STARTS[eye] : STARTS[eye] + len(LOOPS[eye]), :2].tolist()
            iris = points[self._irises[eye]]
            between = _Between.of(rim, float(iris[0]), float(iris[1]))
            if between is None:
                continue
            gaze, furthest = [0.0] * 8, 0.0
            for place, (number, weight) in enumerate(shown):
                picture = self._eyes[eye][number] if number >= 0 and weight > 0.0 else None
                if picture is not None:
                    x, y, length_cm = picture.shift(between)
                    gaze[2 * place : 2 * place + 2] = x, y
                    furthest = max(furthest, length_cm)
            x, y = (head[:2, :3] @ iris + head[:2, 3]).tolist()
            radius = IRIS_CM * placement.scale
            reach = radius + max(0.3 * radius, REACH * furthest * placement.scale)
            at = layout.GAZES + 3 * eye
            values[at : at + 3].reshape(-1)[:] = (x, y, radius, reach, *gaze)


class _Between(NamedTuple):
    """Where a point lies between the two rims of an opening.

    Attributes:
        column: from one corner (0) to the other (half the loop's points) along the rims.
        height: 0 on the lower rim, 1 on the upper one.
        open: how far the eye is open to be looked out of, in [0, 1].
    """

    column: float
    height: float
    open: float

    @classmethod
    def of(cls, rim: Sequence[Spot], x: float, y: float) -> _Between | None:
        """Of a loop that begins at a corner; None where it is shut or has no width."""
        columns = len(rim) // 2
        (left, low), (right, high) = rim[0], rim[columns]
        across, down = right - left, high - low
        along = x * across + y * down
        lower = [a * across + b * down for a, b in rim[: columns + 1]]
        upper = [lower[0], *(a * across + b * down for a, b in rim[:columns:-1]), lower[-1]]
        column, height, square = 0.0, 0.5, 0.0
        for _ in range(_ROUNDS):  # columns lean: the one through the point depends on its height
            first, start, end = 0, lower[0], lower[0]
            for first in range(columns):
                start = lower[first] + height * (upper[first] - lower[first])
                end = lower[first + 1] + height * (upper[first + 1] - lower[first + 1])
                if along < end:
                    break
            if end <= start:
                return None
            column = first + min(1.0, max(0.0, (along - start) / (end - start)))
            (left, low), (right, high) = _across(rim, column)
            square = (right - left) ** 2 + (high - low) ** 2
            if square < SHUT_CM[0] ** 2:
                return None
            height = ((x - left) * (right - left) + (y - low) * (high - low)) / square
            height = min(1.5, max(-0.5, height))
        start, full = SHUT_CM
        return cls(column, height, min(1.0, (math.sqrt(square) - start) / (full - start)))


class _EyePicture:
    """One eye as an expression's patch shows it, in sides of the patch."""

    __slots__ = ("_iris", "_rim", "_side_cm")

    def __init__(self, rim: Sequence[Spot], iris: Spot, side_cm: tuple[float, float]) -> None:
        self._rim = rim
        self._iris = iris
        self._side_cm = side_cm

    @classmethod
    def of(cls, expression: Expression, eye: int) -> _EyePicture | None:
        """None where the expression does not show it."""
        patch = expression.patch(EYES[eye])
        if patch is None:
            return None
        points = expression.landmarks
        width, height = patch.width * patch.pixels, patch.height * patch.pixels
        scale = FacePlacement.fit(points).scale
        spots = points[[*LOOPS[eye], IRISES[eye]], :2] - (patch.left, patch.top)
        *rim, iris = ((x / width, y / height) for x, y in spots.tolist())
        return cls(rim, iris, (width / scale, height / scale))

    def shift(self, between: _Between) -> tuple[float, float, float]:
        """From where the frame's iris is bent to, to where this picture has it: x, y in sides of
        the patch, and its length in cm."""
        (left, low), (right, high) = _across(self._rim, between.column)
        wide, tall = self._side_cm
        x = self._iris[0] - left - between.height * (right - left)
        y = self._iris[1] - low - between.height * (high - low)
        length = math.hypot(x * wide, y * tall)
        share = between.open * min(1.0, MAX_SHIFT_CM / max(length, 1e-6))
        return x * share, y * share, length * share


def _across(rim: Sequence[Spot], column: float) -> tuple[Spot, Spot]:
    """Where a column meets the lower and the upper side of a loop that begins at a corner."""
    count = len(rim)
    first = min(int(column), count // 2 - 1)
    share = column - first
    (ax, ay), (bx, by) = rim[first], rim[first + 1]
    (cx, cy), (dx, dy) = rim[-first], rim[count - first - 1]
    return (
        (ax + share * (bx - ax), ay + share * (by - ay)),
        (cx + share * (dx - cx), cy + share * (dy - cy)),
    )
