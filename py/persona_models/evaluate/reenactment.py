"""Self-reenactment: one frame of a video, brought to life, against the other frames.

One frame is the still (the photo); the motion of every tenth frame is put on it, and what comes
out is compared with what the camera saw. The renderer is whatever takes a still and motions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol

import numpy as np

from persona_core.base.arrays import Floats
from persona_core.errors import PersonaError
from persona_core.face import quaternion
from persona_core.face.face_frame import FacePlacement
from persona_core.face.params import FaceParams
from persona_core.face.pose import FACE_WIDTH_CM
from persona_core.face.residual.landmark_basis import LandmarkBasis
from persona_core.face.residual.residual_code import Code
from persona_models.evaluate.crop import SIZE, FaceCrop
from persona_models.evaluate.scores import Score, face_boxes, score
from persona_models.faces.tracks import FaceTracks, Picture

STEP = 10
"""Every how manieth frame is a target."""


class FootageError(PersonaError):
    """A video that cannot be scored."""

    default_code = "bad-footage"


class MotionKind(Enum):
    """How much of a frame's motion the renderer is told."""

    TRUE = "true landmarks"
    RESIDUAL = "blendshapes + residual"
    CALIBRATED = "blendshapes + residual from own neutral"
    """As ``RESIDUAL``, but the sender's neutral is the mean over their own frames, which differs
    a little from the still's: so it is where the photo does not show the sender."""
    SHAPES = "blendshapes only"


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    """The photo.

    Attributes:
        picture: (H, W, 3) uint8 RGB.
        landmarks: (478, 3) float32, pixels.
        blendshapes: (52,) float32.
        neutral: (478, 3) float32, cm: its geometry at rest, in the face frame.
        placement: where the face lies in it.
    """

    picture: Picture
    landmarks: Floats
    blendshapes: Floats
    neutral: Floats
    placement: FacePlacement


@dataclass(frozen=True, slots=True, eq=False)
class DrivenMotion:
    """What one frame asks of the renderer.

    Attributes:
        params: blendshapes as tracked; rotation, translation and scale measured from the
            still's own pose.
        residual: the residual code, None if blendshapes are all there is.
        placement: where the head shall lie in the picture: the same as ``params`` say.
        landmarks: (478, 3) float32, pixels: where all of it puts the landmarks.
        kind: what the landmarks were made of.
    """

    params: FaceParams
    residual: Code | None
    placement: FacePlacement
    landmarks: Floats
    kind: MotionKind = MotionKind.SHAPES


class FrameRenderer(Protocol):
    """Anything that brings a still to life."""

    name: str
    kinds: tuple[MotionKind, ...]
    """The motions that it can be driven by."""

    def render(self, still: Still, motions: Sequence[DrivenMotion]) -> Sequence[Picture]:
        """A picture of the still's size for every motion."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """One still and the frames that it is compared with.

    Attributes:
        name: for the tables.
        source: number of the still's frame.
        targets: numbers of the other frames.
    """

    name: str
    source: int
    targets: tuple[int, ...]

    @classmethod
    def of(cls, name: str, source: int, frames: Sequence[range]) -> Trial:
        """Every tenth frame of some stretches of a video, less the still itself.

        Args:
            name: for the tables.
            source: number of the still's frame.
            frames: where the face is free to be compared.
        """
        tenths = [i for stretch in frames for i in stretch if i % STEP == 0 and i != source]
        return cls(name, source, tuple(tenths))


@dataclass(frozen=True, slots=True, eq=False)
class Footage:
    """A video, cropped about its first face and tracked.

    Attributes:
        pictures: of every frame, (size, size, 3) uint8 RGB.
        points: (N, 478, 3) float32 landmarks in them, pixels.
        shapes: (N, 52) float32 blendshapes.
        placements: where the face lies in each.
        inside: the part of the pictures that was filmed: left, top, right, bottom.
    """

    pictures: Sequence[Picture]
    points: Floats
    shapes: Floats
    placements: Sequence[FacePlacement]
    inside: tuple[int, int, int, int]

    @classmethod
    def of(cls, frames: Sequence[Picture], tracks: FaceTracks, size: int = SIZE) -> Footage:
        """Crops frames by the first of them.

        Args:
            frames: as filmed.
            tracks: of the same.
            size: of the crop, pixels.

        Raises:
            FootageError: a frame in which no face was found, or no frame at all.
        """
        if not len(tracks) or not tracks.found.all():
            missing = np.flatnonzero(~tracks.found).tolist()
            raise FootageError(f"no face in the frames {missing}" if missing else "no frames")
        crop = FaceCrop.of(tracks.landmarks[0], size=size)
        height, width = frames[0].shape[:2]
        points = crop.points(tracks.landmarks)
        return cls(
            pictures=[crop.picture(frame) for frame in frames],
            points=points,
            shapes=tracks.blendshapes,
            placements=[FacePlacement.fit(face) for face in points],
            inside=crop.inside(width, height),
        )

    def still(self, number: int, basis: LandmarkBasis) -> Still:
        """A frame as the photo."""
        return Still(
            picture=self.pictures[number],
            landmarks=self.points[number],
            blendshapes=self.shapes[number],
            neutral=self._rest(number, basis),
            placement=self.placements[number],
        )

    def neutral(self, numbers: Sequence[int], basis: LandmarkBasis) -> Floats:
        """The mean neutral of some frames, as a sender finds it who is watched for a while."""
        rests = [self._rest(number, basis) for number in numbers]
        return np.asarray(np.mean(rests, axis=0, dtype=np.float32))

    def motion(
        self, number: int, still: Still, basis: LandmarkBasis, neutral: Floats | None
    ) -> DrivenMotion:
        """What a frame asks of the renderer of a still of the same person.

        Args:
            number: of the frame.
            still: the photo.
            basis: what blendshapes do.
            neutral: (478, 3) from which the sender measures the residual; None sends none.
        """
        placement, shapes = self.placements[number], self.shapes[number]
        shape = still.neutral + basis.displacement(shapes, placement.rotation)
        code = None
        if neutral is not None:
            face = placement.to_face(self.points[number])
            code = basis.residual_code(face, shapes, neutral, placement.rotation)
            shape = shape + basis.residual_shape(code)
        params = _relative(shapes, still.placement, placement)
        return DrivenMotion(params, code, placement, placement.to_image(shape))

    def motions(
        self, trial: Trial, still: Still, kind: MotionKind, basis: LandmarkBasis
    ) -> list[DrivenMotion]:
        """What the targets of a trial ask of the renderer."""
        neutral = None
        if kind is MotionKind.RESIDUAL:
            neutral = still.neutral
        elif kind is MotionKind.CALIBRATED:
            neutral = self.neutral(trial.targets, basis)
        motions = [
            replace(self.motion(number, still, basis, neutral), kind=kind)
            for number in trial.targets
        ]
        if kind is MotionKind.TRUE:
            true = [self.points[number] for number in trial.targets]
            motions = [replace(m, landmarks=p) for m, p in zip(motions, true, strict=True)]
        return motions

    def _rest(self, number: int, basis: LandmarkBasis) -> Floats:
        placement = self.placements[number]
        face = placement.to_face(self.points[number])
        return basis.neutral(face, self.shapes[number], placement.rotation)


def run_trial(
    footage: Footage, trial: Trial, renderer: FrameRenderer, kind: MotionKind, basis: LandmarkBasis
) -> tuple[dict[str, Score], list[Picture]]:
    """Renders the targets of one trial.

    Returns:
        The mean score of each region, and the pictures in the order of the targets.
    """
    still = footage.still(trial.source, basis)
    pictures = list(renderer.render(still, footage.motions(trial, still, kind, basis)))
    scores: dict[str, list[Score]] = {}
    for number, picture in zip(trial.targets, pictures, strict=True):
        truth, size = footage.pictures[number], picture.shape[0]
        boxes = face_boxes(still.landmarks, footage.points[number], footage.inside, size)
        for region, found in score(picture, truth, boxes).items():
            scores.setdefault(region, []).append(found)
    return {region: Score.mean(found) for region, found in scores.items()}, pictures


def _relative(shapes: Floats, still: FacePlacement, now: FacePlacement) -> FaceParams:
    """Parameters of a face measured from the still's pose, as from a calibrated neutral."""
    rotation = quaternion.from_matrix(still.rotation.T @ now.rotation)
    moved = now.translation[:2] / now.scale - still.translation[:2] / now.scale
    return FaceParams(
        time_ms=0.0,
        blendshapes=shapes,
        rotation=rotation,
        translation=(moved * (1.0, -1.0) / FACE_WIDTH_CM).astype(np.float32),
        scale=now.scale / still.scale,
    )
