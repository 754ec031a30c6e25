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

from persona_core.base.arrays import Doubles, Floats, median
from persona_core.errors import PhotoError
from persona_core.face.blendshapes import Blendshape
from persona_core.face.face_frame import FacePlacement, LandmarkError
from persona_core.portrait.expressions.expression import Region
from persona_core.portrait.expressions.regions import MEASURED, OPENINGS
from persona_core.portrait.making.worth import PART_WEIGHTS, face_distances

USUAL_COUNT: Final = 6
"""Pictures of a set, the base among them."""
BLURRED: Final = 0.6
"""Of the clip's median sharpness: what has less moved while it was taken."""
LEAST_CLEAR: Final = 0.25
"""Of the frames: where so many show the whole face, the others are passed over."""
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


@dataclass(frozen=True, slots=True, eq=False)
class ClipFrame:
    """One frame.

    Attributes:
        landmarks: (478, 3) float32, pixels.
        blendshapes: (52,) float32 in [0, 1].
        sharpness: of :class:`~persona_core.portrait.making.face_light.FaceLight`.
        is_spoilt: likewise.
    """

    landmarks: Floats
    blendshapes: Floats
    sharpness: float
    is_spoilt: bool = False


@dataclass(frozen=True, slots=True)
class ClipChoice:
    """Attributes:
    base: number of the frame that becomes the portrait.
    others: of those that become expressions, the most useful first.
    """

    base: int
    others: tuple[int, ...]


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
    apart, openings = face_distances([frames[number].landmarks for number in pool])
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
    # Where all are, as behind glasses that darken by themselves, they are all there is.
    clear = [number for number in found if not frames[number].is_spoilt]
    if len(clear) >= LEAST_CLEAR * len(found):
        found = clear
    middle = float(median([frames[number].sharpness for number in found]))
    return [number for number in found if frames[number].sharpness >= BLURRED * middle]


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
    weights = np.array(PART_WEIGHTS)
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
