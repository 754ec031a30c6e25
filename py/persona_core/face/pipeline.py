"""``FacePipeline``: from what the tracker saw to the face that is shown and sent.

    observation ─► smoothing ─► neutral ─► living face ─► FaceParams
         │                        ▲    │        ▲
         │            calibration ┘    ▼        │
         └─ landmarks, if wanted ─► residual ───┘

A person need not calibrate: the first good second and a half gives a gentle neutral of its own
(:meth:`Neutral.softened`), unless one was stored. Until then only their place counts as rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from persona_core.base.arrays import Floats
from persona_core.face.calibration import (
    CalibrationPhase,
    CalibrationProblem,
    CalibrationState,
    NeutralCollector,
)
from persona_core.face.living_face import LivingFace
from persona_core.face.neutral import Neutral
from persona_core.face.observation import FaceObservation
from persona_core.face.params import IDENTITY_ROTATION, FaceParams
from persona_core.face.pose import HeadPose
from persona_core.face.presence import Presence
from persona_core.face.smoothing import FaceSmoother

if TYPE_CHECKING:
    from persona_core.face.residual.person_rest import FacePhoto

CALIBRATION_MS = 1000.0
START_CALIBRATION_MS = 1500.0
NEUTRAL_FADE_MS = 600.0
"""How long a new neutral takes to show: a correction should not look like a movement."""


class ReadsResidual(Protocol):
    """Where residuals come from: a ``ResidualReader`` of :mod:`persona_core.face.residual`, which
    pages without portraits need not load."""

    def read(
        self, time_ms: float, points: Floats, shapes: Floats, zero: Floats
    ) -> Floats | None: ...

    def doubt_rest(self) -> None: ...

    def take_rest_from(self, photo: FacePhoto | None) -> None: ...


class FacePipeline:
    """The face of one person before one camera. All times are ms of one monotonic clock.

    Args:
        seed: of the idle life, shown while there is no face.
        neutral: a stored neutral face; without one, the start is used to find one.

    Attributes:
        residuals: gives the faces of observations with landmarks their residual; None for none.
    """

    def __init__(self, seed: int = 0, neutral: Neutral | None = None) -> None:
        self._smoother = FaceSmoother()
        self._living = LivingFace(seed)
        self._neutral = neutral
        self._provisional: Neutral | None = None
        self._starting: NeutralCollector | None = None
        self._collector: NeutralCollector | None = None
        self._calibration = CalibrationState()
        self._neutral_changed = False
        self.residuals: ReadsResidual | None = None

    @property
    def presence(self) -> Presence:
        """Whether a face is tracked, held, faded or absent."""
        return self._living.presence

    @property
    def calibration_state(self) -> CalibrationState:
        """How the calibration that was asked for goes; the one at the start does not show."""
        return self._calibration

    @property
    def neutral(self) -> Neutral | None:
        """The neutral face in use, for storage; None while none has been found."""
        return self._neutral

    @neutral.setter
    def neutral(self, neutral: Neutral | None) -> None:
        """Uses another one from the next frame on; None looks for one again."""
        self._neutral = neutral
        self._provisional = None
        self._starting = None
        self._neutral_changed = True

    def calibrate(self) -> None:
        """Takes the face of the next second as neutral; follow :attr:`calibration_state`.

        A failed calibration leaves the neutral face as it was. Asked again while one runs,
        it begins anew.
        """
        self._collector = None
        self._calibration = CalibrationState(CalibrationPhase.COLLECTING)

    def observe(self, observation: FaceObservation | None, now_ms: float) -> None:
        """Takes the tracker's newest word: a face, or None for a frame without one.

        An observation that is not newer than the last one is ignored by the filter, never
        an error. Do not call it when the tracker had nothing to say.
        """
        self._watch_calibration(now_ms)
        if observation is None:
            self._living.lose(now_ms)
            return
        shapes, pose = self._smoother.smooth(
            observation.time_ms, observation.blendshapes, observation.pose
        )
        self._calibrate_with(now_ms, shapes, pose)
        rest = self._rest(pose)
        face = rest.relative(observation.time_ms, shapes, pose)
        residuals, points = self.residuals, observation.landmarks
        if self._neutral_changed:
            self._neutral_changed = False
            self._living.soften(now_ms, NEUTRAL_FADE_MS)
            if residuals is not None:
                residuals.doubt_rest()
        if residuals is not None and points is not None:
            residual = residuals.read(observation.time_ms, points, face.blendshapes, rest.shapes)
            face = replace(face, residual=residual)
        self._living.show(face, now_ms)

    def sample(self, now_ms: float) -> FaceParams:
        """The face to show and send at ``now_ms``: idle life before the first observation.

        Its ``time_ms`` is the newest observation's capture time while a face is tracked, so
        it repeats until there is a newer one.
        """
        self._watch_calibration(now_ms)
        return self._living.sample(now_ms)

    def _rest(self, pose: HeadPose) -> Neutral:
        if self._neutral is not None:
            return self._neutral
        if self._provisional is None:
            self._provisional = Neutral(pose=replace(pose, rotation=IDENTITY_ROTATION))
        return self._provisional

    def _watch_calibration(self, now_ms: float) -> None:
        """Starts the clock of a calibration just asked for, and gives up one that waits."""
        if self._calibration.phase is not CalibrationPhase.COLLECTING:
            return
        if self._collector is None:
            self._collector = NeutralCollector(now_ms, CALIBRATION_MS)
        elif self._collector.is_overdue(now_ms):
            self._finish(CalibrationProblem.FACE_LOST)

    def _calibrate_with(self, now_ms: float, shapes: Floats, pose: HeadPose) -> None:
        if self._collector is not None:
            result = self._collector.add(now_ms, shapes, pose)
            if result is not None:
                self._finish(result)
            else:
                self._calibration = CalibrationState(
                    CalibrationPhase.COLLECTING, self._collector.progress
                )
        elif self._neutral is None:
            self._find_start(now_ms, shapes, pose)

    def _finish(self, result: Neutral | CalibrationProblem) -> None:
        self._collector = None
        if isinstance(result, Neutral):
            self._neutral = result
            self._neutral_changed = True
            self._calibration = CalibrationState(CalibrationPhase.DONE, 1.0)
        else:
            self._calibration = CalibrationState(CalibrationPhase.FAILED, 0.0, result)

    def _find_start(self, now_ms: float, shapes: Floats, pose: HeadPose) -> None:
        if self._starting is None or self._starting.is_overdue(now_ms):
            self._starting = NeutralCollector(now_ms, START_CALIBRATION_MS, may_talk=True)
        result = self._starting.add(now_ms, shapes, pose)
        if isinstance(result, Neutral):
            self._neutral = result.softened()
            self._neutral_changed = True
        if result is not None:
            self._starting = None
