"""Which frames of a filmed face make a set: the base, and what shows most of the rest.

Everything is told from landmarks, blendshapes and one number for each frame's sharpness, so whoever
films need not keep the pictures that are not chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from persona_core.base.arrays import Doubles, Floats
from persona_core.errors import PhotoError
from persona_core.face import landmarks
from persona_core.face.blendshapes import Blendshape
from persona_core.face.face_frame import FacePlacement, LandmarkError
from persona_core.face.residual.landmark_basis import turn_weights
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.mixing import TURN_CM
from persona_core.portrait.expressions.regions import MEASURED, OPENINGS, region_mesh
from persona_core.portrait.support import supported

USUAL_COUNT: Final = 6
"""Pictures of a set, the base among them."""
BLURRED: Final = 0.6
"""Of the clip's median sharpness: what has less moved while it was taken."""
MOST_COMPARED: Final = 120
"""Frames that are compared with each other; of a longer clip every second, third ... is."""
SHUT_CM: Final = 0.16
"""Between the rims of lips that touch, as the tracker sees them."""
FRONTAL_DEGREES: Final = 5.0
"""A turn of the head that nobody sees."""
TELLING_CM: Final = {Region.MOUTH: 0.35, Region.EYE_RIGHT: 0.25}
"""Differences in opening that are worth a picture before anything else: teeth, and lids."""
_MOUTHS = [
    shape for shape in Blendshape if shape.name.startswith(("MOUTH", "JAW", "CHEEK", "NOSE"))
]
_BROWS = [
    shape for shape in Blendshape if shape.name.startswith(("BROW", "EYE_SQUINT", "EYE_WIDE"))
]
_LOOKS = [shape for shape in Blendshape if shape.name.startswith("EYE_LOOK")]
_PARTS: Final = (Region.MOUTH, Region.EYE_RIGHT, Region.EYE_LEFT)
_PART_WEIGHTS: Final = (1.0, 0.5, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class ClipFrame:
    """One frame.

    Attributes:
        landmarks: (478, 3) float32, pixels.
        blendshapes: (52,) float32 in [0, 1].
        sharpness: of :func:`sharpness`; comparable within one clip.
    """

    landmarks: Floats
    blendshapes: Floats
    sharpness: float


@dataclass(frozen=True, slots=True)
class ClipChoice:
    """Attributes:
    base: number of the frame that becomes the portrait.
    others: of those that become expressions, the most useful first.
    """

    base: int
    others: tuple[int, ...]


def sharpness(pixels: npt.NDArray[np.uint8], points: npt.NDArray[np.floating]) -> float:
    """How sharp a face is: mean energy of the brightness gradient over its box, per squared
    brightness, at least 0.

    Args:
        pixels: (h, w, 3) uint8.
        points: (478, 3) landmarks in them; may lie outside.
    """
    oval = points[landmarks.OVAL, :2]
    height, width = pixels.shape[:2]
    low = np.clip(np.nan_to_num(oval.min(axis=0)), 0, (width - 2, height - 2)).astype(int)
    high = np.clip(np.nan_to_num(oval.max(axis=0)), low + 2, (width, height)).astype(int)
    grey = pixels[low[1] : high[1], low[0] : high[0]].astype(np.float32).mean(axis=2)
    down, right = np.diff(grey, axis=0)[:, :-1], np.diff(grey, axis=1)[:-1]
    return float((down**2 + right**2).mean() / (float(grey.mean()) ** 2 + 1.0))


def base_cost(points: npt.NDArray[np.floating], shapes: npt.NDArray[np.floating]) -> float:
    """How far a face is from what serves best as a base: a closed mouth, open eyes that look into
    the camera, no expression, seen from the front. At least 0.

    Args:
        points: (478, 3) landmarks, pixels.
        shapes: (52,) blendshapes.
    """
    placement = FacePlacement.fit(points)
    rotation = placement.rotation
    upper, lower = OPENINGS[Region.MOUTH]
    lips = placement.to_face(points)[MEASURED][:, 1]
    parted = max(0.0, float((lips[upper] - lips[lower]).mean()) - SHUT_CM)
    turned = float(np.degrees(np.arccos(np.clip(rotation[2, 2], -1.0, 1.0))))
    blink = max(shapes[Blendshape.EYE_BLINK_LEFT], shapes[Blendshape.EYE_BLINK_RIGHT])
    return float(
        6.0 * parted
        + shapes[_MOUTHS].sum()
        + 0.3 * shapes[_BROWS].sum()
        + 2.0 * shapes[Blendshape.JAW_OPEN]
        + 3.0 * blink
        + 0.25 * shapes[_LOOKS].sum()
        + max(0.0, turned - FRONTAL_DEGREES) / 8.0
    )


def choose_frames(frames: Sequence[ClipFrame], count: int = USUAL_COUNT) -> ClipChoice:
    """The frames of a set.

    The base is the calmest sharp frame. Then come the mouth that is open furthest and the eyes
    that are shut furthest, where they differ from the base, and then whatever brings all frames of
    the clip nearest to one of those chosen, counted by mouth, eyes and turn of the head.

    Args:
        frames: of one person before one camera, in any order; whoever moves too fast in one is
            passed over.
        count: of frames to choose, at least 1; fewer are chosen where the others add nothing.

    Raises:
        PhotoError: ``photo-no-face`` where no frame shows a face.
    """
    usable = _usable(frames)
    if not usable:
        raise PhotoError("no frame shows a face", code="photo-no-face")
    costs = np.array([base_cost(frames[i].landmarks, frames[i].blendshapes) for i in usable])
    costs += _lowered([frames[i].landmarks for i in usable])
    base = usable[int(costs.argmin())]
    step = -(-len(usable) // MOST_COMPARED)
    pool = [base, *(number for number in usable[::step] if number != base)]
    apart, openings = _distances([frames[number].landmarks for number in pool])
    return ClipChoice(base, tuple(pool[at] for at in _spread(apart, openings, count)))


def _lowered(faces: Sequence[Floats]) -> Doubles:
    """(n,) what lids cost that are lower than this person's usually are."""
    upper, lower = (
        np.concatenate([OPENINGS[eye][side] for eye in (Region.EYE_RIGHT, Region.EYE_LEFT)])
        for side in (0, 1)
    )
    heights = np.stack([FacePlacement.fit(face).to_face(face)[MEASURED, 1] for face in faces])
    open_cm = (heights[:, upper] - heights[:, lower]).mean(axis=1).astype(np.float64)
    usual = max(float(np.percentile(open_cm, 75)), 0.1)
    return np.asarray(4.0 * np.clip(0.9 - open_cm / usual, 0.0, 1.0))


def _usable(frames: Sequence[ClipFrame]) -> list[int]:
    found = []
    for number, frame in enumerate(frames):
        try:
            FacePlacement.fit(frame.landmarks)
        except LandmarkError:
            continue
        if np.isfinite(frame.blendshapes).all() and np.isfinite(frame.sharpness):
            found.append(number)
    if not found:
        return []
    median = float(np.median([frames[number].sharpness for number in found]))
    return [number for number in found if frames[number].sharpness >= BLURRED * median]


def _distances(faces: Sequence[Floats]) -> tuple[Doubles, Doubles]:
    """(3, n, n) between faces by mouth, right and left eye, as the mixer has them; and (n, 4)
    openings in cm."""
    basis = supported()
    turns = basis.turns[:, MEASURED].reshape(len(basis.turns), -1)
    placements = [FacePlacement.fit(points) for points in faces]
    shapes = np.stack(
        [
            placement.to_face(points)[MEASURED]
            - (turn_weights(placement.rotation) @ turns).reshape(-1, 3)
            for points, placement in zip(faces, placements, strict=True)
        ]
    )
    flat = np.stack([placement.rotation.ravel() for placement in placements])
    angles = np.arccos(np.clip((flat @ flat.T - 1.0) / 2.0, -1.0, 1.0))
    apart = []
    for region in _PARTS:
        part = shapes[:, region_mesh(region).measured].astype(np.float64)
        off = part[:, None] - part
        apart.append(np.sqrt((off**2).sum(axis=3).mean(axis=2) + (TURN_CM * angles) ** 2))
    openings = np.zeros((len(faces), len(Region)))
    for region, (upper, lower) in OPENINGS.items():
        openings[:, region] = (shapes[:, upper, 1] - shapes[:, lower, 1]).mean(axis=1)
    return np.stack(apart), openings


def _spread(apart: Doubles, openings: Doubles, count: int) -> list[int]:
    """Places in the pool of those to choose beside the base, which is the first."""
    nearest = apart[:, :, 0].copy()
    chosen: list[int] = []

    def take(place: int) -> None:
        chosen.append(place)
        np.minimum(nearest, apart[:, :, place], out=nearest)

    widest = int(openings[:, Region.MOUTH].argmax())
    if openings[widest, Region.MOUTH] - openings[0, Region.MOUTH] > TELLING_CM[Region.MOUTH]:
        take(widest)
    eyes = openings[:, [Region.EYE_RIGHT, Region.EYE_LEFT]].max(axis=1)
    shut = int(eyes.argmin())
    if eyes[0] - eyes[shut] > TELLING_CM[Region.EYE_RIGHT] and shut not in chosen:
        take(shut)
    weights = np.array(_PART_WEIGHTS)
    while len(chosen) < count - 1:
        # What each would take off the distances of all, its own included.
        gains = np.maximum(nearest[:, :, None] - apart, 0.0).sum(axis=1)
        gain = weights @ gains
        gain[[0, *chosen]] = 0.0
        best = int(gain.argmax())
        if gain[best] <= 1e-6:
            break
        take(best)
    return chosen[: max(0, count - 1)]
