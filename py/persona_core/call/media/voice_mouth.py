"""A mouth that moves with a voice, for a peer whose camera is off.

The voice's features are measured on the receiver's audio thread (``bridge/media/formants.js``): how
loud it is, and from the first two formants how open, round and spread the lips are. They drive
the few blendshapes that make vowels, eased so that the mouth neither flickers nor drags: people
take a mouth up to about 45 ms ahead of the sound and 125 ms behind it for being in step (ITU-R
BT.1359), so it opens fast and closes slower.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.face import blendshapes
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams

OPEN_MS: Final = 40.0
CLOSE_MS: Final = 110.0
"""Time constants of the easing."""
STILL: Final = 0.004
"""Less than this cannot be seen."""


@dataclass(frozen=True, slots=True)
class VoiceFeatures:
    """What a voice tells of the mouth; each in [0, 1].

    Attributes:
        level: loudness, 0 at -52 dBFS and below, 1 at -16 and above.
        open: from the first formant: closed as in "heed" to open as in "hod".
        round: from a low second formant: lips pushed forward as in "who'd".
        spread: from a high second formant, or hissing: corners drawn apart as in "heed".
    """

    level: float = 0.0
    open: float = 0.0
    round: float = 0.0
    spread: float = 0.0


SILENCE: Final = VoiceFeatures()


def mouth_shapes(voice: VoiceFeatures) -> Floats:
    """The 52 blendshapes of a mouth that makes this sound; zero but for the mouth's."""
    shapes = np.zeros(blendshapes.COUNT, dtype=np.float32)
    if voice.level <= 0.0:
        return shapes
    # The ear's loudness grows with the 0.6th power of sound pressure's, about (Stevens).
    loud = voice.level**0.6
    jaw = loud * (0.12 + 0.6 * voice.open)
    shapes[Blendshape.JAW_OPEN] = jaw
    shapes[Blendshape.MOUTH_FUNNEL] = 0.55 * loud * voice.round
    shapes[Blendshape.MOUTH_PUCKER] = 0.45 * loud * voice.round
    for side in (Blendshape.MOUTH_STRETCH_LEFT, Blendshape.MOUTH_STRETCH_RIGHT):
        shapes[side] = 0.4 * loud * voice.spread
    for side in (Blendshape.MOUTH_LOWER_DOWN_LEFT, Blendshape.MOUTH_LOWER_DOWN_RIGHT):
        shapes[side] = 0.35 * jaw
    for side in (Blendshape.MOUTH_UPPER_UP_LEFT, Blendshape.MOUTH_UPPER_UP_RIGHT):
        shapes[side] = 0.2 * jaw
    return shapes


class VoiceMouth:
    """One peer's mouth."""

    def __init__(self) -> None:
        self._shapes: Floats = np.zeros(blendshapes.COUNT, dtype=np.float32)
        self._sampled_ms: float | None = None
        self._moving = False

    def apply(self, face: FaceParams, voice: VoiceFeatures, now_ms: float) -> FaceParams:
        """``face`` with its mouth moved by ``voice``; the same object while all is still.

        ``now_ms`` is the display time, which does not step back.
        """
        elapsed_ms = 0.0 if self._sampled_ms is None else max(0.0, now_ms - self._sampled_ms)
        self._sampled_ms = now_ms
        if voice.level <= 0.0 and not self._moving:
            return face
        goal = mouth_shapes(voice)
        rising = goal > self._shapes
        eased = np.where(rising, _share(elapsed_ms, OPEN_MS), _share(elapsed_ms, CLOSE_MS))
        self._shapes = (self._shapes + eased * (goal - self._shapes)).astype(np.float32)
        self._moving = bool(self._shapes.max() > STILL)
        if not self._moving:
            self._shapes[:] = 0.0
            return face
        return replace(face, blendshapes=np.maximum(face.blendshapes, self._shapes))


def _share(elapsed_ms: float, time_constant_ms: float) -> np.float32:
    return np.float32(1.0 - math.exp(-elapsed_ms / time_constant_ms))
