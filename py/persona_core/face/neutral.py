"""``Neutral``: a person's face at rest before their camera, and faces measured from there.

A tracker's zero is nobody's rest: lids that hang, brows that sit high, a camera below the
chin, eyes on a screen beneath the camera. Rest r becomes 0 and fully shown f stays 1:

    v = (x - r) / (f - r), clipped to [0, 1]

The rotation is taken in the neutral head's own axes (r^-1 q), so that a turn about the
person's upright neck is a pure yaw even if the camera looks up at them.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.errors import PersonaError
from persona_core.face import blendshapes, quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.params import IDENTITY_ROTATION, NEUTRAL_SHAPES, FaceParams
from persona_core.face.pose import MAX_DISTANCE_CM, MIN_DISTANCE_CM, HeadPose

FORMAT_VERSION = 1
TYPICAL_DISTANCE_CM = 50.0
MAX_REST_TURN_DEGREES = 30.0
"""A rest further from the camera than this is no rest: what is more is left as a turn."""

LIDS_CLOSED = 0.6
"""MediaPipe's ``eyeBlink`` of a closed eye. It seldom says 1: on a video of a real face lids
held down read 0.7 to 0.9, and the crests of quick blinks, blurred by the camera, 0.4 to 0.65.
A blink that does not close is noticed, a lid that closes a little early is not."""


def _by_shape(table: dict[str, float], otherwise: float) -> Floats:
    """One value a blendshape, by the longest prefix of its name in ``table``."""
    values = []
    for shape in Blendshape:
        prefixes = [prefix for prefix in table if shape.name.startswith(prefix)]
        values.append(table[max(prefixes, key=len)] if prefixes else otherwise)
    return np.array(values, dtype=np.float32)


REST_CAPS: Floats = _by_shape(
    {
        "EYE_BLINK": 0.35,  # naturally half-closed lids; beyond, the eyes were not at rest
        "EYE_SQUINT": 0.5,
        "EYE_LOOK": 0.4,
        "EYE_WIDE": 0.2,
        "BROW": 0.5,
        "JAW": 0.15,  # an open mouth is no rest
        "MOUTH_CLOSE": 0.15,
        "MOUTH": 0.4,
    },
    otherwise=0.3,
)
"""The most of each blendshape that may count as rest, so that a calibration made with a
grimace cannot take the expression's whole range away."""

MOOD_SHARE: Floats = _by_shape(
    {"EYE_SQUINT": 0.5, "EYE": 1.0, "BROW": 0.5, "MOUTH": 0.35, "JAW": 0.35}, otherwise=0.5
)
"""How much of an unasked-for measurement counts as rest. Lids and gaze are anatomy and where
the camera stands: all of it. The corners of the mouth are as likely a greeting, and a greeting
must not be erased: a third of it."""

_FULL: Floats = _by_shape({"EYE_BLINK": LIDS_CLOSED}, otherwise=1.0)


class NeutralFormatError(PersonaError):
    """A stored neutral face that cannot be read: from another version, cut or altered."""

    default_code = "bad-neutral"


@dataclass(frozen=True, slots=True, eq=False)
class Neutral:
    """A face at rest.

    Attributes:
        shapes: (52,) float32 in [0, 1]; held to :data:`REST_CAPS`.
        pose: the head at rest; turned by at most :data:`MAX_REST_TURN_DEGREES`.
    """

    shapes: Floats = field(default_factory=lambda: NEUTRAL_SHAPES)
    pose: HeadPose = field(
        default_factory=lambda: HeadPose(
            IDENTITY_ROTATION, np.zeros(2, dtype=np.float32), TYPICAL_DISTANCE_CM
        )
    )
    _gain: Floats = field(init=False, repr=False)
    _unturn: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        shapes = np.clip(self.shapes, 0.0, REST_CAPS)
        pose = self.pose
        turn = quaternion.angle_between(IDENTITY_ROTATION, pose.rotation)
        if turn > MAX_REST_TURN_DEGREES:
            share = MAX_REST_TURN_DEGREES / turn
            rotation = quaternion.nlerp(IDENTITY_ROTATION, pose.rotation, share)
            pose = HeadPose(rotation, pose.translation, pose.distance_cm)
        object.__setattr__(self, "shapes", shapes)
        object.__setattr__(self, "pose", pose)
        object.__setattr__(self, "_gain", np.float32(1.0) / (_FULL - shapes))
        object.__setattr__(self, "_unturn", quaternion.conjugate(pose.rotation))

    def softened(self) -> Neutral:
        """The same face with its mood kept: see :data:`MOOD_SHARE`."""
        return Neutral(self.shapes * MOOD_SHARE, self.pose)

    def relative(self, time_ms: float, shapes: Floats, pose: HeadPose) -> FaceParams:
        """The face of ``shapes`` (52,) and ``pose``, measured from this rest."""
        return FaceParams(
            time_ms=time_ms,
            blendshapes=np.clip((shapes - self.shapes) * self._gain, 0.0, 1.0),
            rotation=quaternion.multiply(self._unturn, pose.rotation),
            translation=pose.translation - self.pose.translation,
            scale=self.pose.distance_cm / pose.distance_cm,
        )

    def to_json(self) -> str:
        """A short text for storage; :meth:`from_json` reads it."""
        pose = self.pose
        document = {
            "version": FORMAT_VERSION,
            "shapes": _rounded(self.shapes),
            "rotation": _rounded(pose.rotation),
            "translation": _rounded(pose.translation),
            "distance_cm": round(pose.distance_cm, 2),
        }
        return json.dumps(document, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Neutral:
        """The neutral that :meth:`to_json` wrote.

        Raises:
            NeutralFormatError: not such a text; nothing of it is used.
        """
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise NeutralFormatError(f"not JSON: {error}") from error
        if not isinstance(document, dict) or document.get("version") != FORMAT_VERSION:
            raise NeutralFormatError("not a neutral face of this version")
        shapes = _numbers(document, "shapes", blendshapes.COUNT, 0.0, 1.0)
        rotation = _numbers(document, "rotation", 4, -1.01, 1.01)
        translation = _numbers(document, "translation", 2, -100.0, 100.0)
        distance = document.get("distance_cm")
        if not _is_number(distance) or not MIN_DISTANCE_CM <= distance <= MAX_DISTANCE_CM:
            raise NeutralFormatError(f"no distance: {distance!r}")
        try:
            unit = quaternion.from_components(*rotation)
        except ValueError as error:
            raise NeutralFormatError(str(error)) from error
        pose = HeadPose(unit, np.array(translation, dtype=np.float32), float(distance))
        return cls(np.array(shapes, dtype=np.float32), pose)


def _rounded(values: Floats) -> list[float]:
    return [round(value, 4) for value in values.tolist()]


def _is_number(value: Any) -> TypeGuard[float]:
    return type(value) in (int, float) and abs(value) < math.inf


def _numbers(
    document: dict[str, Any], key: str, count: int, low: float, high: float
) -> list[float]:
    values = document.get(key)
    if not isinstance(values, list) or len(values) != count:
        raise NeutralFormatError(f"{key}: {count} numbers wanted")
    for value in values:
        if not _is_number(value) or not low <= value <= high:
            raise NeutralFormatError(f"{key}: {value!r} is not in [{low}, {high}]")
    return [float(value) for value in values]
