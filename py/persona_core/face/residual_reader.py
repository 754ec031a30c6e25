"""``ResidualReader``: what of a sender's motion the blendshapes miss, from their landmarks.

    landmarks ─► face frame ─► coefficients ─► One-Euro ─► less what the sent blendshapes do
                                                                        │
                       residual, held and faded ◄─ less the person's rest ┘

Who the person is must not travel: a broad chin or a far-set eye is not motion. It is in the
coefficients all the same, as what they are while the face rests (:class:`RestingCoefficients`),
and is taken off there: 24 numbers stand for the person's own geometry as far as it could leak.
The coefficients are filtered before anything is taken off, so that blendshapes and residual
together follow the real landmarks however much the blendshapes lag.
"""

from __future__ import annotations

import numpy as np

from persona_core.face.blend import smoothstep
from persona_core.face.blendshapes import Blendshape
from persona_core.face.face_frame import FacePlacement, LandmarkError
from persona_core.face.landmark_basis import LandmarkBasis, turn_weights
from persona_core.face.one_euro import RESET_AFTER_MS, OneEuroFilter
from persona_core.face.params import Floats
from persona_core.face.residual_code import REACH

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

REST_MS = 800.0
"""Rest that has to be seen before it is known: so long with a still face, longer with one that
talks or smiles all the time."""
MEMORY_MS = 60_000.0
"""Of rest, over which it is averaged. What changes it later is slow: another pose in the chair,
other light."""
CALM = 3.0
"""Sum of the expressive blendshapes at which a frame counts half. A smile counts nearly in full:
those who smile all along would else be measured by the few frames at which something is amiss,
a hand before the face or a head turned away."""
MAX_STEP = 3.0
"""Standard deviations by which one frame may differ and still count in full: an outlier moves
the rest no further."""

_EXPRESSIVE = np.array(
    [
        shape
        for shape in Blendshape
        if shape.name.startswith(("MOUTH", "JAW", "BROW", "CHEEK", "NOSE", "EYE_BLINK"))
    ]
)


class RestingCoefficients:
    """What the coefficients of a person are while the face rests.

    A running mean in which a frame counts the less the more the face expresses. Nobody rests on
    command, and some smile all along: then their smile has to do.
    """

    def __init__(self) -> None:
        self._mean: Floats | None = None
        self._seen_ms = 0.0
        self._last_ms = 0.0

    @property
    def value(self) -> Floats | None:
        """(24,), None while too little was seen."""
        return self._mean if self._seen_ms >= REST_MS else None

    def doubt(self) -> None:
        """Counts all that was seen as no more than was needed: what comes now weighs the more."""
        self._seen_ms = min(self._seen_ms, REST_MS)

    def follow(self, time_ms: float, coefficients: Floats, shapes: Floats) -> None:
        """Takes in a frame.

        Args:
            time_ms: of its capture, rising.
            coefficients: (24,).
            shapes: (52,) its blendshapes.
        """
        if self._mean is None:
            self._mean, self._last_ms = coefficients, time_ms
            return
        elapsed_ms = min(max(time_ms - self._last_ms, 0.0), RESET_AFTER_MS)
        self._last_ms = time_ms
        activity = float(shapes[_EXPRESSIVE].sum()) / CALM
        counts_ms = elapsed_ms / (1.0 + activity * activity)
        self._seen_ms += counts_ms
        share = counts_ms / max(counts_ms, min(self._seen_ms, MEMORY_MS), 1e-6)
        step = np.clip(coefficients - self._mean, -MAX_STEP, MAX_STEP)
        step *= np.float32(share)
        self._mean = np.asarray(self._mean + step, dtype=np.float32)


class ResidualReader:
    """Reads the residual of one person before one camera.

    Args:
        basis: the one by which receivers draw
            (:func:`persona_core.avatar.portrait.support.supported`).
    """

    def __init__(self, basis: LandmarkBasis) -> None:
        flat = basis.residual.reshape(basis.residual_count, -1)
        # The components are orthogonal, so each is read off by itself.
        self._onto: Floats = flat / (flat * flat).sum(axis=1, keepdims=True)
        self._shapes: Floats = self._onto @ basis.shapes.reshape(len(basis.shapes), -1).T
        self._turns: Floats = self._onto @ basis.turns.reshape(len(basis.turns), -1).T
        ones = np.ones(basis.residual_count, dtype=np.float32)
        self._filter = OneEuroFilter(COEFFICIENTS[0] * ones, COEFFICIENTS[1] * ones)
        self._rest = RestingCoefficients()
        self._since_ms: float | None = None

    def doubt_rest(self) -> None:
        """The zero of the blendshapes has changed, and with it what they miss at rest."""
        self._rest.doubt()

    def read(self, time_ms: float, points: Floats, shapes: Floats) -> Floats | None:
        """The residual (24,) of one frame; None while the person's rest is not known.

        Args:
            time_ms: of its capture; frames 500 ms apart or more have nothing to do with each
                other.
            points: (478, 3) landmarks, pixels.
            shapes: (52,) the blendshapes that are sent with it: filtered and calibrated.
        """
        try:
            placement = FacePlacement.fit(points)
        except LandmarkError:
            return None
        face = placement.to_face(points).reshape(-1)
        seen = self._onto @ face - self._turns @ turn_weights(placement.rotation)
        missed = self._filter.step(seen, time_ms) - self._shapes @ shapes
        low, high = FACING
        share = smoothstep((float(placement.rotation[2, 2]) - low) / (high - low))
        if share > 0.0:
            self._rest.follow(time_ms, missed, shapes)
        if self._rest.value is None:
            return None
        if self._since_ms is None:
            self._since_ms = time_ms
        share *= smoothstep((time_ms - self._since_ms) / FADE_MS)
        residual = (missed - self._rest.value) * np.float32(share)
        return np.clip(residual, -REACH, REACH, out=residual)
