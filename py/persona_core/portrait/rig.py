"""``PortraitRig``: a portrait that takes ``FaceParams`` and gives a frame's uniforms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Doubles, Floats
from persona_core.drawn.figure_motion import BREATH_PERIOD_MS
from persona_core.face import blendshapes, landmarks
from persona_core.face.blendshapes import Blendshape
from persona_core.face.face_frame import FacePlacement
from persona_core.face.params import FaceParams
from persona_core.face.residual.landmark_basis import LandmarkBasis, turn_weights
from persona_core.portrait import layout
from persona_core.portrait.contours import BLINKS, UPPER_LIP_PIN, Contours, refining
from persona_core.portrait.expressions.expression import Expression
from persona_core.portrait.expressions.regions import MEASURED
from persona_core.portrait.mesh import PortraitMesh
from persona_core.portrait.mouth import JAW, MouthPlane
from persona_core.portrait.moves import SHAPES, TURN_START, bounded, stacked
from persona_core.portrait.placing import placed, rows
from persona_core.portrait.portrait import Portrait
from persona_core.portrait.rest import own_shapes
from persona_core.portrait.rims import LOOPS, PINS
from persona_core.portrait.support import supported

if TYPE_CHECKING:  # one photo does without it
    from persona_core.portrait.expressions.expression_blend import ExpressionBlend

EYEBALL_DEPTH_CM: Final = -0.15
"""Of the iris' plane behind the rim of the lids."""
EYE_CHANGE_CM: Final = 0.08
"""Motion of iris and lids at which the completed eye has wholly replaced the photo's."""
PRESSED_CM: Final = 0.12
"""Overlap of the lips at which nothing of the photo's line between them is left."""

_PINS_MEASURED = np.searchsorted(MEASURED, PINS)


class PortraitRig:
    """One portrait.

    Args:
        portrait: the photo.
        basis: what blendshapes do; :func:`~persona_core.portrait.support.supported` if
            none is given.

    Attributes:
        mesh: the static buffers.
        placement: of the face in the photo.
        mouth: the mouth's plane and what is drawn there.
        shown: placement of the face in the last frame.
    """

    def __init__(self, portrait: Portrait, basis: LandmarkBasis | None = None) -> None:
        self._portrait = portrait
        self._basis = basis = basis or supported()
        self.placement = FacePlacement.fit(portrait.landmarks)
        points = self.placement.to_face(portrait.landmarks)
        size = (portrait.width, portrait.height)
        self.mesh = PortraitMesh.of(portrait.landmarks, self.placement, size, portrait.matte, basis)
        neutral = basis.neutral(points, portrait.blendshapes, self.placement.rotation)
        self.mouth = MouthPlane.of(points, neutral)
        self._shapes: Floats = portrait.blendshapes.astype(np.float32)
        self._own = own_shapes(self._shapes)
        self._turned = turn_weights(self.placement.rotation)
        self.shown = self.placement
        self._contours = Contours(points, basis)
        self._refining = refining()
        self._looks_and_jaw = _looks_and_jaw(basis)
        self._turns = slice(TURN_START, TURN_START + len(basis.turns))
        self._residual = slice(self._turns.stop, self._turns.stop + basis.residual_count)

        self._values = np.zeros((layout.VECTORS, 4), dtype=np.float32)
        self._rest = rows(self.placement)
        self._values[layout.REST : layout.REST + 3] = self._rest
        self._weights = self._values[layout.WEIGHTS : layout.FIXES].reshape(-1)
        self._rims = self._values[layout.RIMS :].reshape(-1, 2)
        self._planes = _planes(points, self.mouth)
        self._planes_at_rest = self._planes @ self._rest[:2].T
        self._plane_rows = [layout.EYES, layout.EYES + 2, layout.MOUTH + 4]
        self._blend: ExpressionBlend | None = None

    def set_expressions(self, expressions: Sequence[Expression]) -> None:
        """Further pictures of the person that frames are drawn from, in place of those before.

        Args:
            expressions: in the order in which the painter knows them.
        """
        # Only now: who shows one photo has no need of it.
        from persona_core.portrait.expressions.expression_blend import ExpressionBlend

        self._blend = ExpressionBlend(self._portrait, expressions, self._basis)

    def pose(self, params: FaceParams, now_ms: float) -> Floats:
        """The uniforms of one frame (:mod:`~persona_core.portrait.layout`).

        The head turns, shifts and comes nearer, and the residual is followed, within bounds that
        one photo can bear. A residual is of the sender's face at rest, and is put on the photo's
        own geometry in centimetres of the face frame: as large as the photo's face.

        Args:
            params: the face; blendshapes outside [0, 1] are clipped.
            now_ms: display time on a monotonic clock; drives the breath.

        Returns:
            (640,) float32; the next call overwrites it.
        """
        shapes = np.clip(params.blendshapes, 0.0, 1.0)
        # What the photo keeps of its own expression leaves less room for the sender's.
        self._weights[SHAPES] = shapes * (1.0 - self._own) + (self._own - self._shapes)
        breath = math.sin(2.0 * math.pi * now_ms / BREATH_PERIOD_MS)
        residual = None if params.residual is None else bounded(params.residual)
        return self._frame(shapes, placed(self.placement, params), residual, breath, now_ms)

    def reenact(
        self,
        shapes: npt.NDArray[np.floating],
        placement: FacePlacement,
        residual: npt.ArrayLike | None = None,
        now_ms: float = 0.0,
    ) -> Floats:
        """The uniforms that show exactly this face, without bounds: for measuring.

        Args:
            shapes: (52,) blendshapes as tracked, not calibrated.
            placement: of the face in the picture, in pixels of the photo.
            residual: (R,) coefficients of the basis' residual; None for none.
            now_ms: display time, over which a set goes from picture to picture.
        """
        self._weights[SHAPES] = shapes - self._shapes
        return self._frame(shapes.astype(np.float32), placement, residual, 0.0, now_ms)

    def measured(self) -> Floats:
        """Where the last frame has the points that tell which of several pictures is near: (m, 3)
        float32, cm in the face frame, at :data:`MEASURED`."""
        weights = self._weights[: self._residual.stop]
        rest, moves = self._measuring
        points = (rest + moves @ weights).reshape(-1, 3)
        points[_PINS_MEASURED] = self._contours.points
        return points

    @cached_property
    def _measuring(self) -> tuple[Floats, Floats]:
        """(3 m,) of the photo and (3 m, weights): who shows one photo has no need of it."""
        rest = self.placement.to_face(self._portrait.landmarks)[MEASURED].ravel()
        moves = stacked(self._basis)[:, MEASURED]
        return rest, np.ascontiguousarray(moves.reshape(len(moves), -1).T)

    def _frame(
        self,
        shapes: Floats,
        placement: FacePlacement,
        residual: npt.ArrayLike | None,
        breath: float,
        now_ms: float,
    ) -> Floats:
        values, weights, contours = self._values, self._weights, self._contours
        weights[self._turns] = turn_weights(placement.rotation) - self._turned
        weights[self._residual] = 0.0 if residual is None else residual
        weights[self._residual.stop] = breath
        self.shown = placement
        head = rows(placement)
        values[layout.HEAD : layout.HEAD + 3] = head

        blinks = float(shapes[BLINKS[0]]), float(shapes[BLINKS[1]])
        contours.follow(weights[: self._residual.stop], blinks)
        values[layout.FIXES : layout.RIMS, :3] = contours.fixes
        pixels = contours.points @ head[:2, :3].T.astype(np.float32)
        np.matmul(self._refining, pixels, out=self._rims)
        self._rims += head[:2, 3].astype(np.float32)
        self._set_layers(head, self._looks_and_jaw @ weights[SHAPES])
        if self._blend is not None:
            self._blend.follow(self.measured(), contours, placement, head, now_ms, values)
        return values.reshape(-1)

    def _set_layers(self, head: Doubles, moved: Floats) -> None:
        """Eyes and mouth: planes of the head, so one linear map takes all of them back."""
        values, contours = self._values, self._contours
        a, b = head[0, :2].tolist()
        c, d = head[1, :2].tolist()
        area = a * d - b * c
        if abs(area) < 1e-9:  # seen from its edge
            area = math.copysign(1e-9, area)
        level = np.array([[d, -b], [-c, a]]) / area  # cm across the face, of pixels
        back = self._rest[:2, :2] @ level
        offsets = self._planes_at_rest - (self._planes @ head[:2].T) @ back.T
        for at, offset in zip(self._plane_rows, offsets, strict=True):
            values[at : at + 2, :2] = back
            values[at : at + 2, 2] = offset
        right_look, left_look, jaw = moved.reshape(3, 3)
        for eye, look in enumerate((right_look, left_look)):
            change = math.hypot(float(look[0]), float(look[1])) + contours.moved_cm[eye]
            values[layout.EYES + 2 * eye, 3] = contours.shut[eye]
            values[layout.EYES + 2 * eye + 1, 3] = min(1.0, change / EYE_CHANGE_CM)
            values[layout.IRISES + eye, :2] = self._rest[:2, :3] @ look
            values[layout.IRISES + eye, 2] = contours.closed[eye]

        level[1] *= -1.0
        origin = self.mouth.origin
        for at, middle in ((layout.MOUTH, origin), (layout.MOUTH + 2, origin + jaw)):
            values[at : at + 2, :2] = level
            values[at : at + 2, 2] = level @ -(head[:2, :3] @ middle + head[:2, 3])
        values[layout.MOUTH, 3] = max(0.0, -float(jaw[1]))
        values[layout.MOUTH + 1, 3] = contours.open_cm
        values[layout.MOUTH + 2, 3] = min(1.0, contours.pressed_cm / PRESSED_CM)
        values[layout.MOUTH + 3, 3] = origin[1] - contours.points[UPPER_LIP_PIN, 1]


def _planes(points: Floats, mouth: MouthPlane) -> Doubles:
    """(3, 4): a point (x, y, z, 1) of the right iris' plane, the left one's, the lips'."""
    planes = np.ones((3, 4))
    irises = (landmarks.IRIS_RIGHT, landmarks.IRIS_LEFT)
    for plane, loop, iris in zip(planes, LOOPS, irises, strict=False):
        plane[:2] = points[iris[0], :2]
        plane[2] = float(points[loop, 2].mean()) + EYEBALL_DEPTH_CM
    planes[2, :3] = mouth.lips
    return planes


def _looks_and_jaw(basis: LandmarkBasis) -> Floats:
    """(9, 52): how the irises' centres (right, left) move with the gaze, and the jaw."""
    moves = np.zeros((blendshapes.COUNT, 3, 3), dtype=np.float32)
    looks = [shape for shape in Blendshape if shape.name.startswith("EYE_LOOK")]
    centres = [landmarks.IRIS_RIGHT[0], landmarks.IRIS_LEFT[0]]
    moves[looks, :2] = basis.shapes[looks][:, centres]
    moves[:, 2] = basis.shapes[:, JAW].mean(axis=1)
    return np.ascontiguousarray(moves.reshape(blendshapes.COUNT, 9).T)
