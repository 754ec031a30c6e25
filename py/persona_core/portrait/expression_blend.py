"""``ExpressionBlend``: which pictures of a set show a frame, and where their irises have gone.

A patch is bent by the rims of lids and lips, so whatever lies between two lids keeps its place
between them: an iris would stay where it was when the picture was taken. How far it has to go is
worked out here, and the shaders shift what lies about it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from persona_core.base.arrays import Doubles, Floats
from persona_core.face import landmarks
from persona_core.face.face_frame import FacePlacement
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.portrait import layout
from persona_core.portrait.contours import Contours
from persona_core.portrait.expression import Expression, Patch, Region
from persona_core.portrait.mixing import PLACES, Mixer
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.regions import MEASURED
from persona_core.portrait.rims import LOOPS, STARTS, opposite

EYES: Final = (Region.EYE_RIGHT, Region.EYE_LEFT)
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
        for eye, region in enumerate(EYES):
            at = layout.GAZES + 3 * eye
            gaze = values[at : at + 3].reshape(-1)
            gaze[:] = 0.0
            pictures = mix[region]
            if not ((pictures[:, 0] >= 0.0) & (pictures[:, 1] > 0.0)).any():
                continue
            rim = contours.points[STARTS[eye] : STARTS[eye] + len(LOOPS[eye])]
            self._look(gaze, eye, pictures, rim[:, :2], points[self._irises[eye]], placement, head)

    def _look(
        self,
        gaze: Floats,
        eye: int,
        pictures: Floats,
        rim: Floats,
        iris: Floats,
        placement: FacePlacement,
        head: Doubles,
    ) -> None:
        """Fills in one eye's gaze, (12,)."""
        between = _Between.of(rim, iris[:2])
        if between is None:
            return
        radius = IRIS_CM * placement.scale
        furthest = 0.0
        for place, (number, weight) in enumerate(pictures.tolist()):
            picture = self._eyes[eye][int(number)] if number >= 0.0 and weight > 0.0 else None
            if picture is None:
                continue
            x, y, length_cm = picture.shift(between)
            gaze[4 + 2 * place : 6 + 2 * place] = x, y
            furthest = max(furthest, length_cm)
        gaze[:2] = head[:2, :3] @ iris + head[:2, 3]
        gaze[2] = radius
        gaze[3] = radius + max(0.3 * radius, REACH * furthest * placement.scale)


class _Between:
    """Where a point lies between the two rims of an opening.

    Attributes:
        column: from one corner (0) to the other (half the loop's points) along the rims.
        height: 0 on the lower rim, 1 on the upper one.
        open: how far the eye is open to be looked out of, in [0, 1].
    """

    __slots__ = ("column", "height", "open")

    def __init__(self, column: float, height: float, opened: float) -> None:
        self.column = column
        self.height = height
        self.open = opened

    @classmethod
    def of(cls, rim: Floats, point: Floats) -> _Between | None:
        """Of a loop (k, 2) that begins at a corner; None where it is shut or has no width."""
        lower, upper = _sides(rim)
        axis = lower[-1] - lower[0]
        from_lower, span = lower @ axis, (upper - lower) @ axis
        along, columns = float(point @ axis), np.arange(len(lower))
        column, height, square = 0.0, 0.5, 0.0
        for _ in range(_ROUNDS):  # columns lean, so the one through the point depends on its height
            places = from_lower + np.float32(height) * span
            if not (places[1:] > places[:-1]).all():
                return None
            column = float(np.interp(along, places, columns))
            low, up = _at(lower, column), _at(upper, column)
            across = up[0] - low[0], up[1] - low[1]
            square = across[0] ** 2 + across[1] ** 2
            if square < SHUT_CM[0] ** 2:
                return None
            off = float(point[0]) - low[0], float(point[1]) - low[1]
            height = (off[0] * across[0] + off[1] * across[1]) / square
            height = min(1.5, max(-0.5, height))
        start, full = SHUT_CM
        opened = min(1.0, (math.sqrt(square) - start) / (full - start))
        return cls(column, height, opened)


class _EyePicture:
    """One eye as an expression's patch shows it, in sides of the patch."""

    __slots__ = ("_iris", "_lower", "_side_cm", "_upper")

    def __init__(self, rim: Floats, iris: Floats, side_cm: tuple[float, float]) -> None:
        self._lower, self._upper = _sides(rim)
        self._iris = float(iris[0]), float(iris[1])
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
        rim, iris = _in_patch(points[LOOPS[eye]], patch), _in_patch(points[IRISES[eye]], patch)
        return cls(rim, iris, (width / scale, height / scale))

    def shift(self, between: _Between) -> tuple[float, float, float]:
        """From where the frame's iris is bent to, to where this picture has it: x, y in sides of
        the patch, and its length in cm."""
        low, up = _at(self._lower, between.column), _at(self._upper, between.column)
        wide, high = self._side_cm
        x = self._iris[0] - low[0] - between.height * (up[0] - low[0])
        y = self._iris[1] - low[1] - between.height * (up[1] - low[1])
        length = math.hypot(x * wide, y * high)
        share = between.open * min(1.0, MAX_SHIFT_CM / max(length, 1e-6))
        return x * share, y * share, length * share


def _in_patch(points: Floats, patch: Patch) -> Floats:
    """Landmarks (..., 3) in sides of a patch: (..., 2)."""
    corner = np.array([patch.left, patch.top], dtype=np.float32)
    side = np.array([patch.width, patch.height], dtype=np.float32) * np.float32(patch.pixels)
    return np.asarray((points[..., :2] - corner) / side, dtype=np.float32)


def _sides(rim: Floats) -> tuple[Floats, Floats]:
    """A loop (k, 2) that begins at a corner as two rims, (k / 2 + 1, 2) each, from there."""
    near = np.arange(len(rim) // 2 + 1)
    return rim[near], rim[opposite(len(rim))[near]]


def _at(side: Floats, column: float) -> tuple[float, float]:
    first = min(int(column), len(side) - 2)
    share = column - first
    a, b = side[first].tolist(), side[first + 1].tolist()
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])
