"""``ResidualReader``: what of a sender's motion the blendshapes miss, from their landmarks.

    landmarks ─► face frame ─► coefficients ─► One-Euro ─► less what the sent blendshapes do
                                                                        │
                       residual, held and faded ◄─ less the person's rest ┘

Who the person is must not travel: a broad chin or a far-set eye is not motion. It is in the
coefficients all the same, as what they are while the face rests
(:class:`~persona_core.face.residual.person_rest.PersonRest`), and is taken off there: 24 numbers
stand for the person's own geometry as far as it could leak.
The coefficients are filtered before anything is taken off, so that blendshapes and residual
together follow the real landmarks however much the blendshapes lag.
"""

from __future__ import annotations

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face.blend import smoothstep
from persona_core.face.face_frame import FacePlacement, LandmarkError
from persona_core.face.one_euro import OneEuroFilter
from persona_core.face.params import NEUTRAL_SHAPES
from persona_core.face.residual.landmark_basis import LandmarkBasis, turn_weights
from persona_core.face.residual.person_rest import FacePhoto, PersonRest, rest_in_photo
from persona_core.face.residual.residual_code import REACH

COEFFICIENTS = (3.5, 2.0)
"""(min_cutoff in Hz, beta in Hz per standard deviation a second), as
:mod:`persona_core.face.smoothing` has them. The coefficients are mostly of the mouth and get its
cutoff at rest; a syllable moves the first of them by 3 deviations where it moves ``jawOpen`` by
1, hence a third of the mouth's ``beta``."""

FADE_MS = 500.0
"""How long a residual takes to show once the rest is known."""
FACING = (0.75, 0.87)
"""Cosine of the head's turn from the camera at which the residual is gone, and below which it is
whole: 41 and 30 degrees. Beyond, half of the landmarks are guessed."""


class ResidualReader:
    """Reads the residual of one person before one camera.

    Args:
        basis: the one by which receivers draw
            (:func:`persona_core.portrait.support.supported`).
    """

    def __init__(self, basis: LandmarkBasis) -> None:
        flat = basis.residual.reshape(basis.residual_count, -1)
        # The components are orthogonal, so each is read off by itself.
        self._onto: Floats = flat / (flat * flat).sum(axis=1, keepdims=True)
        self._shapes: Floats = self._onto @ basis.shapes.reshape(len(basis.shapes), -1).T
        self._turns: Floats = self._onto @ basis.turns.reshape(len(basis.turns), -1).T
        ones = np.ones(basis.residual_count, dtype=np.float32)
        self._filter = OneEuroFilter(COEFFICIENTS[0] * ones, COEFFICIENTS[1] * ones)
        self._basis = basis
        self._rest = PersonRest()
        self._since_ms: float | None = None

    def take_rest_from(self, photo: FacePhoto | None) -> None:
        """Measures from the rest in a photo that shows this person, from the next frame on.

        Args:
            photo: the portrait that they go as; None measures from the rest that was learned.

        Raises:
            LandmarkError: a photo whose landmarks are no face; nothing is changed.
        """
        self._rest.photo = None if photo is None else rest_in_photo(photo, self._basis)

    def doubt_rest(self) -> None:
        """The zero of the blendshapes has changed: who sets it, rests, and beyond it they are
        stretched otherwise."""
        self._rest.learned.doubt()

    def read(
        self, time_ms: float, points: Floats, shapes: Floats, zero: Floats = NEUTRAL_SHAPES
    ) -> Floats | None:
        """The residual (24,) of one frame; None while the person's rest is not known.

        Args:
            time_ms: of its capture; frames 500 ms apart or more have nothing to do with each
                other.
            points: (478, 3) landmarks, pixels.
            shapes: (52,) the blendshapes that are sent with it: filtered and calibrated.
            zero: (52,) what of the tracked blendshapes calibration takes for their zero. What it
                takes off is no miss: a residual that put it back would show lids that hang or
                eyes that look below the camera once more on top of the photo's own.
        """
        try:
            placement = FacePlacement.fit(points)
        except LandmarkError:
            return None
        face = placement.to_face(points).reshape(-1)
        seen = self._onto @ face - self._turns @ turn_weights(placement.rotation)
        missed = self._filter.step(seen, time_ms) - self._shapes @ (zero + shapes)
        low, high = FACING
        share = smoothstep((float(placement.rotation[2, 2]) - low) / (high - low))
        if share > 0.0:
            self._rest.learned.follow(time_ms, missed, shapes)
        rest = self._rest.at(time_ms)
        if rest is None:
            return None
        if self._since_ms is None:
            self._since_ms = time_ms
        share *= smoothstep((time_ms - self._since_ms) / FADE_MS)
        residual = np.asarray((missed - rest) * np.float32(share), dtype=np.float32)
        return np.clip(residual, -REACH, REACH, out=residual)
