"""What of a face's motion the blendshapes miss, as a few numbers and as bytes.

A *residual* is (24,) float32: the coefficients of
:class:`~persona_core.face.residual.landmark_basis.LandmarkBasis`'s residual components, in standard
deviations over the faces that the basis was fitted to, in [-10, 10]. Its *code* is one signed
byte a coefficient. As each has its own deviation for a unit, one scale serves all of them. People
whom the fit has not seen go further than those it has: 9 deviations on the sample video. Half a
step moves the landmarks by 0.04 mm at most, root mean square over the face.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face.params import RESIDUAL_COUNT

STEPS = 12.7
"""Steps of a code byte in one standard deviation: a byte reaches 10 of them to either side."""
LIMIT = 127
REACH = LIMIT / STEPS
"""Standard deviations; what is more is clipped."""
ERROR = 0.5 / STEPS
"""Largest error of a coefficient within its reach after a round trip, in standard deviations."""

Code = npt.NDArray[np.int8]


def to_code(residual: npt.NDArray[np.floating]) -> Code:
    """Coefficients (n,) as (n,) int8; those that are not numbers as 0."""
    steps = np.rint(np.nan_to_num(residual * STEPS))
    return np.asarray(np.clip(steps, -LIMIT, LIMIT), dtype=np.int8)


def from_code(code: Code) -> Floats:
    """What a code stands for: (24,) float32 in [-10, 10].

    Of a code of fewer bytes the least important coefficients are 0; bytes beyond are passed
    over, as an older reader must.
    """
    residual = np.zeros(RESIDUAL_COUNT, dtype=np.float32)
    used = min(len(code), RESIDUAL_COUNT)
    # -128 is no step of ours.
    np.maximum(code[:used], -LIMIT, out=residual[:used])
    residual /= np.float32(STEPS)
    return residual
