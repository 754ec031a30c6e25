"""Finding a person's neutral face from about a second of frames.

Asked for, the person holds still and looks at the screen; what they show is taken as rest.
A measurement that cannot be one (they turned, talked, kept their eyes shut) is refused with
the reason, so that the page can say what to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Floats, median
from persona_core.face import quaternion
from persona_core.face.blendshapes import Blendshape
from persona_core.face.neutral import Neutral
from persona_core.face.pose import HeadPose

MIN_FRAMES = 8
"""Enough for a median, and few enough for a tracker at 10 frames a second."""
MAX_FRAMES = 240
PATIENCE_MS = 5000.0
"""How long a face is waited for before a calibration is given up."""

MAX_TURN_DEGREES = 6.0
MAX_SHIFT = 0.2
MAX_APPROACH = 0.1
MAX_JAW_SPREAD = 0.15
"""What 80 % of the frames may differ by: turn from the median, face-widths, share of the
distance, ``jawOpen``. People at rest sway by about a third of these."""

EYES_CLOSED = 0.6
BLINK_RISE = 0.25
MAX_BLINK_SHARE = 0.4
"""Lids above the first all along are closed; frames that rise the second above the median are
a blink, and too many of them leave no rest to measure."""

_BLINKS = [Blendshape.EYE_BLINK_LEFT, Blendshape.EYE_BLINK_RIGHT]


class CalibrationPhase(Enum):
    """How far a calibration has come."""

    NONE = "none"
    COLLECTING = "collecting"
    DONE = "done"
    FAILED = "failed"


class CalibrationProblem(Enum):
    """Why a calibration failed; the value is the code word of the sentence to show."""

    FACE_LOST = "face-lost"
    HEAD_MOVED = "head-moved"
    MOUTH_MOVED = "mouth-moved"
    EYES_CLOSED = "eyes-closed"
    BLINKED = "blinked"


@dataclass(frozen=True, slots=True)
class CalibrationState:
    """What a page shows of a calibration. ``progress`` lies in [0, 1]."""

    phase: CalibrationPhase = CalibrationPhase.NONE
    progress: float = 0.0
    problem: CalibrationProblem | None = None


class NeutralCollector:
    """Gathers frames of a resting face and judges them.

    Args:
        start_ms: now.
        span_ms: the time that the frames must cover, besides being :data:`MIN_FRAMES`.
        may_talk: whether a moving mouth is accepted.
    """

    def __init__(self, start_ms: float, span_ms: float, *, may_talk: bool = False) -> None:
        self._start_ms = start_ms
        self._span_ms = span_ms
        self._may_talk = may_talk
        self._times: list[float] = []
        self._shapes: list[Floats] = []
        self._poses: list[HeadPose] = []

    @property
    def progress(self) -> float:
        """How much of the wanted frames is there, in [0, 1]."""
        if not self._times:
            return 0.0
        covered = (self._times[-1] - self._times[0]) / self._span_ms
        return max(0.0, min(1.0, covered, len(self._times) / MIN_FRAMES))

    def is_overdue(self, now_ms: float) -> bool:
        """Whether it is time to give up, the face being away."""
        return now_ms - self._start_ms > PATIENCE_MS

    def add(
        self, now_ms: float, shapes: Floats, pose: HeadPose
    ) -> Neutral | CalibrationProblem | None:
        """Takes a frame; the result once there are enough, None before."""
        if self._times and now_ms <= self._times[-1]:
            return None
        if len(self._times) < MAX_FRAMES:
            self._shapes.append(shapes)
            self._poses.append(pose)
            self._times.append(now_ms)
        else:  # a stream so dense that the span is not covered yet: keep the clock going
            self._times[-1] = now_ms
        return self._judge() if self.progress >= 1.0 else None

    def _judge(self) -> Neutral | CalibrationProblem:
        shapes = np.array(self._shapes)
        pose = _median_pose(self._poses)
        blinks = shapes[:, _BLINKS].mean(axis=1)
        rest = float(median(blinks))
        if rest > EYES_CLOSED:
            return CalibrationProblem.EYES_CLOSED
        if float(np.mean(blinks > rest + BLINK_RISE)) > MAX_BLINK_SHARE:
            return CalibrationProblem.BLINKED
        if self._moved(pose):
            return CalibrationProblem.HEAD_MOVED
        if not self._may_talk and _spread(shapes[:, Blendshape.JAW_OPEN]) > MAX_JAW_SPREAD:
            return CalibrationProblem.MOUTH_MOVED
        return Neutral(median(shapes, axis=0).astype(np.float32), pose)

    def _moved(self, rest: HeadPose) -> bool:
        turns = [quaternion.angle_between(rest.rotation, pose.rotation) for pose in self._poses]
        places = np.array([pose.translation for pose in self._poses])
        distances = np.array([pose.distance_cm for pose in self._poses])
        return bool(
            np.percentile(turns, 80) > MAX_TURN_DEGREES
            or _spread(places[:, 0]) > MAX_SHIFT
            or _spread(places[:, 1]) > MAX_SHIFT
            or _spread(distances) / rest.distance_cm > MAX_APPROACH
        )


def _spread(values: npt.NDArray[np.floating]) -> float:
    low, high = np.percentile(values, (10, 90))
    return float(high - low)


def _median_pose(poses: list[HeadPose]) -> HeadPose:
    rotations = np.array([pose.rotation for pose in poses])
    # q and -q are one rotation: bring all to one side before taking a median.
    rotations *= np.where(rotations @ rotations[0] < 0.0, -1.0, 1.0)[:, np.newaxis]
    return HeadPose(
        rotation=quaternion.from_components(*median(rotations, axis=0).tolist()),
        translation=median([pose.translation for pose in poses], axis=0).astype(np.float32),
        distance_cm=float(median([pose.distance_cm for pose in poses])),
    )
