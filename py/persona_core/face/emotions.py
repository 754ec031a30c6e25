"""Six emotions that a person can put on, as a layer over what the camera sees.

**Mixing.** For each blendshape an emotion has a *target* and a *pull*, both in [0, 1]. With the
emotion's weight w the layer gives ``tracked + w pull (target - tracked)``: nothing at weight 0,
the target at full weight and pull. Since the weights add up to at most 1, no shape ever leaves
[0, 1]. What differs by region is how far a pull may go:

* the mouth's corners, the brows, cheeks and nose carry the mood: pulls up to 1;
* jaw and lips carry speech: :data:`SPEECH_PULL` at most, so that at least 0.6 of every movement
  remains, under a laugh as under anger;
* lids only ever close: their target is 1, and what is tracked moves in what room remains
  (``1 - (1 - tracked)(1 - w pull)``), so a blink still closes the eye. Widened eyes give way to
  a blink;
* gaze has no pull: eyes look where the person looks.

**Time.** All weights fade together from what they are to what they shall be, so switching
emotions passes from one to the other and not through the bare face, and a fade that is
interrupted goes on from where it stands. An emotion holds until another or none is asked for.

The head follows by a few degrees (:attr:`EmotionShape.turn`), added to the person's own pose. A
residual fades as the weights come: it belongs to the blendshapes that were tracked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats
from persona_core.face import blendshapes, quaternion
from persona_core.face.blend import smoothstep
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import FaceParams

FADE_IN_MS = 300.0
FADE_OUT_MS = 500.0
"""Faces turn to an emotion faster than they leave it; slower than 0.3 s looks put on, faster
looks like a jump."""

SPEECH_PULL = 0.4


class Emotion(StrEnum):
    """The presets; the values are the words used in messages and string catalogues."""

    JOY = "joy"
    SADNESS = "sadness"
    SURPRISE = "surprise"
    ANGER = "anger"
    WINK = "wink"
    LOVE = "love"


@dataclass(frozen=True, slots=True)
class EmotionShape:
    """What an emotion does to a face at full weight.

    Attributes:
        shapes: (target, pull) by blendshape; a name without a side stands for both.
        turn: yaw, pitch and roll in degrees, signs as in :mod:`persona_core.face.quaternion`.
    """

    shapes: Mapping[str, tuple[float, float]]
    turn: tuple[float, float, float]


_NO_FROWN = {"MOUTH_FROWN": (0.0, 1.0), "BROW_DOWN": (0.0, 0.9), "NOSE_SNEER": (0.0, 0.8)}
_NO_SMILE = {"MOUTH_SMILE": (0.0, 1.0), "MOUTH_DIMPLE": (0.0, 0.8), "CHEEK_SQUINT": (0.0, 0.8)}

EMOTION_SHAPES: Mapping[Emotion, EmotionShape] = {
    Emotion.JOY: EmotionShape(
        {
            **_NO_FROWN,
            "MOUTH_SMILE": (0.95, 1.0),
            "MOUTH_DIMPLE": (0.3, 0.6),
            "CHEEK_SQUINT": (0.7, 0.9),
            "EYE_SQUINT": (0.55, 0.8),
            "BROW_OUTER_UP": (0.35, 0.6),
            "BROW_INNER_UP": (0.25, 0.5),
            "JAW_OPEN": (0.5, 0.35),
            "MOUTH_UPPER_UP": (0.7, 0.4),
            "MOUTH_PUCKER": (0.0, 0.3),
        },
        turn=(0.0, -4.0, 0.0),
    ),
    Emotion.SADNESS: EmotionShape(
        {
            **_NO_SMILE,
            "MOUTH_FROWN": (0.9, 1.0),
            "BROW_DOWN": (0.0, 0.9),
            "BROW_INNER_UP": (1.0, 0.95),
            "BROW_OUTER_UP": (0.0, 0.9),
            "EYE_BLINK": (1.0, 0.2),
            "EYE_WIDE": (0.0, 1.0),
            "EYE_SQUINT": (0.25, 0.6),
            "MOUTH_SHRUG_LOWER": (0.8, 0.4),
            "MOUTH_STRETCH": (0.2, 0.5),
        },
        turn=(0.0, 8.0, 4.0),
    ),
    Emotion.SURPRISE: EmotionShape(
        {
            **_NO_FROWN,
            "MOUTH_SMILE": (0.1, 0.7),
            "EYE_WIDE": (1.0, 1.0),
            "EYE_SQUINT": (0.0, 1.0),
            "CHEEK_SQUINT": (0.0, 0.9),
            "BROW_INNER_UP": (1.0, 0.95),
            "BROW_OUTER_UP": (0.95, 0.95),
            "JAW_OPEN": (1.0, 0.4),
            "MOUTH_FUNNEL": (0.7, 0.4),
        },
        turn=(0.0, -5.0, 0.0),
    ),
    Emotion.ANGER: EmotionShape(
        {
            **_NO_SMILE,
            "BROW_DOWN": (1.0, 1.0),
            "BROW_INNER_UP": (0.0, 1.0),
            "BROW_OUTER_UP": (0.25, 0.6),
            "NOSE_SNEER": (0.75, 0.9),
            "EYE_SQUINT": (0.5, 0.8),
            "EYE_WIDE": (0.3, 0.7),
            "MOUTH_FROWN": (0.65, 0.9),
            "MOUTH_PRESS": (0.9, 0.4),
            "MOUTH_STRETCH": (0.25, 0.6),
        },
        turn=(0.0, 6.0, 0.0),
    ),
    Emotion.WINK: EmotionShape(
        {
            **_NO_FROWN,
            "EYE_BLINK_LEFT": (1.0, 1.0),
            "EYE_SQUINT_LEFT": (0.6, 0.9),
            "EYE_WIDE_LEFT": (0.0, 1.0),
            "CHEEK_SQUINT_LEFT": (0.8, 0.9),
            "BROW_DOWN_LEFT": (0.3, 0.8),
            "BROW_OUTER_UP_RIGHT": (0.6, 0.8),
            "MOUTH_SMILE_LEFT": (0.9, 0.95),
            "MOUTH_SMILE_RIGHT": (0.5, 0.9),
            "MOUTH_DIMPLE_LEFT": (0.5, 0.6),
            "JAW_OPEN": (0.3, 0.2),
        },
        turn=(-3.0, 0.0, -8.0),
    ),
    Emotion.LOVE: EmotionShape(
        {
            **_NO_FROWN,
            "MOUTH_SMILE": (0.75, 1.0),
            "MOUTH_DIMPLE": (0.3, 0.6),
            "CHEEK_SQUINT": (0.5, 0.8),
            "EYE_BLINK": (1.0, 0.2),
            "EYE_WIDE": (0.0, 1.0),
            "EYE_SQUINT": (0.35, 0.7),
            "BROW_INNER_UP": (0.65, 0.8),
            "BROW_OUTER_UP": (0.3, 0.6),
        },
        turn=(0.0, 2.0, 8.0),
    ),
}

_ORDER = tuple(Emotion)
_WIDE = np.array([Blendshape.EYE_WIDE_LEFT, Blendshape.EYE_WIDE_RIGHT])
_BLINK = np.array([Blendshape.EYE_BLINK_LEFT, Blendshape.EYE_BLINK_RIGHT])


def _shapes_named(name: str) -> list[Blendshape]:
    """The blendshape of that name, or its left and right."""
    if name in Blendshape.__members__:
        return [Blendshape[name]]
    return [Blendshape[f"{name}_LEFT"], Blendshape[f"{name}_RIGHT"]]


def _matrices() -> tuple[Floats, Floats]:
    """(emotions, 52) each: the pulls, and pull times target."""
    pulls = np.zeros((len(_ORDER), blendshapes.COUNT), dtype=np.float32)
    gains = np.zeros_like(pulls)
    for row, emotion in enumerate(_ORDER):
        for name, (target, pull) in EMOTION_SHAPES[emotion].shapes.items():
            pulls[row, _shapes_named(name)] = pull
            gains[row, _shapes_named(name)] = pull * target
    return pulls, gains


_PULLS, _GAINS = _matrices()
_TURNS: npt.NDArray[np.float64] = np.array([EMOTION_SHAPES[emotion].turn for emotion in _ORDER])


class EmotionLayer:
    """The emotion that a person has put on. Times are ms of one clock."""

    def __init__(self) -> None:
        self._active: Emotion | None = None
        self._from: Floats = np.zeros(len(_ORDER), dtype=np.float32)
        self._to: Floats = self._from
        self._start_ms = 0.0
        self._duration_ms = FADE_OUT_MS

    @property
    def active(self) -> Emotion | None:
        """The emotion asked for last; None once cleared, however far the fade has come."""
        return self._active

    def start(self, emotion: Emotion, now_ms: float, intensity: float = 1.0) -> None:
        """Puts an emotion on in place of any other.

        Raises:
            ValueError: an intensity outside [0, 1].
        """
        if not 0.0 <= intensity <= 1.0:
            raise ValueError(f"an intensity lies in [0, 1], not at {intensity}")
        goal = np.zeros(len(_ORDER), dtype=np.float32)
        goal[_ORDER.index(emotion)] = intensity
        self._fade(goal, now_ms, FADE_IN_MS)
        self._active = emotion

    def clear(self, now_ms: float) -> None:
        """Back to the bare face."""
        if self._active is not None:
            self._fade(np.zeros(len(_ORDER), dtype=np.float32), now_ms, FADE_OUT_MS)
            self._active = None

    def weight_of(self, emotion: Emotion, now_ms: float) -> float:
        """How much of an emotion shows, in [0, 1]: what its own drawings go by."""
        if self._is_bare(now_ms):
            return 0.0
        return float(self._weights(now_ms)[_ORDER.index(emotion)])

    def apply(self, params: FaceParams, now_ms: float) -> FaceParams:
        """The face with the emotion on it; ``params`` itself while there is none."""
        if self._is_bare(now_ms):
            return params
        weights = self._weights(now_ms)
        if not weights.any():
            return params
        tracked = params.blendshapes
        pull, gain = weights @ _PULLS, weights @ _GAINS
        open_lids = 1.0 - tracked[_BLINK]
        pull[_WIDE] *= open_lids
        gain[_WIDE] *= open_lids
        shapes = tracked - tracked * pull + gain
        np.clip(shapes, 0.0, 1.0, out=shapes)  # rounding
        turn = quaternion.from_yaw_pitch_roll(*(weights @ _TURNS).tolist())
        rotation = quaternion.multiply(params.rotation, turn)
        residual = params.residual
        if residual is not None:
            residual = residual * np.float32(1.0 - min(1.0, float(weights.sum())))
        return replace(params, blendshapes=shapes, rotation=rotation, residual=residual)

    def _is_bare(self, now_ms: float) -> bool:
        return self._active is None and now_ms - self._start_ms >= self._duration_ms

    def _weights(self, now_ms: float) -> Floats:
        t = (now_ms - self._start_ms) / self._duration_ms
        if t >= 1.0:
            return self._to
        weights = self._to - self._from
        weights *= smoothstep(t)
        weights += self._from
        return weights

    def _fade(self, goal: Floats, now_ms: float, duration_ms: float) -> None:
        self._from = self._weights(now_ms)
        self._to = goal
        self._start_ms = now_ms
        self._duration_ms = duration_ms
