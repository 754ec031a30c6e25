"""``LandmarkBasis``: the landmarks that go with blendshapes, and a short code for what is left.

A face's landmarks in the face frame (:mod:`persona_core.face.face_frame`) are taken for::

    points = neutral + blendshapes @ shapes + turn_weights @ turns + coefficients @ residual

``neutral`` is the person's own geometry with every blendshape at 0, seen from the front.
``shapes`` is a linear basis fitted by regression. ``turns`` is what the tracker's landmarks do in
the face frame when the head turns: its depths are guesses, and errors in depth come out as shifts
across the face. ``residual`` holds the main components of what real faces do beyond both; it
travels as one signed byte a component. How they were fitted, and how well they do, is told in
``docs/experiments/portrait.md``.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.errors import BootError, PersonaError
from persona_core.face import blendshapes, landmarks
from persona_core.face.face_frame import Points
from persona_core.face.residual import residual_code
from persona_core.face.residual.residual_code import Code

BASIS_FILE = "landmark_basis.npz"
CODE_STEPS = residual_code.STEPS
_PARTS = ("shapes", "turns", "residual")
TURN_COUNT = 6
_MOST_TURN = 0.6
"""Of the turn's components, about 37 degrees: beyond, the fit has seen too few faces."""


def turn_weights(rotation: npt.NDArray[np.floating]) -> Points:
    """(6,) float32 weights of a head's turn, all 0 for one that faces the camera.

    Args:
        rotation: (3, 3) as in :class:`~persona_core.face.face_frame.FacePlacement`.
    """
    across, up = float(rotation[0, 2]), float(rotation[1, 2])  # where the face looks
    turns = (across, up, float(rotation[1, 0]))
    x, y, roll = (max(-_MOST_TURN, min(_MOST_TURN, turn)) for turn in turns)
    return np.array([x, y, roll, x * x, y * y, x * y], dtype=np.float32)


class LandmarkBasisError(PersonaError):
    """A file that holds no landmark basis."""

    default_code = "bad-landmark-basis"


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkBasis:
    """Treat the arrays as read-only: one basis is shared by all.

    Attributes:
        mean: (478, 3) float32, cm, face frame: an average neutral face.
        shapes: (52, 478, 3) float32, cm: how far the landmarks move per unit of a blendshape.
        turns: (6, 478, 3) float32, cm: how far they seem to move per unit of
            :func:`turn_weights`.
        residual: (R, 478, 3) float32, cm: how far they move per standard deviation of a
            component; the most important first. The components are orthogonal.
    """

    mean: Points
    shapes: Points
    turns: Points
    residual: Points

    @classmethod
    def load(cls) -> LandmarkBasis:
        """The basis that ships with the package; read once.

        Raises:
            BootError: the package was built without it.
        """
        return _shipped()

    @property
    def residual_count(self) -> int:
        """R, and the bytes of a full residual code."""
        return len(self.residual)

    def displacement(
        self, shapes: npt.NDArray[np.floating], rotation: npt.NDArray[np.floating] | None = None
    ) -> Points:
        """What blendshapes do to the neutral: (478, 3) float32, cm.

        Args:
            shapes: (52,) blendshapes.
            rotation: (3, 3) the head's turn in the image that the points are meant for; None
                leaves out what a turn does.
        """
        moved = _weighted(shapes.astype(np.float32), self.shapes)
        if rotation is not None:
            moved = moved + _weighted(turn_weights(rotation), self.turns)
        return moved

    def neutral(
        self,
        points: Points,
        shapes: npt.NDArray[np.floating],
        rotation: npt.NDArray[np.floating] | None = None,
    ) -> Points:
        """A face's own geometry: its points less what blendshapes and turn do to them.

        One picture's neutral still holds what the basis misses in it; whose that is, a sender
        of residuals decides by :mod:`persona_core.face.residual.person_rest`.

        Args:
            points: (478, 3), cm, face frame.
            shapes: (52,) its blendshapes.
            rotation: (3, 3) its turn.
        """
        return points - self.displacement(shapes, rotation)

    def residual_code(
        self,
        points: Points,
        shapes: npt.NDArray[np.floating],
        neutral: Points,
        rotation: npt.NDArray[np.floating] | None = None,
    ) -> Code:
        """What the blendshapes miss of a face, as (R,) int8.

        Args:
            points: (478, 3), cm, face frame.
            shapes: (52,) its blendshapes, as the receiver will have them.
            neutral: (478, 3) the person's own neutral geometry.
            rotation: (3, 3) its turn; None only where ``neutral`` was found without it too.
        """
        missed = points - neutral - self.displacement(shapes, rotation)
        return residual_code.to_code(self.coefficients(missed))

    def coefficients(self, moved: npt.NDArray[np.floating]) -> Floats:
        """How much of each residual component is in a displacement.

        Args:
            moved: (478, 3), cm, face frame.

        Returns:
            (R,) float32, standard deviations.
        """
        flat = self.residual.reshape(self.residual_count, -1)
        # The components are orthogonal, so each is read off by itself.
        onto = flat @ moved.reshape(-1) / (flat * flat).sum(axis=1)
        return np.asarray(onto, dtype=np.float32)

    def residual_shape(self, code: Code) -> Points:
        """The displacement that a code stands for: (478, 3) float32, cm.

        A code of fewer than R bytes leaves the least important components at 0; bytes beyond R
        are passed over, as an older reader must.
        """
        used = min(len(code), self.residual_count)
        return _weighted(
            code[:used].astype(np.float32) / np.float32(CODE_STEPS), self.residual[:used]
        )

    def mirrored_residual(self, residual: Floats) -> Floats:
        """The residual (R,) of the face in the mirror: left and right swapped.

        The components were fitted to real faces, which are not symmetric: of the shapes that
        they stand for, 1.4 % (mean square) have no mirror image among them and are lost.
        """
        return np.asarray(_mirror(self) @ residual, dtype=np.float32)

    def to_bytes(self) -> bytes:
        """The file: displacements as 16-bit integers, a scale for each component."""
        arrays: dict[str, npt.NDArray[np.generic]] = {"mean": self.mean.astype(np.float32)}
        for name in _PARTS:
            arrays[name], arrays[f"{name}_scales"] = _quantised(getattr(self, name))
        file = io.BytesIO()
        np.savez_compressed(file, allow_pickle=False, **arrays)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> LandmarkBasis:
        """Reads what :meth:`to_bytes` wrote.

        Raises:
            LandmarkBasisError: something else.
        """
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as file:
                mean = file["mean"].astype(np.float32)
                parts = [file[name] * file[f"{name}_scales"][:, None, None] for name in _PARTS]
            basis = cls(mean, *(part.astype(np.float32) for part in parts))
        # A damaged archive fails in whatever part of it is read first.
        except Exception as error:
            raise LandmarkBasisError(str(error)) from error
        basis._check()
        return basis

    def _check(self) -> None:
        points = (landmarks.COUNT, 3)
        wanted = ((blendshapes.COUNT, *points), (TURN_COUNT, *points), self.residual.shape)
        found = (self.shapes.shape, self.turns.shape, (len(self.residual), *points))
        if self.mean.shape != points or wanted != found:
            raise LandmarkBasisError("arrays of other shapes")
        for array in (self.mean, self.shapes, self.turns, self.residual):
            if not np.isfinite(array).all():
                raise LandmarkBasisError("numbers that are not finite")
            array.setflags(write=False)


def _weighted(weights: Points, vectors: Points) -> Points:
    """The sum of (N, 478, 3) vectors by (N,) weights."""
    flat = weights @ vectors.reshape(len(vectors), landmarks.COUNT * 3)
    return np.asarray(flat.reshape(landmarks.COUNT, 3), dtype=np.float32)


_STEPS = 2047
"""12 bits: a step is at most 10 micrometres, and half of the file of 16 bits."""


def _quantised(vectors: Points) -> tuple[npt.NDArray[np.int16], Points]:
    """(N, 478, 3) as int16 and (N,) the size of one step."""
    scales = np.abs(vectors).reshape(len(vectors), -1).max(axis=1, initial=0.0) / _STEPS
    safe = np.where(scales > 0.0, scales, 1.0)[:, None, None]
    return np.rint(vectors / safe).astype(np.int16), scales.astype(np.float32)


@cache
def _mirror(basis: LandmarkBasis) -> Floats:
    """(R, R): takes a residual to that of the mirrored face."""
    flat = basis.residual.reshape(basis.residual_count, -1)
    aside = np.array([-1.0, 1.0, 1.0], dtype=np.float32)
    twins = basis.residual[:, landmarks.mirror_order()] * aside
    onto = flat / (flat * flat).sum(axis=1, keepdims=True)
    return np.asarray(onto @ twins.reshape(flat.shape).T, dtype=np.float32)


@cache
def _shipped() -> LandmarkBasis:
    try:
        data = resources.files(__package__).joinpath(BASIS_FILE).read_bytes()
    except OSError as error:
        raise BootError(f"{BASIS_FILE} is missing from the package: {error}") from error
    return LandmarkBasis.from_bytes(data)
