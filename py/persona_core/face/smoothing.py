"""How strongly each part of the face is smoothed.

The trade is jitter against lag, and it differs by part. The constants follow from these wants
(30 frames a second) and were checked on a tracked video of a real face:

* eyes: a blink may last a single frame and must keep four fifths of its height, so the cutoff
  has to open to about 20 Hz within one frame. A jump from 0 to h gives the filter a speed of
  0.17 * 30 h a second, hence beta >= 20 / 5 h: 12 serves blinks of a third of the range;
* mouth: syllables come at 4 to 6 Hz and are seen together with the voice, so the lag stays
  below one frame: a first-order low-pass lags 1 / (2 pi f), 33 ms at 4.8 Hz, which ``beta``
  reaches as soon as the mouth moves;
* brows, cheeks and nose move slowly: smoothness first;
* pose: a trembling head is the first thing a viewer notices, a late one the second.
"""

from __future__ import annotations

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import blendshapes, quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.one_euro import OneEuroFilter
from persona_core.face.pose import HeadPose

EYES = (2.0, 12.0)
MOUTH = (3.5, 6.0)
SLOW = (1.5, 3.0)
ROTATION = (1.2, 10.0)
PLACE = (0.8, 3.0)
"""(min_cutoff in Hz, beta in Hz per unit a second); the unit of a rotation is a quaternion's
component (about 2 radians), of the place face-widths and the logarithm of the distance."""

_SHAPES = slice(0, blendshapes.COUNT)
_ROTATION = slice(_SHAPES.stop, _SHAPES.stop + 4)
_PLACE = slice(_ROTATION.stop, _ROTATION.stop + 3)


def _shape_preset(shape: Blendshape) -> tuple[float, float]:
    if shape.name.startswith("EYE_"):
        return EYES
    if shape.name.startswith(("MOUTH_", "JAW_")):
        return MOUTH
    return SLOW


def _presets() -> Floats:
    rows = [*map(_shape_preset, Blendshape), *[ROTATION] * 4, *[PLACE] * 3]
    return np.array(rows, dtype=np.float32)


class FaceSmoother:
    """One-Euro filters for the blendshapes and the pose of one face."""

    def __init__(self) -> None:
        min_cutoff_hz, beta = _presets().T
        self._filter = OneEuroFilter(min_cutoff_hz, beta)

    def smooth(self, time_ms: float, shapes: Floats, pose: HeadPose) -> tuple[Floats, HeadPose]:
        """The smoothed blendshapes (52,) in [0, 1] and pose at ``time_ms``."""
        values = np.empty(_PLACE.stop, dtype=np.float32)
        values[_SHAPES] = shapes
        values[_ROTATION] = pose.rotation
        values[_PLACE.start : _PLACE.start + 2] = pose.translation
        values[-1] = np.log(pose.distance_cm)
        last = self._filter.value
        if last is not None and last[_ROTATION] @ pose.rotation < 0.0:
            # q and -q are one rotation; a filter between them would pass through none at all.
            values[_ROTATION] *= -1.0
        smooth = self._filter.step(values, time_ms)
        return smooth[_SHAPES], HeadPose(
            rotation=quaternion.from_components(*smooth[_ROTATION].tolist()),
            translation=smooth[_PLACE.start : _PLACE.start + 2],
            distance_cm=float(np.exp(smooth[-1])),
        )
