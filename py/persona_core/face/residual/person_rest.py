"""``PersonRest``: what the residual coefficients of one person are while their face rests.

It comes from one of two places:

* **learned**, a running mean over the person's own face;
* **a photo of themselves**, where they go as one: what the basis misses of that very picture, as
  who draws it has it. A mean over many faces differs from it, and the difference would lie on
  the portrait all along. ``docs/experiments/portrait.md`` has what that is worth.

Nobody checks whose photo it is but this: where it lies further from the learned rest than the
same face does, the learned rest is used.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face.blend import smoothstep
from persona_core.face.blendshapes import Blendshape
from persona_core.face.face_frame import FacePlacement
from persona_core.face.one_euro import RESET_AFTER_MS
from persona_core.face.residual.landmark_basis import LandmarkBasis

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

PLAUSIBLE = (10.0, 13.0)
"""Distances of a photo's rest from the learned one, in standard deviations (the length of all 24
coefficients), up to which it counts in full, and from which it does not count at all. Of
rendered faces 19 in 20 pictures lie within some 10 of the same face's rest, taken by the same
camera or by one at 45 to 110 cm; the portraits that come with the app mostly lie beyond that of
people in videos (``docs/experiments/portrait.md``). At 14 receivers would have no room left for
motion (:data:`persona_core.portrait.moves.MAX_RESIDUAL`)."""
EASE_MS = 150.0
"""Time constant with which a rest gives way to another: a change of the photo should not look
like a movement."""

_EXPRESSIVE = np.array(
    [
        shape
        for shape in Blendshape
        if shape.name.startswith(("MOUTH", "JAW", "BROW", "CHEEK", "NOSE", "EYE_BLINK"))
    ]
)


class FacePhoto(Protocol):
    """A face in a photo, as portraits have it."""

    @property
    def landmarks(self) -> Floats:
        """(478, 3), pixels."""
        ...

    @property
    def blendshapes(self) -> Floats:
        """(52,) as tracked."""
        ...


def rest_in_photo(photo: FacePhoto, basis: LandmarkBasis) -> Floats:
    """The coefficients (24,) of a photo's neutral, from which its receivers draw.

    Raises:
        LandmarkError: landmarks that are no face.
    """
    placement = FacePlacement.fit(photo.landmarks)
    face = placement.to_face(photo.landmarks)
    return basis.coefficients(basis.neutral(face, photo.blendshapes, placement.rotation))


class RestingCoefficients:
    """What the coefficients of a person are while the face rests, as it is learned.

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


class PersonRest:
    """The rest that is used.

    Attributes:
        learned: what the person's own face gave; it is followed whatever the photo.
        photo: (24,) the rest in a photo of the person; None where they go as something else.
    """

    def __init__(self) -> None:
        self.learned = RestingCoefficients()
        self.photo: Floats | None = None
        self._used: Floats | None = None
        self._last_ms = 0.0

    def at(self, time_ms: float) -> Floats | None:
        """(24,) the rest to take off the frame of this time, rising from call to call; None
        while the learned one is not known, by which the photo's is judged."""
        wanted = self._wanted()
        if wanted is None or self._used is None:
            self._used = wanted
        else:
            share = 1.0 - math.exp(min(self._last_ms - time_ms, 0.0) / EASE_MS)
            eased = self._used + np.float32(share) * (wanted - self._used)
            self._used = np.asarray(eased, dtype=np.float32)
        self._last_ms = time_ms
        return self._used

    def _wanted(self) -> Floats | None:
        learned, photo = self.learned.value, self.photo
        if learned is None or photo is None:
            return learned
        aside = photo - learned
        near, far = PLAUSIBLE
        trust = smoothstep((far - math.sqrt(float(aside @ aside))) / (far - near))
        return np.asarray(learned + np.float32(trust) * aside, dtype=np.float32)
